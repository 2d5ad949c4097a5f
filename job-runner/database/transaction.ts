import type { Database } from './connection.ts';

/** Runs the work in one transaction: committed when it returns, rolled back when it throws. */
export async function withTransaction<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  await db.query('BEGIN');
  try {
    const result = await work();
    const { command } = await db.query('COMMIT');
    // That is PostgreSQL's answer to the COMMIT of a transaction in which a statement failed, and no error.
    if (command === 'ROLLBACK')
      throw new Error('the transaction was rolled back at its end, since a statement in it had failed');
    return result;
  } catch (error) {
    // A broken connection cannot roll back, and need not: the server does so by itself.
    await db.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
