import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from './connection.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';
import { trySavepoint } from './transaction.ts';

/** How long a statement may wait for a lock: later readers of the table wait behind it as long. */
const LOCK_TIMEOUT = '2s';
const PAUSE_MILLISECONDS = 3000;
/** Five minutes in all. Then the load fails, and its next attempt starts over. */
const MAX_ATTEMPTS = 60;

/**
 * Runs DDL that needs strong locks, inside a transaction. A statement that waits for a lock makes all later readers of the table wait behind it,
 * so it gives up quickly, rolls back to a savepoint and tries again. https://www.postgresql.org/docs/18/explicit-locking.html
 */
export async function withLockRetry<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  await db.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  for (let attempt = 1; ; attempt++) {
    const outcome = await trySavepoint(db, work);
    if ('result' in outcome) return outcome.result;
    if (!hasSqlState(outcome.error, SQL_STATES.lockNotAvailable) || attempt === MAX_ATTEMPTS) throw outcome.error;
    await wait(PAUSE_MILLISECONDS);
  }
}
