import { randomUUID } from 'node:crypto';
import { DataError, TransientError } from '../../crds/contract/errors.ts';
import { copyIndexes } from '../database/indexes.ts';
import { recordLoad } from '../database/ledger.ts';
import { withLockRetry } from '../database/lock.ts';
import { commentVersionTable, versionTableComment } from '../database/version-tables.ts';
import { analyzeStatement, attachStatements, convertStatement, type StagingTable } from '../plan/statements.ts';
import { locationOf } from '../dump/dat-file.ts';
import { stagingTable } from '../database/staging-table.ts';
import type { ExistingTableAction } from './existing-table.ts';
import type { CopyResult } from './staging.ts';
import type { Load } from './load.ts';
import { dropReplacedTable } from './replaced-table.ts';

/**
 * The rest of a load, within the transaction that commits it: final values, indexes, statistics; then the table takes its place, below its
 * mother, in place of the one that was there, and the ledger gets its row. Readers see all of that at once or nothing.
 */
export async function attachVersionTable(
  load: Load,
  filled: CopyResult,
  verdict: Exclude<ExistingTableAction, { action: 'Keep' }>,
): Promise<void> {
  const { db, plan, task, watch, progress } = load;
  const table = stagingTable(task.target.ledgerSchema, plan.versionTable);
  progress.enter('index');
  await watch.time('index', async () => {
    await convert(load, table);
    if (plan.mother !== undefined && task.indexes === 'LikeMother')
      await copyIndexes(db, plan.mother, table, plan.versionTable.name);
    await db.query(analyzeStatement(table));
  });
  progress.enter('attach');
  const { schema, name } = plan.versionTable;
  const { dump, dat } = task.table;
  const row = { loadId: randomUUID(), dumpFile: dump.file, entry: dat?.entry ?? '' };
  await watch.time('attach', () =>
    withLockRetry(db, async () => {
      if (verdict.action === 'Replace') await dropReplacedTable(load, verdict.loadId);
      await attach(load, table);
      await commentVersionTable(db, schema, name, versionTableComment(row));
    }),
  );
  await recordLoad(db, task.target.ledgerSchema, {
    ...row,
    targetSchema: schema,
    versionTable: name,
    mother: plan.mother?.name ?? null,
    dumpVersion: dump.version,
    crc32: dat?.crc32 ?? '',
    bytes: dat?.bytes ?? 0,
    planDigest: plan.digest,
    rows: filled.rows,
    streams: filled.streams,
    seconds: watch.seconds,
    ingestion: task.ingestion,
  });
}

async function attach({ db, plan, task }: Load, table: StagingTable): Promise<void> {
  try {
    for (const statement of attachStatements(plan, table)) await db.query(statement);
  } catch (error) {
    // datatype_mismatch, by which ALTER TABLE … INHERIT refuses a table that lacks a column or constraint of the mother.
    if ((error as { code?: string }).code !== '42804') throw error;
    const message = `the mother table ${plan.mother?.name ?? ''} was changed during the load (${(error as Error).message}): the table is loaded anew`;
    throw new TransientError('MotherChanged', message, locationOf(task), { cause: error });
  }
}

/** Makes the final values of binary columns. What decode() refuses is data, though its SQLSTATE, invalid_parameter_value, is not only that. */
async function convert({ db, plan, task }: Load, table: StagingTable): Promise<void> {
  const conversion = convertStatement(plan, table);
  if (conversion === undefined) return;
  try {
    await db.query(conversion);
  } catch (error) {
    if ((error as { code?: string }).code !== '22023') throw error;
    const columns = plan.columns.filter((column) => column.conversion !== undefined).map(({ name }) => name);
    const message = `a value of a binary column (${columns.join(', ')}) is not written in hexadecimal digits: ${(error as Error).message}`;
    throw new DataError('NotHexadecimal', message, locationOf(task), { cause: error });
  }
}
