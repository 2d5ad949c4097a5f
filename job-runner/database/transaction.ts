import { isRefusedStatement } from './database-errors.ts';
import type { Database } from './connection.ts';

/** Within a transaction: the error where PostgreSQL refuses a statement of the work, which is undone then. Any other error is thrown. */
export async function trySavepoint(db: Database, work: () => Promise<void>): Promise<Error | undefined> {
  await db.query('SAVEPOINT batch');
  try {
    await work();
  } catch (error) {
    if (!isRefusedStatement(error)) throw error;
    await db.query('ROLLBACK TO SAVEPOINT batch');
    return error as Error;
  }
  await db.query('RELEASE SAVEPOINT batch');
  return undefined;
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
