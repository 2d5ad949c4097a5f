import {
  DataError,
  ManifestError,
  MotherloadError,
  TransientError,
  type Location,
} from '../../crds/contract/errors.ts';
import { readCopyContext } from './copy-context.ts';

/** What PostgreSQL tells of an error. https://www.postgresql.org/docs/18/protocol-error-fields.html */
interface ServerError extends Error {
  readonly code?: string;
  /** Errors of the server alone have it. */
  readonly severity?: string;
  readonly hint?: string;
  /** Of an AggregateError: one for each address of a host. */
  readonly errors?: readonly Error[];
  readonly detail?: string;
  readonly where?: string;
  readonly schema?: string;
  /** Errors of sockets have it. */
  readonly syscall?: string;
}

type ExistingTableAction = 'Data' | 'Transient' | { readonly remedy: string };

/**
 * SQLSTATEs, or their classes, by who can mend them; the longest that fits counts. Any other is the manifest's.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const VERDICTS: Readonly<Record<string, ExistingTableAction>> = {
  '08': 'Transient', // connection exceptions
  '22': 'Data', // data exceptions
  '23': 'Data', // integrity constraint violations
  '25006': {
    remedy:
      'the database is read-only (a standby, or default_transaction_read_only is on): name one that can be written',
  },
  '25P03': 'Transient', // idle in transaction too long
  '25P04': 'Transient', // transaction too long
  '28000': { remedy: 'check the user in the URI, and that pg_hba.conf lets it in, with TLS or without' },
  '28P01': { remedy: 'check user and password in the URI' },
  '3D000': { remedy: 'create the database or correct its name in the URI' },
  '3F000': { remedy: 'create the schema or correct its name' },
  '40': 'Transient', // serialisation failures and deadlocks
  '42501': {
    remedy:
      "the role needs USAGE and CREATE on the target schema and on the ledger's, and must own the mothers or be a member of their owner",
  },
  '53': 'Transient', // insufficient resources: connections, memory, disk
  '54': 'Data', // limits exceeded: rows too large, too many columns
  '55006': 'Transient', // object in use
  '55P03': 'Transient', // lock not available
  '57': 'Transient', // operator intervention: shutdown, cancelled
  '58': 'Transient', // system errors
  XX: 'Transient', // internal errors
};

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
 * Whether the server refused a statement and goes on. By the SQLSTATE, for the severity is in the server's language; class 57, operator
 * intervention, ends the connection.
 */
export function isRefusedStatement(error: unknown): boolean {
  const { severity, code } = error as ServerError;
  return severity !== undefined && code?.startsWith('57') !== true;
}

/** Any error of the database or of the way there, sorted by who can mend it. What is sorted already stays as it is. */
export function toMotherloadError(error: unknown, location: Location): MotherloadError {
  if (error instanceof MotherloadError) return error.at(location);
  const said = error as ServerError;
  if (said.severity !== undefined) return fromSqlState(said, said.code ?? '', location);
  // node:net's error for a host with several addresses has no message of its own.
  const message = said.message === '' ? (said.errors ?? []).map((each) => each.message).join(', ') : said.message;
  if (isOfConnection(said)) {
    const text = `the database cannot be reached or the connection broke (${message})`;
    return new TransientError('DatabaseUnreachable', text, location, { cause: error });
  }
  if (/certificate|SSL|TLS|altnames/i.test(`${message} ${said.code ?? ''}`)) {
    const text = `no trusted TLS connection to the database (${message}): check sslmode and sslrootcert in the URI`;
    return new ManifestError('DatabaseTls', text, location, { cause: error });
  }
  if (/^SASL/.test(message)) {
    const text = `the database asks for a password in a way that the URI does not answer (${message}): check the password in the URI (PGPASSWORD and ~/.pgpass are not read)`;
    return new ManifestError('DatabasePassword', text, location, { cause: error });
  }
  throw error;
}

function isOfConnection({ code, syscall, message }: ServerError): boolean {
  return (
    SOCKET_ERRORS.includes(code ?? '') ||
    syscall === 'connect' ||
    /connection terminated|timeout expired|not queryable|connection error/i.test(message)
  );
}

/** Whatever goes wrong in the work, sorted by `toMotherloadError`. */
export async function translateErrors<Result>(location: Location, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toMotherloadError(error, location);
  }
}

function fromSqlState(said: ServerError, code: string, location: Location): MotherloadError {
  const verdict = verdictOf(said, code);
  const more = [said.detail, said.hint].filter((text) => text !== undefined).join('; ');
  const message = more === '' ? said.message : `${said.message} (${more})`;
  const options = { cause: said };
  if (verdict === 'Data') return new DataError(`Sql${code}`, message, location, options);
  if (verdict === 'Transient') return new TransientError(`Sql${code}`, message, location, options);
  return new ManifestError(
    `Sql${code}`,
    `${message}${verdict === undefined ? '' : `: ${verdict.remedy}`}`,
    location,
    options,
  );
}

function verdictOf(said: ServerError, code: string): ExistingTableAction | undefined {
  // A race of two sessions for one name shows as a duplicate in a system catalogue.
  if (code === '23505' && said.schema === 'pg_catalog') return 'Transient';
  // invalid_parameter_value: an option of the manifest's, unless COPY met it in a value, such as an unknown time zone.
  if (code === '22023' && readCopyContext(said.where) === undefined) return undefined;
  return VERDICTS[code] ?? VERDICTS[code.slice(0, 2)];
}
