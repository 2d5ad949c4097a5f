import { ARCHIVE_ERRORS } from './error-codes/archive.ts';
import { DUMP_ERRORS } from './error-codes/dumps.ts';
import type { ErrorEntry, FailureKind } from './error-codes/error-entry.ts';
import { KUBECTL_ERRORS } from './error-codes/kubectl.ts';
import { MANIFEST_ERRORS } from './error-codes/manifests.ts';
import { MOTHER_ERRORS } from './error-codes/mothers.ts';
import { DATABASE_ERRORS, RUN_ERRORS } from './error-codes/runs.ts';
import { findSqlState, type SqlStateCode } from './error-codes/postgresql.ts';
import { SOURCE_ERRORS } from './error-codes/sources.ts';
import { TABLE_ERRORS } from './error-codes/tables.ts';

/**
 * Every code that an error of ours can have, by section of docs/troubleshooting.md, which is generated from it. Codes are stable: programs
 * read them. The code of an error of PostgreSQL is its SQLSTATE (error-codes/postgresql.ts); a Job that Kubernetes ended has the reason that
 * Kubernetes gives, such as OOMKilled.
 */
export const ERROR_SECTIONS = {
  'The dump as a whole': DUMP_ERRORS,
  'The bucket or the server with the dumps, the source database': SOURCE_ERRORS,
  "One table's files": TABLE_ERRORS,
  'The manifest and its files': MANIFEST_ERRORS,
  'Mother tables and version tables': MOTHER_ERRORS,
  'The database': DATABASE_ERRORS,
  'The run': RUN_ERRORS,
  'The archive of the dumps': ARCHIVE_ERRORS,
  '`kubectl motherload`': KUBECTL_ERRORS,
} as const;

export const ERROR_CODES = {
  ...DUMP_ERRORS,
  ...SOURCE_ERRORS,
  ...TABLE_ERRORS,
  ...MANIFEST_ERRORS,
  ...MOTHER_ERRORS,
  ...DATABASE_ERRORS,
  ...RUN_ERRORS,
  ...ARCHIVE_ERRORS,
  ...KUBECTL_ERRORS,
};

type CodesOfKind<Kind extends FailureKind> = {
  [Code in keyof typeof ERROR_CODES]: (typeof ERROR_CODES)[Code]['kind'] extends Kind ? Code : never;
}[keyof typeof ERROR_CODES];

/** The codes that an error of this kind can have. */
export type ErrorCode<Kind extends FailureKind = FailureKind> = CodesOfKind<Kind> | SqlStateCode;

/** Whether an error is not about one table, so that the next one would fail the same way. Codes of another version may not be in the list. */
export function isShared(code: string): boolean {
  const sqlState = /^Sql(\w{5})$/.exec(code)?.[1];
  if (sqlState !== undefined) return findSqlState(sqlState).isShared === true;
  const entries: Readonly<Record<string, ErrorEntry>> = ERROR_CODES;
  return Object.hasOwn(entries, code) && entries[code]?.isShared === true;
}
