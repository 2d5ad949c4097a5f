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

/** An error of the server in the answer to a SELECT that is read here; those of other statements are the driver's, with the same number. */
export class ServerError extends Error {
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }

  /** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html */
  static ofPacket(packet: Buffer): ServerError {
    const hasState = packet[3] === 0x23;
    return new ServerError(packet.readUInt16LE(1), packet.toString('utf8', hasState ? 9 : 3));
  }
}

/**
 * What to do about an error, by its number. https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference has those of both
 * servers. Only messages that cannot have a value in them are quoted.
 */
const MEANINGS = meaningsOf([
  // Wrong user or password, no right to the schema, unknown host, expired password, locked account.
  [[1044, 1045, 1130, 1698, 1820, 1862, 3118, 4151], refusedLogin],
  [[1049], (said) => new ManifestError('SourceMissing', `${said}: check spec.source.database.schema`)],
  [[1142, 1143, 1227, 1370], refusedTable],
  // No such table or column, and a view whose tables are gone.
  [[1054, 1146, 1356], changedTable],
  // Another definition than the snapshot's: the next attempt has a newer one.
  [[1412], busyServer],
  // Too many connections, limits of the user, waits for locks, kills, time limits, shutdown.
  [[1040, 1053, 1203, 1205, 1213, 1226, 1317, 1927, 1969, 3024], busyServer],
  // With which MySQL ends a session: killed, or silent for too long.
  [[3169, 4031], busyServer],
  [[1129], (said) => new TransientError('SourceBusy', `${said}: an administrator can end that by FLUSH HOSTS`)],
]);

/** An error of the connection or of the server as one of ours. `server` is how messages call it. */
export function toSourceError(error: unknown, server: string, location: Location = {}): unknown {
  if (error instanceof MotherloadError) return error;
  if (!(error instanceof Error)) return error;
  const { errno, code } = numberAndCode(error);
  const meaning = MEANINGS.get(errno);
  if (meaning !== undefined) return meaning(shorten(error.message), location);
  if (error instanceof ConnectionLost || code === 'PROTOCOL_CONNECTION_LOST')
    return lostConnection(server, error, location);
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return noTls(server);
  if (code === 'HANDSHAKE_SSL_ERROR') return untrusted(server, error);
  if (code.startsWith('AUTH_SWITCH_')) return unknownLogin(server);
  if (errno > 0) return refusedStatement(server, String(errno), error, location);
  return brokenNetwork(error, error, server, location);
}

/** Whether the server has answered, and not the network. */
export function isSaidByServer(error: unknown): boolean {
  return error instanceof Error && numberAndCode(error).errno > 0;
}

/** Of an error that comes between two statements the driver has the number as the code. */
function numberAndCode(error: Error): { readonly errno: number; readonly code: string } {
  const { errno, code } = error as Error & { errno?: unknown; code?: unknown };
  const number = [errno, code].find((each) => typeof each === 'number');
  return { errno: number ?? 0, code: typeof code === 'string' ? code : '' };
}

function noTls(server: string): MotherloadError {
  const message = `${server} offers no TLS: enable it there, or add ?ssl-mode=DISABLED to the URI in the Secret of connectionSecretRef if the network is trusted`;
  return new ManifestError('SourceTls', message);
}

/** The driver has put its own code in place of Node's, which leaves the text. */
function untrusted(server: string, error: Error): MotherloadError {
  const message = `the connection to ${server} is not trusted (${shorten(error.message)}): set caSecretRef to its authority, or use the host name that its certificate has`;
  return new ManifestError('SourceTls', message);
}

function unknownLogin(server: string): MotherloadError {
  const message = `${server} wants a way of logging in that is not supported: give the user one of caching_sha2_password, sha256_password and mysql_native_password`;
  return new ManifestError('SourceCredentials', message);
}
