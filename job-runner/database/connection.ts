import pg from 'pg';
import { MotherloadError } from '../../crds/contract/errors.ts';
import { isRefusedStatement, toMotherloadError } from './database-errors.ts';
import type { TlsOptions } from './tls.ts';
import { refuseTransactionPooling } from './transaction-pooling.ts';
import { parseDatabaseUri, type DatabaseAddress } from './uri.ts';

export type Database = pg.Client;

/** What is sent to a server by its own messages of the protocol. */
export type Submittable = pg.Submittable;

export interface ConnectOptions {
  /** Every transaction of this connection refuses to write. */
  readonly readOnly?: boolean;
}

/**
 * Settings whose value for a role or a database could break long loads or change what values mean. Set by a query, since poolers reject them in the
 * startup packet; a setting that this version does not know is skipped.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  // The connection that holds a table's lock is idle while others copy.
  idle_session_timeout: '0',
  default_transaction_isolation: 'read committed',
  // What was reported as loaded must survive a crash of the server; a stronger setting is kept.
  synchronous_commit: 'on',
  standard_conforming_strings: 'on',
  DateStyle: 'ISO, MDY',
  // The server must not decide what timestamps without an offset mean.
  TimeZone: 'UTC',
  // Nor which XML is one, how signs of intervals count, or how values are written on their way back.
  xmloption: 'content',
  // The locale's own might take the point of 1.23 for one between thousands.
  lc_monetary: 'C',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  // Types are compared by the names that the server gives them.
  quote_all_identifiers: 'off',
};

/**
 * Lets the server detect a dead runner: one that died with its node holds its locks, for which all later attempts wait, two hours with the
 * defaults of Linux. The last setting is rejected on platforms that do not support it.
 */
const PROBES: readonly string[] = [
  'SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 6',
  "SET client_connection_check_interval = '10s'",
];

/**
 * Connects to the database of a libpq URI, with libpq's meaning of sslmode and sslrootcert (node-postgres' own differs). No error contains the
 * password.
 */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Database> {
  const address = parseDatabaseUri(uri);
  for (const [index, tls] of address.tls.entries()) {
    try {
      return await connectOnce(address, tls, options);
    } catch (error) {
      if (index === address.tls.length - 1 || !isAboutTls(error)) throw error;
    }
  }
  throw new Error('a database address without a way to connect');
}

async function connectOnce(address: DatabaseAddress, tls: TlsOptions, options: ConnectOptions): Promise<Database> {
  const client = await openClient(address, tls);
  try {
    await refuseTransactionPooling(client, () => openClient(address, tls));
    await applySettings(client, options);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toMotherloadError(error, {});
  }
}

/** Connected, with the settings of the role and the database. */
async function openClient(address: DatabaseAddress, tls: TlsOptions): Promise<Database> {
  const { host, port, user, password, database, applicationName, sslNegotiation, channelBinding, connectSeconds } =
    address;
  ignoreLibpqVariables();
  const client = new pg.Client({
    ...{ host, port, user, database, options: address.options },
    // By a function, or node-postgres would look for a missing password in ~/.pgpass.
    password: () => password ?? '',
    ...(tls !== false && sslNegotiation !== undefined ? { sslnegotiation: sslNegotiation } : {}),
    ssl: tls,
    application_name: applicationName ?? 'motherload',
    enableChannelBinding: channelBinding && tls !== false,
    connectionTimeoutMillis: connectSeconds * 1000,
    // A dead node sends nothing; without probes the connection would be waited for endlessly.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  // Emitted if the connection breaks while no query is running; the next query fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toMotherloadError(error, {});
  }
}

/**
 * The URI alone says which database is written to, the same in a pod and on a laptop. node-postgres would take what is missing in it from
 * libpq's variables, but only some of them. https://www.postgresql.org/docs/18/libpq-envars.html
 */
export function ignoreLibpqVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) Reflect.deleteProperty(process.env, name);
}

/** The settings that all our queries rely on, in place of those of the role and the database. */
export async function applySettings(db: Database, { readOnly = false }: ConnectOptions = {}): Promise<void> {
  const settings = { ...SETTINGS, ...(readOnly ? { default_transaction_read_only: 'on' } : {}) };
  await db.query(
    `SELECT set_config(name, value, false) FROM json_each_text($1) JOIN pg_settings ON name = key
      WHERE name <> 'synchronous_commit' OR setting = 'off'`,
    [JSON.stringify(settings)],
  );
  for (const statement of PROBES) {
    await db.query(statement).catch((error: unknown) => {
      if (!isRefusedStatement(error)) throw error;
    });
  }
}

/** Whether the other kind of connection, with or without TLS, may succeed: TLS failed, or pg_hba.conf has no entry for this kind. */
function isAboutTls(error: unknown): boolean {
  return error instanceof MotherloadError && ['DatabaseTls', 'Sql28000'].includes(error.code);
}
