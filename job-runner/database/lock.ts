import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from './connection.ts';

/** How long a statement may stand in line for a lock: whoever comes after it waits as long. */
const PATIENCE = '2s';
const PAUSE_MILLISECONDS = 3000;
/** Five minutes; then the attempt gives up and is tried again. */
const TRIES = 60;

/**
 * Runs DDL that needs strong locks, within a transaction. A statement that waits for a lock makes all later readers of the table wait behind
 * it, so it waits briefly, steps back and tries again. https://www.postgresql.org/docs/18/explicit-locking.html
 */
export async function withLockRetry<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  await db.query(`SET LOCAL lock_timeout = '${PATIENCE}'`);
  for (let attempt = 1; ; attempt++) {
    await db.query('SAVEPOINT before_locks');
    try {
      const result = await work();
      await db.query('RELEASE SAVEPOINT before_locks');
      return result;
    } catch (error) {
      // lock_not_available
      if ((error as { code?: string }).code !== '55P03' || attempt === TRIES) throw error;
      await db.query('ROLLBACK TO SAVEPOINT before_locks');
      await wait(PAUSE_MILLISECONDS);
    }
  }
}
