import type pg from 'pg';
import { ManifestError, TransientError } from '../../crds/contract/errors.ts';

/** A pooler that has no second connection to give lets the client wait. */
const ANSWER_MILLISECONDS = 10_000;

const MESSAGE =
  'the database is reached through a pooler that gives each transaction another connection (transaction or statement pooling), where locks and settings would be left to other programs: use a URI of the server itself, or of the pooler in session mode';

/**
 * Refuses a pooler that gives a session's transactions to several server processes, such as PgBouncer with `pool_mode = transaction`: the next
 * client would inherit our settings, and an advisory lock would stay with a process that nobody can reach. To be called before the first
 * statement that changes the session. `another` opens a second connection by the same URI.
 */
export async function refuseTransactionPooling(client: pg.Client, another: () => Promise<pg.Client>): Promise<void> {
  const backend = await backendOf(client);
  // A server tells a new client the ID of its process, and a pooler something of its own.
  if (backend === processIdOf(client)) return;
  const other = await another();
  try {
    // Only this one's transaction stays open: it gets the process of the first one, or the first one gets another, unless each has its own.
    const isShared = (await answered(beginTransaction(other))) === backend;
    if (isShared || (await answered(backendOf(client))) !== backend) throw refusal();
  } finally {
    await other.end();
  }
}

async function beginTransaction(client: pg.Client): Promise<number> {
  try {
    await client.query('BEGIN READ ONLY');
  } catch (error) {
    // PgBouncer ends the connection where statements are pooled.
    throw refusal({ cause: error });
  }
  return await backendOf(client);
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

/** node-postgres' types leave it out. */
function processIdOf(client: pg.Client): number | null {
  return (client as pg.Client & { readonly processID: number | null }).processID;
}

async function answered<Result>(answer: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const message = `the database's pooler gave no second connection within ${ANSWER_MILLISECONDS / 1000} s: allow more, or use a URI of the server itself`;
    timer = setTimeout(() => reject(new TransientError('PoolerBusy', message)), ANSWER_MILLISECONDS);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(options?: ErrorOptions): ManifestError {
  return new ManifestError('TransactionPooling', MESSAGE, {}, options);
}
