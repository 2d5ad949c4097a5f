import type { Database } from './connection.ts';

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
