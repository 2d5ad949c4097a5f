import { isRefusedStatement } from './database-errors.ts';
import type { Database } from './connection.ts';

/** What came of work in a savepoint; an error undid it. */
export type SavepointOutcome<Result> = { readonly result: Result } | { readonly error: Error };

/** Within a transaction: undoes the work alone where PostgreSQL refuses a statement of it. Any other error is thrown. */
export async function trySavepoint<Result>(
  db: Database,
  work: () => Promise<Result>,
): Promise<SavepointOutcome<Result>> {
  await db.query('SAVEPOINT before_work');
  try {
    const result = await work();
    await db.query('RELEASE SAVEPOINT before_work');
    return { result };
  } catch (error) {
    if (!isRefusedStatement(error)) throw error;
    // Without RELEASE each further savepoint would be nested in this one, and hold its locks to the end.
    await db.query('ROLLBACK TO SAVEPOINT before_work; RELEASE SAVEPOINT before_work');
    return { error: error as Error };
  }
}

/** Runs the work in one transaction: commits when it returns, rolls back when it throws. */
export async function withTransaction<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  await db.query('BEGIN');
  try {
    const result = await work();
    const { command } = await db.query('COMMIT');
    // PostgreSQL rolls back instead of committing, without an error, if a statement of the transaction has failed.
    if (command === 'ROLLBACK')
      throw new Error('COMMIT rolled the transaction back, since a statement in it had failed');
    return result;
  } catch (error) {
    // On a broken connection it fails; the server rolls back by itself.
    await db.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** How work is undone of which nothing is to remain. */
export type Undo = <Result>(db: Database, work: () => Promise<Result>) => Promise<Result>;

const undoneBy =
  (begin: string, end: string): Undo =>
  async (db, work) => {
    await db.query(begin);
    try {
      return await work();
    } finally {
      // On a broken connection it fails; the server rolls back by itself.
      await db.query(end).catch(() => undefined);
    }
  };

/** By a transaction of its own. */
export const inUndoneTransaction = undoneBy('BEGIN', 'ROLLBACK');

/** Within a transaction that goes on afterwards. */
export const inUndoneSavepoint = undoneBy(
  'SAVEPOINT before_undone',
  'ROLLBACK TO SAVEPOINT before_undone; RELEASE SAVEPOINT before_undone',
);
