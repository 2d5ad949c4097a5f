import { findSqlState, type PostgresqlError } from '../../crds/contract/error-codes/postgresql.ts';
import {
  DataError,
  ManifestError,
  MotherloadError,
  TransientError,
  type Location,
} from '../../crds/contract/errors.ts';
import { readCopyContext } from './copy-context.ts';

/** The fields of an error of PostgreSQL's. https://www.postgresql.org/docs/18/protocol-error-fields.html */
interface ServerError extends Error {
  readonly code?: string;
  /** Only errors of the server have it. */
  readonly severity?: string;
  readonly hint?: string;
  /** Of an AggregateError, one for each address of a host. */
  readonly errors?: readonly Error[];
  readonly detail?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly constraint?: string;
  /** Errors of sockets have it. */
  readonly syscall?: string;
}

const SOCKET_ERRORS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/**
 * Whether the server refused a statement and keeps the connection. By the SQLSTATE, since the severity is in the server's language; class 57,
 * operator intervention, ends the connection.
 */
export function isRefusedStatement(error: unknown): boolean {
  const { severity, code } = error as ServerError;
  return severity !== undefined && code?.startsWith('57') !== true;
}

/** An error of the database or of the connection to it, as one of ours, which stays as it is. */
export function toMotherloadError(error: unknown, location: Location): MotherloadError {
  if (error instanceof MotherloadError) return error.at(location);
  const serverError = error as ServerError;
  if (serverError.severity !== undefined) return fromSqlState(serverError, serverError.code ?? '', location);
  // node:net's error for a host with several addresses has no message of its own.
  const message =
    serverError.message === ''
      ? (serverError.errors ?? []).map((each) => each.message).join(', ')
      : serverError.message;
  if (isConnectionError(serverError)) {
    const text = `the database cannot be reached or the connection broke (${message}): check that its server runs, and host and port of the URI`;
    return new TransientError('DatabaseUnreachable', text, location, { cause: error });
  }
  if (/certificate|SSL|TLS|altnames/i.test(`${message} ${serverError.code ?? ''}`)) {
    const text = `no trusted TLS connection to the database (${message}): check sslmode and sslrootcert in the URI`;
    return new ManifestError('DatabaseTls', text, location, { cause: error });
  }
  if (/^SASL/.test(message)) {
    const text = `the URI has no password, or one that the server does not accept (${message}): check the password in the URI (PGPASSWORD and ~/.pgpass are not read)`;
    return new ManifestError('DatabasePassword', text, location, { cause: error });
  }
  throw error;
}

function isConnectionError({ code, syscall, message }: ServerError): boolean {
  return (
    SOCKET_ERRORS.includes(code ?? '') ||
    syscall === 'connect' ||
    /connection terminated|timeout expired|not queryable|connection error/i.test(message)
  );
}

/** Does the work and turns its errors into ours (`toMotherloadError`). */
export async function translateErrors<Result>(location: Location, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toMotherloadError(error, location);
  }
}

const ERROR_CLASSES = { Data: DataError, Manifest: ManifestError, Transient: TransientError } as const;

function fromSqlState(serverError: ServerError, sqlState: string, location: Location): MotherloadError {
  const { kind, remedy } = classify(serverError, sqlState);
  // spec.format.dateOrder settles a date's order before the server reads it; its DateStyle has no part in that.
  const hint = /datestyle/i.test(serverError.hint ?? '') ? undefined : serverError.hint;
  const more = [serverError.detail, hint].filter((text) => text !== undefined).join('; ');
  const message = more === '' ? serverError.message : `${serverError.message} (${more})`;
  const toDo = remedy === undefined ? '' : `: ${remedy}`;
  const hidden = withoutValues(serverError, sqlState);
  return new ERROR_CLASSES[kind](`Sql${sqlState}`, message + toDo, location, {
    cause: serverError,
    withoutValues: hidden && hidden + toDo,
  });
}

/** PostgreSQL's names of what its messages show a value for. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const CONDITIONS: Readonly<Record<string, string>> = {
  ...{
    '22001': 'the value is too long',
    '22003': 'the number is out of range',
    '22007': 'the date or time is invalid',
  },
  ...{ '22008': 'the date or time is out of range', '22021': 'a byte is not in the encoding' },
  ...{ '22P02': 'the value is not valid input for its type', '22P04': 'the number of fields is wrong' },
  ...{ '23502': 'the value is NULL', '23503': 'a foreign key is violated', '23505': 'a key is there twice' },
  ...{ '54000': 'a limit of PostgreSQL is exceeded', '54001': 'a value is nested too deep' },
  ...{ '23514': 'a CHECK is violated', '23P01': 'an exclusion constraint is violated' },
};
/** Classes of errors about the server, the session or a statement, which never quote a value. */
const WITHOUT_VALUES = /^(?:08|25|28|3D|3F|40|42|53|55|57|58)/;

/** The server's message is in any language and may quote values anywhere, so none of it is kept. */
function withoutValues({ constraint }: ServerError, sqlState: string): string | undefined {
  if (WITHOUT_VALUES.test(sqlState)) return undefined;
  const what = CONDITIONS[sqlState] ?? 'PostgreSQL refuses a value';
  const named = constraint === undefined ? '' : ` (${constraint})`;
  return `${what}${named}, SQLSTATE ${sqlState}; spec.privacy.records hides the rest`;
}

function classify(serverError: ServerError, sqlState: string): Pick<PostgresqlError, 'kind' | 'remedy'> {
  // Two sessions that create the same name at once: one of them gets a duplicate key in a system catalogue.
  if (sqlState === '23505' && serverError.schema === 'pg_catalog') return { kind: 'Transient' };
  // invalid_parameter_value: a setting of the manifest, unless COPY found it in a value, such as an unknown time zone.
  if (sqlState === '22023' && readCopyContext(serverError.where) === undefined) return { kind: 'Manifest' };
  return findSqlState(sqlState);
}
