import { isIP } from 'node:net';
import { decodePart, hostOf, isThisMachine, parseUrl, wrongAddress } from '../source-address.ts';

/** How far the server is trusted, by the names that MySQL's own tools have for it. https://dev.mysql.com/doc/refman/9.4/en/connection-options.html */
export type SslMode = 'DISABLED' | 'REQUIRED' | 'VERIFY_IDENTITY';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** A socket on this machine, in place of host and port. */
  readonly socketPath?: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: SslMode;
}

const SSL_MODES: readonly string[] = ['DISABLED', 'REQUIRED', 'VERIFY_IDENTITY'] satisfies readonly SslMode[];
const DEFAULT_PORT = 3306;
const FORM = 'mysql://USER:PASSWORD@HOST:PORT, with what is not a letter or digit percent-encoded';

/**
 * The address in a Secret. Without `ssl-mode` the connection is encrypted unless it stays on this machine, and the server's certificate is verified
 * where the manifest names its authority.
 */
export function parseAddress(text: string, hasAuthority: boolean): ServerAddress {
  const url = parseUrl(text, FORM);
  if (url === undefined || !/^(?:mysql|mariadb):$/.test(url.protocol)) throw wrongAddress(`it must be ${FORM}`);
  const { 'ssl-mode': mode, socket, ...others } = Object.fromEntries(url.searchParams);
  if (Object.keys(others).length > 0)
    throw wrongAddress('it may have the parameters ssl-mode and socket, and has another one');
  if (url.hash !== '') throw wrongAddress(`it has a #, and must be ${FORM}`);
  const host = hostOf(url);
  if (host === '' && socket === undefined) throw wrongAddress(`it names no host, and must be ${FORM}`);
  const sslMode = mode?.toUpperCase() ?? defaultMode(host, socket, hasAuthority);
  if (!isSslMode(sslMode)) throw wrongAddress(`its ssl-mode must be one of ${SSL_MODES.join(', ')}`);
  // Node would compare the certificate with `localhost`, since the driver tells it no name.
  if (sslMode === 'VERIFY_IDENTITY' && isIP(host) !== 0 && socket === undefined)
    throw wrongAddress('VERIFY_IDENTITY needs the name of the host, and it has an address');
  return {
    ...{ host, port: url.port === '' ? DEFAULT_PORT : Number(url.port) },
    ...(socket === undefined ? {} : { socketPath: socket }),
    ...{ user: decodePart(url.username, FORM), password: decodePart(url.password, FORM), sslMode },
  };
}

/** The server as messages call it. */
export function serverName({ host, port, socketPath }: ServerAddress): string {
  return socketPath ?? `${host}:${port}`;
}

function defaultMode(host: string, socket: string | undefined, hasAuthority: boolean): SslMode {
  if (hasAuthority) return 'VERIFY_IDENTITY';
  return socket !== undefined || isThisMachine(host) ? 'DISABLED' : 'REQUIRED';
}

function isSslMode(text: string): text is SslMode {
  return SSL_MODES.includes(text);
}
