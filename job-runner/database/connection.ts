import pg from 'pg';
import { parse } from 'pg-connection-string';
import { ManifestError } from '../../crds/contract/errors.ts';
import { toMotherloadError } from './database-errors.ts';

export type Database = pg.Client;

export interface ConnectOptions {
  /** Every transaction of this connection refuses to write. */
  readonly readOnly?: boolean;
}

/**
 * Connects to the database of a libpq URI, with libpq's meaning of sslmode and sslrootcert (node-postgres' own differs). No error of it holds
 * the URI, which has the password.
 */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Database> {
  const client = new pg.Client({
    ...configurationOf(uri),
    application_name: 'motherload',
    keepAlive: true,
    ...(options.readOnly === true ? { options: '-c default_transaction_read_only=on' } : {}),
  });
  // A connection that breaks while no query waits for it: the next query says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw toMotherloadError(error, {});
  }
}

function configurationOf(uri: string): pg.ClientConfig {
  try {
    const url = withLibpqSsl(uri);
    const configuration = parse(url);
    return { connectionTimeoutMillis: 30_000, ...configuration } as unknown as pg.ClientConfig;
  } catch (error) {
    const detail =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? `: ${(error as NodeJS.ErrnoException).path ?? 'a file'} is missing` : '';
    throw new ManifestError('DatabaseUri', `the database's URI is not a valid postgresql:// URI${detail}`);
  }
}

function withLibpqSsl(uri: string): string {
  if (!/^postgres(ql)?:\/\//.test(uri)) throw new TypeError('scheme');
  return /[?&]uselibpqcompat=/.test(uri) || !/[?&]ssl/.test(uri) ? uri : `${uri}&uselibpqcompat=true`;
}
