import { userInfo } from 'node:os';
import { parse } from 'pg-connection-string';
import { ManifestError } from '../../crds/contract/errors.ts';
import { TLS_PARAMETERS, tlsAttempts, type TlsOptions } from './tls.ts';

/** What a libpq URI says, in node-postgres' words, with libpq's defaults for what it leaves out. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly options?: string;
  readonly applicationName?: string;
  readonly sslNegotiation?: 'postgres' | 'direct';
  readonly channelBinding: boolean;
  readonly connectSeconds: number;
  /** The ways to connect, to be tried in this order. */
  readonly tls: readonly TlsOptions[];
}

const FORM = 'write postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full';
const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 5432;
/** Long enough for a database that a busy node has just started. */
const CONNECT_SECONDS = 30;

/** The parameters that are used here. https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS */
const USED = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'options',
  'application_name',
  'sslnegotiation',
  'channel_binding',
  'connect_timeout',
];
/** Ignored: they tune what node-postgres does in its own way, or are always true here (one host, UTF-8). */
const IGNORED = [
  ...[
    'fallback_application_name',
    'keepalives',
    'keepalives_idle',
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
  ],
  ...['target_session_attrs', 'load_balance_hosts', 'client_encoding', 'gssencmode', 'sslcompression', 'sslsni'],
];
const KNOWN = new Set([...USED, ...IGNORED, ...TLS_PARAMETERS]);

/**
 * Parses a libpq URI. No error message contains a part of it that may be a part of the password. Whitespace around it is ignored, since a Secret
 * that is created from a file ends with a line end.
 */
export function parseDatabaseUri(uri: string): DatabaseAddress {
  if (uri.trim() === '') throw new ManifestError('DatabaseUri', `the database URI is empty: ${FORM}`);
  const { base, query } = split(uri);
  // A second @ comes from a password that was not encoded, the rest of which would be taken for the host.
  const authority = /^[a-z]+:\/\/([^/]*)/.exec(base)?.[1];
  if (authority === undefined || base.slice(base.indexOf(authority) + authority.length).includes('@')) throw invalid();
  const parameters = parseQuery(query);
  const found = parseBase(base);
  const value = (name: string) => parameters.get(name) ?? found[name];
  const host = value('host') || DEFAULT_HOST;
  if (host.includes(',')) throw invalid();
  const user = value('user') || accountName();
  return {
    host,
    port: wholeNumber('port', value('port')) ?? DEFAULT_PORT,
    user,
    ...given('password', value('password')),
    database: (parameters.get('dbname') ?? found['database']) || user,
    ...given('options', parameters.get('options')),
    ...given('applicationName', parameters.get('application_name')),
    ...given('sslNegotiation', negotiation(parameters.get('sslnegotiation'))),
    channelBinding: ['prefer', 'require'].includes(parameters.get('channel_binding') ?? ''),
    connectSeconds: wholeNumber('connect_timeout', parameters.get('connect_timeout')) ?? CONNECT_SECONDS,
    // No TLS over a Unix socket, whatever sslmode says, as in libpq.
    tls: host.startsWith('/') ? [false] : tlsAttempts(parameters),
  };
}

/** The parameters that a URI sets, in libpq's words. Throws as `parseDatabaseUri` does. */
export function parametersOf(uri: string): ReadonlyMap<string, string> {
  return parseQuery(split(uri).query);
}

function split(uri: string): { readonly base: string; readonly query: string } {
  const [, base = '', query = ''] = /^(postgres(?:ql)?:\/\/[^?#]*)(?:\?([^#]*))?$/.exec(uri.trim()) ?? [];
  return { base, query };
}

/** The account that this process runs as; a container's user may have no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new ManifestError('DatabaseUri', 'the database URI names no user', {}, { cause: error });
  }
}

/** Not with URLSearchParams, which decodes a plus as a blank; libpq does not. */
function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split('&').filter((text) => text !== '')) {
    const separator = part.indexOf('=');
    const name = decode(part.slice(0, separator === -1 ? undefined : separator));
    if (separator === -1 || !KNOWN.has(name)) throw part.includes('@') ? invalid() : unknownParameter(name);
    const value = decode(part.slice(separator + 1));
    // As in libpq, an empty value counts as none.
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

function parseBase(base: string): Record<string, string | undefined> {
  try {
    const { host, port, user, password, database } = parse(base);
    return { host: host ?? '', port: port ?? '', user, password, database: database ?? '' };
  } catch {
    throw invalid();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid();
  }
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  return (value === undefined || value === '' ? {} : { [name]: value }) as Partial<Record<Name, Value>>;
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new ManifestError('DatabaseUri', `the database URI has a ${name} that is not an integer`);
  return Number(text);
}

function negotiation(value: string | undefined): 'postgres' | 'direct' | undefined {
  if (value === undefined || value === 'postgres' || value === 'direct') return value;
  throw new ManifestError('DatabaseUri', 'the database URI has an sslnegotiation other than postgres or direct');
}

function invalid(): ManifestError {
  const rules = 'with one host, and with characters such as @ : / ? # % in the password percent-encoded';
  return new ManifestError('DatabaseUri', `the database URI is not valid: ${FORM}, ${rules}`);
}

/** The message does not contain the name, which may be part of a password that was not encoded. */
function unknownParameter(name: string): ManifestError {
  const similar = [...KNOWN].find((known) => known.startsWith(name.slice(0, 4)) && name.length > 3);
  const hint = similar === undefined ? '' : ` (did you mean ${similar}?)`;
  return new ManifestError('DatabaseUri', `the database URI has a query parameter that libpq does not know${hint}`);
}
