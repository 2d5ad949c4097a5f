import { MotherloadError } from '../../crds/contract/errors.ts';
import { mapInParallel } from '../../crds/contract/in-parallel.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { ArchiveResult, FinishResult } from '../../crds/contract/report.ts';
import type { FinishTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { translateErrors } from '../database/database-errors.ts';
import { findOutdatedStatistics } from '../database/statistics.ts';
import { hasSqlState, SQL_STATES } from '../database/sql-state.ts';
import { dropAbandonedTables } from '../database/staging-table.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { quoteQualified } from '../plan/sql.ts';
import { findMissingLoads } from './missing-loads.ts';

/** The server reports it only to a client that connects. */
const TOO_MANY_CONNECTIONS = 'Sql53300';

/** An ANALYZE keeps one core of the server busy, and nothing else of this run is running now. */
const MAX_CONNECTIONS = 4;

/** Creates the mothers' statistics over all their versions, which autovacuum never does for a parent, cleans up after broken loads, archives, and asks whether all that was loaded is there. */
export async function finish(task: FinishTask, databaseUri: string, log: Log): Promise<FinishResult> {
  const started = performance.now();
  const { unchangedMothers = [], target } = task;
  const outdated =
    unchangedMothers.length === 0
      ? []
      : await withWarnings(databaseUri, log, (db) => findOutdatedStatistics(db, target, unchangedMothers));
  const names = [...task.mothers, ...outdated];
  const mothers = names.values();
  await withFewerConnections(Math.min(MAX_CONNECTIONS, names.length), async () => {
    await withWarnings(databaseUri, log, async (db) => await analyzeMothers(db, task, mothers, log));
  });
  const dropped = await withWarnings(
    databaseUri,
    log,
    async (db) => await dropAbandonedTables(db, task.target.ledgerSchema),
  );
  if (dropped.length > 0)
    log.info(`removed the tables that broken loads had left: ${dropped.join(', ')}`, { step: 'clear' });
  const seconds = { analyze: Math.round(performance.now() - started) / 1000 };
  const archive = await archiveOf(task, databaseUri, log);
  const missing = await withConnection(databaseUri, (db) => translateErrors({}, () => findMissingLoads(db, task)));
  return { task: 'Finish', outcome: 'Succeeded', ...(archive === undefined ? {} : { archive }), ...missing, seconds };
}

async function archiveOf(task: FinishTask, databaseUri: string, log: Log): Promise<ArchiveResult | undefined> {
  const { archive } = task;
  if (archive === undefined) return undefined;
  const { archiveDumps } = await import('../archiving/archive-dumps.ts');
  return await withConnection(databaseUri, (db) => translateErrors({}, () => archiveDumps(db, task, archive, log)));
}

/** Does the work on up to `count` connections. A role or a server with a low connection limit may grant fewer; one is enough. */
async function withFewerConnections(count: number, work: () => Promise<void>): Promise<void> {
  const refusals: unknown[] = [];
  await mapInParallel(Array.from({ length: count }), count, async () => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof MotherloadError) || error.code !== TOO_MANY_CONNECTIONS) throw error;
      refusals.push(error);
    }
  });
  if (count > 0 && refusals.length === count) throw refusals[0];
}

async function withWarnings<Result>(
  databaseUri: string,
  log: Log,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  return await withConnection(databaseUri, async (db) => {
    // For a table without the privilege ANALYZE sends a warning, not an error.
    db.on('notice', ({ message }) => log.warn(message ?? 'a warning without text', { step: 'analyze' }));
    return await translateErrors({}, () => work(db));
  });
}

/** Takes mothers from the list that all connections share. */
async function analyzeMothers(
  db: Database,
  { target: { schema } }: FinishTask,
  mothers: Iterable<string>,
  log: Log,
): Promise<void> {
  const command = await analyzeCommand(db);
  for (const name of mothers) {
    const analyzed = await translateErrors({ table: name }, () =>
      analyze(db, `${command} ${quoteQualified(schema, name)}`),
    );
    if (!analyzed)
      log.warn(`the mother table ${schema}.${name} no longer exists and gets no statistics`, {
        step: 'analyze',
        table: name,
      });
  }
}

/**
 * Since version 18 ANALYZE of a parent analyzes its children, too, which each load has done for its own table; ONLY skips that, and still creates
 * the statistics over all children. Older versions have neither. https://www.postgresql.org/docs/18/sql-analyze.html
 */
async function analyzeCommand(db: Database): Promise<string> {
  const { rows } = await db.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::integer AS version",
  );
  return (rows[0]?.version ?? 0) >= 180000 ? 'ANALYZE ONLY' : 'ANALYZE';
}

/** Whether the table exists. */
async function analyze(db: Database, statement: string): Promise<boolean> {
  try {
    await db.query(statement);
    return true;
  } catch (error) {
    if (!hasSqlState(error, SQL_STATES.undefinedTable, SQL_STATES.invalidSchemaName)) throw error;
    return false;
  }
}
