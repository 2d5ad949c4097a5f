import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../crds/contract/errors.ts';
import { connect, type Database } from '../../job-runner/database/connection.ts';
import { translateErrors } from '../../job-runner/database/database-errors.ts';
import { startEmbeddedPostgresql } from './embedded-postgresql.ts';

/** The embedded PostgreSQL as one command uses it, possibly at the same time as others. */
export interface SharedPostgresql {
  /** A libpq URI of the database. */
  readonly uri: string;
  /** Stops the server unless other commands use it. */
  leave(): Promise<void>;
}

/** "motherlo" in ASCII. The database is ours alone, and no lock of the ledger has this number. */
const LOCK = BigInt(`0x${Buffer.from('motherlo').toString('hex')}`).toString();

/** One command may be stopping a server while another one wants it, and the server has all its data to write by then. */
const MAX_JOIN_MILLISECONDS = 120_000;

/**
 * Each command holds a shared advisory lock for as long as it uses the server. A command that gets the lock exclusively when it ends is the last,
 * and stops the server. A killed command loses the lock with its connection, so no process number has to be trusted; the next command to end then
 * stops the server. https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS
 */
export async function joinEmbeddedPostgresql(folder: string): Promise<SharedPostgresql> {
  const deadline = performance.now() + MAX_JOIN_MILLISECONDS;
  for (;;) {
    const server = await startEmbeddedPostgresql({ folder });
    try {
      const database = await holdLock(server.uri);
      return { uri: server.uri, leave: async () => await leave(database, async () => await server.stop()) };
    } catch (error) {
      if (!(error instanceof TransientError) || performance.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

/**
 * A command that holds the lock exclusively is stopping the server. That ends the wait for the lock with an error, or grants it where the other
 * command's connection is ended first. New connections are refused by then, so a second one shows which it was.
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
    // Without the connection there is no server to stop: somebody stopped it, or it crashed.
    if (await isAlone(database).catch(() => false)) await stop();
  } finally {
    await database.end();
  }
}

/** Releases its own lock first: if two commands left at once and both kept theirs, neither would be alone. */
async function isAlone(database: Database): Promise<boolean> {
  await database.query('SELECT pg_advisory_unlock_shared($1)', [LOCK]);
  const { rows } = await database.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [LOCK]);
  return rows[0]?.alone === true;
}
