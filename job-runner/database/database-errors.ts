import { DataError, ManifestError, MotherloadError, TransientError, type Place } from '../../crds/contract/errors.ts';

/** What PostgreSQL tells of an error. https://www.postgresql.org/docs/18/protocol-error-fields.html */
interface ServerError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly where?: string;
  readonly column?: string;
}

type Verdict = 'Data' | 'Transient' | { readonly remedy: string };

/**
 * SQLSTATEs, or their classes, by who can mend them; the longest that fits counts.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  '08': 'Transient', // connection exceptions
  '22': 'Data', // data exceptions
  '23': 'Data', // integrity constraint violations
  '25006': { remedy: 'the database is read-only (a standby?): name the primary' },
  '28': { remedy: 'check user and password in the URI' },
  '3D000': { remedy: 'create the database or correct its name in the URI' },
  '3F000': { remedy: 'create the schema or correct its name' },
  '40': 'Transient', // serialisation failures and deadlocks
  '42501': { remedy: 'grant the role what it misses: CREATE on the target schema and on the schema of the ledger, USAGE on both' },
  '53': 'Transient', // insufficient resources: connections, memory, disk
  '55P03': 'Transient', // lock not available
  '57': 'Transient', // operator intervention: shutdown, cancelled
  '58': 'Transient', // system errors
};

const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/** Any error of the database or of the way there, sorted by who can mend it. What is sorted already stays as it is. */
export function toMotherloadError(error: unknown, place: Place): MotherloadError {
  if (error instanceof MotherloadError) return error.at(place);
  const said = error as ServerError;
  const options = { cause: error };
  const code = said.code ?? '';
  if (SOCKET_ERRORS.has(code) || /connection terminated|timeout expired|not queryable|connection error/i.test(said.message)) {
    return new TransientError(
      'DatabaseUnreachable',
      `the database cannot be reached or the connection broke (${said.message})`,
      place,
      options,
    );
  }
  if (/^[0-9A-Z]{5}$/.test(code)) return fromSqlState(said, code, place);
  if (/certificate|SSL|TLS|altnames/i.test(`${said.message} ${code}`)) {
    return new ManifestError(
      'DatabaseTls',
      `no trusted TLS connection (${said.message}): check sslmode and sslrootcert in the URI`,
      place,
      options,
    );
  }
  throw error;
}

/** Whatever goes wrong in the work, sorted by `toMotherloadError`. */
export async function translateErrors<Result>(place: Place, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toMotherloadError(error, place);
  }
}

function fromSqlState(said: ServerError, code: string, place: Place): MotherloadError {
  const verdict = VERDICTS[code] ?? VERDICTS[code.slice(0, 2)];
  const detail = said.detail === undefined ? '' : ` (${said.detail})`;
  const message = `${said.message}${detail}`;
  const options = { cause: said };
  if (verdict === 'Data') return new DataError(`Sql${code}`, message, place, options);
  if (verdict === 'Transient') return new TransientError(`Sql${code}`, message, place, options);
  return new ManifestError(`Sql${code}`, `${message}${verdict === undefined ? '' : `: ${verdict.remedy}`}`, place, options);
}
