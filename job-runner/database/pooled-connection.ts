import { setTimeout as wait } from 'node:timers/promises';
import { applySettings, connect, type Database } from './connection.ts';

/** TCP takes 15 minutes to detect a connection that a firewall dropped silently. */
const RESPONSE_MILLISECONDS = 10_000;

let isPooling = false;
let pooled: { readonly uri: string; readonly db: Database } | undefined;

/** From now on a connection that a task no longer needs is kept for the next task of this process. */
export function prepareConnection(): void {
  isPooling = true;
}

/**
 * Does the work with the pooled connection, or with a new one, which costs the server 20 ms of CPU, twice that with TLS and a password. Whatever
 * the session holds, such as locks, is released when the work is done. `connecting` may measure the time.
 */
export async function withConnection<Result>(
  uri: string,
  work: (db: Database) => Promise<Result>,
  connecting: (acquire: () => Promise<Database>) => Promise<Database> = (acquire) => acquire(),
): Promise<Result> {
  const db = await connecting(async () => (await acquirePooled(uri)) ?? (await connect(uri)));
  let isFinished = false;
  try {
    const result = await work(db);
    isFinished = true;
    return result;
  } finally {
    if (isPooling && isFinished && pooled === undefined && (await reset(db))) pooled = { uri, db };
    else await db.end();
  }
}

/** Poolers use DISCARD ALL between two clients. It fails within a transaction. https://www.postgresql.org/docs/18/sql-discard.html */
async function reset(db: Database): Promise<boolean> {
  db.removeAllListeners('notice');
  try {
    await db.query('DISCARD ALL');
    return true;
  } catch {
    return false; // The work is done; the next task gets a new connection.
  }
}

/** Undefined if there is none for this URI, or if it has broken since. */
async function acquirePooled(uri: string): Promise<Database | undefined> {
  const last = pooled;
  if (last?.uri !== uri) return undefined;
  pooled = undefined;
  const answered = applySettings(last.db).then(
    () => true,
    () => false,
  );
  if (await Promise.race([answered, wait(RESPONSE_MILLISECONDS, false, { ref: false })])) return last.db;
  // A server that does not answer does not confirm the end either.
  last.db.end().catch(() => undefined);
  return undefined;
}
