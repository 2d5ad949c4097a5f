import { isRefusedStatement } from './database-errors.ts';
import type { Database } from './connection.ts';

/** What came of work in a savepoint; an error undid it. */
export type SavepointOutcome<Result> = { readonly result: Result } | { readonly error: Error };

const BEGIN_WORK = 'SAVEPOINT before_work';
const END_WORK = 'RELEASE SAVEPOINT before_work';
// Without RELEASE each further savepoint would be nested in this one, and hold its locks to the end.
const UNDO_WORK = `ROLLBACK TO ${BEGIN_WORK}; ${END_WORK}`;

/** Within a transaction: undoes the work alone where PostgreSQL refuses a statement of it. Any other error is thrown. */
export async function trySavepoint<Result>(
  db: Database,
  work: () => Promise<Result>,
): Promise<SavepointOutcome<Result>> {
  await db.query(BEGIN_WORK);
  return await orUndo(db, async () => {
    const result = await work();
    await db.query(END_WORK);
    return result;
  });
}

/**
 * The same of a single statement, which `send` is given with those of the savepoint around it: in one message the server need not wait between them for a
 * runner that is busy.
 */
export async function tryStatement<Result>(
  db: Database,
  statement: string,
  send: (statements: string) => Promise<Result>,
): Promise<SavepointOutcome<Result>> {
  return await orUndo(db, () => send(`${BEGIN_WORK}; ${statement}; ${END_WORK}`));
}

/** The rows of such a statement. In the same message another one follows the savepoint. */
export async function tryQuery<Row>(
  db: Database,
  statement: string,
  following: string,
): Promise<SavepointOutcome<readonly Row[]>> {
  return await tryStatement(db, statement, async (statements) => {
    // Of several statements there are several results, of which the declared type knows nothing.
    const results: unknown = await db.query(`${statements}; ${following}`);
    return (results as readonly { readonly rows: readonly Row[] }[]).flatMap(({ rows }) => rows);
  });
}

async function orUndo<Result>(db: Database, work: () => Promise<Result>): Promise<SavepointOutcome<Result>> {
  try {
    return { result: await work() };
  } catch (error) {
    if (!isRefusedStatement(error)) throw error;
    // Where the savepoint is gone, what was refused is the reason to show.
    await db.query(UNDO_WORK).catch(() => {
      throw error;
    });
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
