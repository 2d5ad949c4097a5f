import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../crds/contract/errors.ts';
import { connect, type Database } from '../../job-runner/database/connection.ts';
import { translateErrors } from '../../job-runner/database/database-errors.ts';
import { startEmbeddedPostgresql } from './embedded-postgresql.ts';

/** The embedded PostgreSQL as a command uses it, maybe beside others. */
export interface SharedPostgresql {
  /** A libpq URI of the database. */
  readonly uri: string;
  /** Stops the server, unless other commands use it. */
  leave(): Promise<void>;
}

/** "motherlo" in ASCII, in a database that is ours alone; no ledger's lock has it. */
const LOCK = BigInt(`0x${Buffer.from('motherlo').toString('hex')}`).toString();

/** A server may be ending under one command while another one asks for it; it has all its data to write by then. */
const PATIENCE_MILLISECONDS = 120_000;

/**
 * Each command holds an advisory lock for as long as it uses the server, shared. The one that gets the lock for itself when it ends is the last,
 * and stops the server. A command that is killed lets go with its connection, so no process number has to be believed; the next one to end
 * then stops the server. https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS
 */
export async function joinEmbeddedPostgresql(folder: string): Promise<SharedPostgresql> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const server = await startEmbeddedPostgresql({ folder });
    try {
      const database = await holdLock(server.uri);
      return { uri: server.uri, leave: async () => await leave(database, async () => await server.stop()) };
    } catch (error) {
      if (!(error instanceof TransientError) || Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

/**
 * One that holds the lock alone is stopping the server, which ends the wait with an error, or gives the lock when it ends the other's
 * connection first. No new connection is let in by then, so one more tells.
 */
async function holdLock(uri: string): Promise<Database> {
  const database = await connect(uri, { readOnly: true });
  try {
    await translateErrors({}, () => database.query('SELECT pg_advisory_lock_shared($1)', [LOCK]));
    await (await connect(uri, { readOnly: true })).end();
    return database;
  } catch (error) {
    await database.end();
    throw error;
  }
}

async function leave(database: Database, stop: () => Promise<void>): Promise<void> {
  try {
    // Without the connection there is no server that could be stopped: it was stopped by hand, or crashed.
    if (await isAlone(database).catch(() => false)) await stop();
  } finally {
    await database.end();
  }
}

/** Lets go first: of two that leave at once and hold on, none would be alone. */
async function isAlone(database: Database): Promise<boolean> {
  await database.query('SELECT pg_advisory_unlock_shared($1)', [LOCK]);
  const { rows } = await database.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [LOCK]);
  return rows[0]?.alone === true;
}
