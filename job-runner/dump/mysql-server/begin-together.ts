import { MotherloadError } from '../../../crds/contract/errors.ts';
import { isMariadb } from './schema-queries.ts';
import { toSourceError } from './server-error.ts';
import type { Session } from './session.ts';
import { quoteName } from './source-columns.ts';

/** READ ONLY takes no lock that anybody waits for, but for changes of the table's definition. */
const BEGIN = 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY';
/**
 * The snapshot begins with the first SELECT, behind the wait for the table's definition. One that begins before this wait lacks rows without an error
 * where another table gets the name meanwhile, as by gh-ost and pt-online-schema-change: those that were written into that one last.
 */
const BEGIN_WITH_FIRST_SELECT = 'START TRANSACTION READ ONLY';

/** How long writers may wait behind the wish for a lock, and how long the server lets the lock be held by a session that says nothing, in seconds. */
const LOCK_LIMITS = 'SET SESSION lock_wait_timeout = 1, wait_timeout = 5';

/** Why a table is read by one connection though there may be more. */
class NotTogether extends Error {}

/**
 * Begins snapshots that are one: no transaction that has written the tables lies between them. Returns the first session alone where that cannot be had,
 * with a snapshot of its own.
 *
 * A session cannot take over another one's snapshot, and nothing that a user with SELECT alone may read proves that two are the same: the counters of
 * transactions move before their rows show, and the position in the binary log knows only what is logged. LOCK TABLES ... READ proves it: it waits for
 * transactions that have written the tables, and these end after their rows show; others have to wait until the sessions have begun.
 */
export async function beginTogether(
  first: Session,
  more: number,
  tables: readonly string[],
  openSession: () => Promise<Session>,
): Promise<readonly Session[]> {
  const opened: Session[] = [];
  try {
    if (more > 0) {
      for (let count = 0; count <= more; count++) opened.push(await openSession());
      const [locker, ...others] = opened;
      if (locker !== undefined) await beginUnderLock(locker, [first, ...others], tables);
      locker?.close();
      return [first, ...others];
    }
  } catch (error) {
    for (const session of opened) session.close();
    // One connection reads the table as well: no right, no free connection, a transaction that does not end. What is broken breaks it, too.
    if (!isBearable(error, first.server)) throw error;
  }
  await first.query(BEGIN_WITH_FIRST_SELECT);
  return [first];
}

/** How long the beginning may wait behind an ALTER TABLE, in seconds, which may itself wait for what the beginning holds. */
const DEFINITION_WAIT_SECONDS = 10;

/**
 * Begins one snapshot for several tables, whose definitions nobody changes from its beginning to its end: another table that was given the
 * name in between would be read in its place, and a column that was added at once would be there. Another transaction holds the definitions until this one
 * does. Returns why it could not, for tables that are not there, or not for this user: one that is there a moment later must not be read.
 */
export async function beginHeld(
  session: Session,
  tables: readonly string[],
  openSession: () => Promise<Session>,
): Promise<ReadonlyMap<string, MotherloadError>> {
  const holder = await openSession();
  try {
    await holder.query(`SET SESSION lock_wait_timeout = ${DEFINITION_WAIT_SECONDS}`);
    await holder.query('START TRANSACTION READ ONLY');
    const problems = await holdExisting(holder, tables);
    await session.query(`SET SESSION lock_wait_timeout = ${DEFINITION_WAIT_SECONDS}`);
    await session.query(BEGIN);
    await holdExisting(session, tables);
    await holder.query('COMMIT');
    return problems;
  } finally {
    holder.close();
  }
}

/** Returns what speaks against single tables. */
async function holdExisting(
  session: Session,
  tables: readonly string[],
): Promise<ReadonlyMap<string, MotherloadError>> {
  const problems = new Map<string, MotherloadError>();
  for (const table of tables) {
    try {
      await holdDefinitions(session, [table]);
    } catch (error) {
      const known = toSourceError(error, session.server);
      if (!(known instanceof MotherloadError) || !OF_ONE_TABLE.includes(known.code)) throw error;
      problems.set(table, known);
    }
  }
  return problems;
}

const OF_ONE_TABLE: readonly string[] = ['SourceTableChanged', 'SourceAccessDenied'];

/** From here to the end of the transaction nobody changes a table's definition. */
async function holdDefinitions(session: Session, tables: readonly string[]): Promise<void> {
  for (const table of tables) await session.query(`SELECT 1 FROM ${quoteName(table)} LIMIT 0`);
}

async function beginUnderLock(locker: Session, sessions: readonly Session[], tables: readonly string[]): Promise<void> {
  await refuseClusters(locker);
  await locker.query(LOCK_LIMITS);
  await locker.query(`LOCK TABLES ${tables.map((table) => `${quoteName(table)} READ`).join(', ')}`);
  await refusePreparedTransactions(locker);
  for (const session of sessions) {
    await session.query(BEGIN);
    await holdDefinitions(session, tables);
  }
  // A session that was ended meanwhile has held no lock, and fails here.
  await locker.query('UNLOCK TABLES');
}

/** What other nodes have written is applied past the lock. */
async function refuseClusters(session: Session): Promise<void> {
  const rows = await session.query("SHOW VARIABLES LIKE 'wsrep_on'");
  if (rows.some(({ Value: value }) => value !== 'OFF')) throw new NotTogether();
}

/** MariaDB forgets the locks of a prepared transaction whose connection has ended, so that it can be committed under ours. */
async function refusePreparedTransactions(session: Session): Promise<void> {
  if (!(await isMariadb(session))) return;
  if ((await session.query('XA RECOVER')).length > 0) throw new NotTogether();
}

function isBearable(error: unknown, server: string): boolean {
  return error instanceof NotTogether || toSourceError(error, server) instanceof MotherloadError;
}
