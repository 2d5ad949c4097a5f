import {
  ManifestError,
  MotherloadError,
  shorten,
  TransientError,
  type Location,
} from '../../../crds/contract/errors.ts';
import {
  brokenNetwork,
  busyServer,
  changedTable,
  ConnectionLost,
  lostConnection,
  meaningsOf,
  refusedLogin,
  refusedStatement,
  refusedTable,
} from '../source-errors.ts';

/** What the server has refused a login or a statement with, the errors in their order. */
export class ServerError extends Error {
  readonly errors: readonly ServerMessage[];

  constructor(errors: readonly ServerMessage[]) {
    super(errors[0]?.message ?? 'no reason');
    this.errors = errors;
  }
}

/** https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/9805e9fa-1f8b-4cf8-8f78-8d2602228635 */
export interface ServerMessage {
  readonly number: number;
  readonly message: string;
}

/**
 * What to do about an error, by its number. https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors, and for
 * those of Azure https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues. Only messages that cannot have a value in them
 * are quoted.
 */
const MEANINGS = meaningsOf([
  // The database is not there, or the user is not in it; it comes before 18456, which says less.
  [[911, 4060], missingDatabase],
  // Wrong user or password, locked, disabled, expired; no right to the database; addresses that a firewall refuses.
  [[916, 4064, 18450, 18452, 18456, 18468, 18470, 18486, 18487, 18488, 40532, 40615, 40914, 47073], refusedLogin],
  // No SELECT on a table, or on a column; no such action; no EXECUTE on the methods of a type of an assembly.
  [[229, 230, 262, 297], refusedTable],
  // No such column or table, and one whose definition has changed.
  [[207, 208, 213, 4413], changedTable],
  // Columns that the keys of a client decrypt.
  [[206, 33299], encryptedColumn],
  // Another definition than the snapshot's, rows of it that are gone, or no room for them.
  [[3952, 3958, 3959, 3960, 3961, 3966, 41301, 41305, 41325], busyServer],
  // Deadlock, waits for locks, kills, shutdown, memory, a server or a database that starts, fails over or has no worker.
  [
    [596, 601, 701, 802, 921, 922, 924, 927, 976, 983, 1204, 1205, 1222, 3635, 4221, 5052, 6005, 8645, 8651],
    busyServer,
  ],
  [[9001, 10928, 10929, 17142, 17187, 17197, 17809, 18401, 18451, 18461], busyServer],
  // Azure: limits, throttling, failover, sessions that are ended.
  [[40143, 40166, 40197, 40501, 40540, 40544, 40549, 40550, 40551, 40552, 40553, 40613], busyServer],
  [[42108, 42109, 49918, 49919, 49920], busyServer],
]);

/** The driver's own codes where it found no TLS, or TLS though none was wanted. */
const NO_ENCRYPTION = 'EENCRYPT';

/** An error of the connection or of the server as one of ours. `server` is how messages call it. */
export function toSourceError(error: unknown, server: string, location: Location = {}): unknown {
  if (error instanceof MotherloadError) return error;
  if (!(error instanceof Error)) return error;
  if (error instanceof ServerError) return ofServer(error, server, location);
  if (error instanceof ConnectionLost) return lostConnection(server, error, location);
  const { code = '', cause } = error as Error & { code?: string };
  if (code === NO_ENCRYPTION) return otherEncryption(server, error);
  if (code === 'ETIMEOUT') return unreachable(server, error, location);
  return brokenNetwork(error, code === 'ESOCKET' && cause !== undefined ? cause : error, server, location);
}

/** The first error that says what to do: a deadlock is followed by others that say less. */
function ofServer(error: ServerError, server: string, location: Location): MotherloadError {
  for (const { number, message } of error.errors) {
    const meaning = MEANINGS.get(number);
    if (meaning !== undefined) return meaning(`${shorten(message)} [${number}]`, location);
  }
  const numbers = error.errors.map(({ number }) => number).join(', ');
  return refusedStatement(server, numbers, error, location);
}

function missingDatabase(said: string): MotherloadError {
  const message = `${said}: check the database in the URI in the Secret of connectionSecretRef, and that the user may connect to it`;
  return new ManifestError('SourceMissing', message);
}

function encryptedColumn(said: string, location: Location): MotherloadError {
  const message = `a column's values cannot be read (${said}): exclude the table with spec.source.database.excludeTables`;
  return new ManifestError('SourceAccessDenied', message, location);
}

function unreachable(server: string, cause: Error, location: Location): MotherloadError {
  const message = `${server} does not answer: it is retried`;
  return new TransientError('SourceUnreachable', message, location, { cause });
}

function otherEncryption(server: string, cause: Error): MotherloadError {
  const message = `${server} and this connection do not agree on encryption: enable TLS there and leave out encrypt=false, or set it in the URI in the Secret of connectionSecretRef if the network is trusted`;
  return new ManifestError('SourceTls', message, {}, { cause });
}
