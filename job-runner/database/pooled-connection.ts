import { setTimeout as wait } from 'node:timers/promises';
import { applySettings, connect, type Database } from './connection.ts';

/** A connection that a firewall dropped in silence is noticed by TCP after a quarter of an hour. */
const ANSWER_MILLISECONDS = 10_000;

let keeps = false;
let kept: { readonly uri: string; readonly db: Database } | undefined;

/** From now on the connection that a task no longer needs waits for the next task of this process. */
export function prepareConnection(): void {
  keeps = true;
}

/**
 * Does the work with the connection that an earlier task of this process has left, or a new one, which takes the server 20 ms of CPU, and as much
 * again with TLS and a password. Whatever the session held, such as locks, is free when the work is over. `connecting` may take the time.
 */
export async function withConnection<Result>(
  uri: string,
  work: (db: Database) => Promise<Result>,
  connecting: (acquire: () => Promise<Database>) => Promise<Database> = (acquire) => acquire(),
): Promise<Result> {
  const db = await connecting(async () => (await takeKept(uri)) ?? (await connect(uri)));
  let isFinished = false;
  try {
    const result = await work(db);
    isFinished = true;
    return result;
  } finally {
    if (keeps && isFinished && kept === undefined && (await isLikeNew(db))) kept = { uri, db };
    else await db.end();
  }
}

/** DISCARD ALL is what poolers use between two clients. It fails within a transaction. https://www.postgresql.org/docs/18/sql-discard.html */
async function isLikeNew(db: Database): Promise<boolean> {
  db.removeAllListeners('notice');
  try {
    await db.query('DISCARD ALL');
    return true;
  } catch {
    return false; // What the work had to do is done; the next one gets a new connection.
  }
}

/** It may have broken since: whoever takes it learns that now and not from its work. */
async function takeKept(uri: string): Promise<Database | undefined> {
  const last = kept;
  if (last?.uri !== uri) return undefined;
  kept = undefined;
  const answered = applySettings(last.db).then(
    () => true,
    () => false,
  );
  if (await Promise.race([answered, wait(ANSWER_MILLISECONDS, false, { ref: false })])) return last.db;
  // Nobody waits for the farewell of a server that says nothing.
  last.db.end().catch(() => undefined);
  return undefined;
}
