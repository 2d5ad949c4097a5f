import type { ErrorEntry } from './error-entry.ts';

/** The code of an error that PostgreSQL reported: `Sql` and the SQLSTATE, such as Sql23505. */
export type SqlStateCode = `Sql${string}`;

export interface PostgresqlError extends ErrorEntry {
  /** What to do, appended to PostgreSQL's message. */
  readonly remedy?: string;
}

/**
 * The kind of a SQLSTATE, or of a class of them; see `findSqlState`.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export const POSTGRESQL_ERRORS = {
  Sql08: { kind: 'Transient', text: 'The connection failed or broke.' },
  Sql22: {
    kind: 'Data',
    text: 'PostgreSQL rejected a value; file, line and column are in the error. Common: `Sql22P02` is a value that the type of its column does not accept, `Sql22P04` a number of fields other than in the header, `Sql22021` bytes that are not valid in `spec.format.encoding`.',
  },
  Sql23: {
    kind: 'Data',
    text: 'A value violates a constraint. Common: `Sql23502` is NULL in a column that the mother table has NOT NULL.',
  },
  Sql25006: {
    kind: 'Manifest',
    isShared: true,
    text: 'The database is read-only.',
    remedy: 'connect to a primary server, with default_transaction_read_only off',
  },
  Sql25P03: { kind: 'Transient', text: 'The transaction was idle for too long.' },
  Sql25P04: { kind: 'Transient', text: 'The transaction took too long.' },
  Sql28000: {
    kind: 'Manifest',
    isShared: true,
    text: 'The server does not let the user in.',
    remedy: 'check the user in the URI, and that pg_hba.conf accepts it, with TLS or without',
  },
  Sql28P01: {
    kind: 'Manifest',
    isShared: true,
    text: 'The user or the password is wrong.',
    remedy: 'check user and password in the URI',
  },
  Sql3D000: {
    kind: 'Manifest',
    isShared: true,
    text: 'The database does not exist.',
    remedy: 'create the database or correct its name in the URI',
  },
  Sql3F000: {
    kind: 'Manifest',
    text: 'The schema does not exist.',
    remedy: 'create the schema or correct its name',
  },
  Sql40: { kind: 'Transient', text: 'A serialization failure or a deadlock.' },
  Sql42501: {
    kind: 'Manifest',
    isShared: true,
    text: 'The role lacks a privilege.',
    remedy:
      'grant the role USAGE and CREATE on the target schema and on the ledger schema; it must also own the mother tables or be a member of their owner',
  },
  Sql53: { kind: 'Transient', isShared: true, text: 'The server lacks a resource.' },
  Sql53100: {
    kind: 'Transient',
    isShared: true,
    text: 'The server has no disk space left.',
    remedy: 'free disk space on the server, or give it more',
  },
  Sql53200: {
    kind: 'Transient',
    isShared: true,
    text: 'The server is out of memory, or of room for locks.',
    remedy: 'raise the setting that the server names, give it more memory, or lower spec.loading.maxParallelJobs',
  },
  Sql53300: {
    kind: 'Transient',
    isShared: true,
    text: 'The server, the database or the role has no connection left.',
    remedy: 'raise the limit (max_connections, or CONNECTION LIMIT), or lower spec.loading.maxParallelJobs',
  },
  Sql53400: {
    kind: 'Manifest',
    text: 'A limit of the configuration is exceeded, such as `temp_file_limit`.',
    remedy: 'raise the setting for the role (ALTER ROLE … SET)',
  },
  Sql54: { kind: 'Data', text: 'A limit of PostgreSQL is exceeded.' },
  Sql54000: {
    kind: 'Data',
    text: 'A row or the entry of an index is too big, or another limit is exceeded.',
    remedy:
      'a row must fit a page of 8 kB, where a long text counts as 18 bytes and one of up to 127 as itself, and the entry of an index a third of one: split the table in the dump, or change the index of the mother table',
  },
  Sql54001: {
    kind: 'Data',
    text: 'A value is nested too deep for its type.',
    remedy: 'raise max_stack_depth of the server, or map the type to text in a dialect of your own (docs/type-maps.md)',
  },
  Sql54011: { kind: 'Data', text: 'The table has too many columns.', remedy: 'split the table in the dump' },
  Sql55006: { kind: 'Transient', text: 'An object is in use.' },
  Sql55P03: { kind: 'Transient', text: 'A lock was not available.' },
  Sql57: { kind: 'Transient', text: 'The server was shut down or restarted, or the statement was cancelled.' },
  Sql58: { kind: 'Transient', text: 'A system error on the server, such as an I/O error.' },
  SqlXX001: {
    kind: 'Manifest',
    isShared: true,
    text: 'A file of the database is damaged.',
    remedy: "repair or restore the database first; the server's log says more",
  },
  SqlXX002: {
    kind: 'Manifest',
    isShared: true,
    text: 'An index of the database is damaged.',
    remedy: 'build the index again (REINDEX)',
  },
  SqlXX: { kind: 'Transient', text: 'An internal error of the server.' },
  Sql: { kind: 'Manifest', text: 'Any other error; the message is that of PostgreSQL.' },
} as const satisfies Record<SqlStateCode, PostgresqlError>;

/** The entry of the SQLSTATE itself, or else of its class, or else the one for all others. */
export function findSqlState(sqlState: string): PostgresqlError {
  const entries: Readonly<Record<SqlStateCode, PostgresqlError>> = POSTGRESQL_ERRORS;
  return entries[`Sql${sqlState}`] ?? entries[`Sql${sqlState.slice(0, 2)}`] ?? POSTGRESQL_ERRORS.Sql;
}
