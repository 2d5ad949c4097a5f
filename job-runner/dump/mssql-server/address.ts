import { decodePart, hostOf, isThisMachine, parseUrl, wrongAddress } from '../source-address.ts';

/** By the names that Microsoft's own drivers have for it. https://learn.microsoft.com/sql/connect/jdbc/setting-the-connection-properties */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `strict`: TLS before the first byte of the protocol, TDS 8. */
  readonly encrypt: boolean | 'strict';
  readonly trustServerCertificate: boolean;
  /** Asks an availability group for a secondary server. */
  readonly isReadOnly: boolean;
}

const DEFAULT_PORT = 1433;
const PARAMETERS = ['encrypt', 'trustservercertificate', 'applicationintent'];
const FORM = 'mssql://USER:PASSWORD@HOST:PORT/DATABASE, with what is not a letter or digit percent-encoded';

/**
 * The address in a Secret. The connection is encrypted unless it says otherwise, and the certificate verified unless the server is on this machine:
 * as it is installed, it has one that it signed itself.
 */
export function parseAddress(text: string, hasAuthority: boolean): ServerAddress {
  const url = parseUrl(text, FORM);
  if (url === undefined || !/^(?:mssql|sqlserver):$/.test(url.protocol)) throw wrongAddress(`it must be ${FORM}`);
  const given = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value.toLowerCase()]));
  if ([...given.keys()].some((name) => !PARAMETERS.includes(name))) {
    const allowed = 'encrypt, trustServerCertificate and applicationIntent';
    throw wrongAddress(`it may have the parameters ${allowed}, and has another one`);
  }
  if (url.hash !== '') throw wrongAddress(`it has a #, and must be ${FORM}`);
  const host = hostOf(url);
  if (host === '') throw wrongAddress(`it names no host, and must be ${FORM}`);
  const database = decodePart(url.pathname.slice(1), FORM);
  if (database === '' || database.includes('/')) throw wrongAddress(`it names no database, and must be ${FORM}`);
  const encrypt = encryptionOf(given.get('encrypt') ?? 'true');
  const isTrusted = oneOf(given.get('trustservercertificate'), 'trustServerCertificate', ['false', 'true']);
  const intent = oneOf(given.get('applicationintent'), 'applicationIntent', ['readwrite', 'readonly']);
  if (encrypt === 'strict' && isTrusted === 'true')
    throw wrongAddress('encrypt=strict verifies the certificate always: remove trustServerCertificate');
  return {
    ...{ host, port: url.port === '' ? DEFAULT_PORT : Number(url.port), database },
    ...{ user: decodePart(url.username, FORM), password: decodePart(url.password, FORM), encrypt },
    trustServerCertificate: isTrusted === undefined ? !hasAuthority && isThisMachine(host) : isTrusted === 'true',
    isReadOnly: intent === 'readonly',
  };
}

/** The server as messages call it. */
export function serverName({ host, port }: ServerAddress): string {
  return `${host}:${port}`;
}

function encryptionOf(text: string): boolean | 'strict' {
  const value = oneOf(text, 'encrypt', ['true', 'false', 'strict']);
  return value === 'strict' ? value : value === 'true';
}

function oneOf(text: string | undefined, name: string, values: readonly string[]): string | undefined {
  if (text === undefined || values.includes(text)) return text;
  throw wrongAddress(`its ${name} must be one of ${values.join(', ')}`);
}
