import { ManifestError } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { copyBatch } from '../copy/batch.ts';
import { createCopyInput } from '../copy/copy-input.ts';
import { LeftOut } from '../copy/left-out.ts';
import type { RecordProblem } from '../copy/record-problem.ts';
import { refusedRow } from '../copy/refused-row.ts';
import { strayRemark } from '../copy/stray-record.ts';
import type { Database } from '../database/connection.ts';
import { withChecksumKept } from '../database/checksum.ts';
import { recordReplay } from '../database/history.ts';
import { adoptPlan, findLoad, migrateLedger, type LedgerRow } from '../database/ledger.ts';
import { readMother } from '../database/mothers.ts';
import { readColumnTypes } from '../database/relations.ts';
import { readKeptRecords, settleRejects, type KeptRecord } from '../database/rejects.ts';
import { lockStagingTable } from '../database/staging-table.ts';
import { inUndoneSavepoint, withTransaction } from '../database/transaction.ts';
import { describeLoss, findRelation, isLoadedTable, notOurs } from '../database/version-tables.ts';
import { openTable } from '../dump/open-table.ts';
import { locationOf } from '../dump/table-location.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import { checksumColumns } from '../plan/checksum.ts';
import { digestOf } from '../plan/plan-digest.ts';
import { normaliseTypeName } from '../plan/postgresql-type.ts';
import { isSameFile } from '../plan/same-file.ts';
import { stagingTable } from '../plan/staging-table.ts';
import { copyStatement } from '../plan/statements.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { copyRows } from './copy-rows.ts';
import { fitToDatabase, inspectDat, versionTableOf } from './inspect-table.ts';
import { shownValue } from './load-rejects.ts';
import { proveTable } from './verify-table.ts';

export interface ReplayedTable {
  /** As `schema.name`. */
  readonly versionTable: string;
  /** Undefined where it had no rejects. */
  readonly rejects?: { readonly loaded: number; readonly left: number };
  /** Whether the table has what a load by the task would bring, as the ledger says from now on. */
  readonly isByTask: boolean;
}

/** Records that are read and copied at a time. */
const PAGE = 1000;

/**
 * Loads the rejects of one table again, by the task's format and types, into the version table that left them out. Rows, rejects and the ledger's
 * numbers change in one transaction. Undefined where there is nothing to do or to say.
 *
 * What was loaded before may have been read by another format. So the table counts as loaded by this one only if it has exactly what a load by this one
 * would bring, for which the dump is read again: then a run by the task finds it loaded already. Otherwise it stays known by the plan that it had. The
 * same is done for a table without rejects: what was changed for others must not make it other content.
 */
export async function replayTable(
  task: LoadTask,
  databaseUri: string,
  db: Database,
): Promise<ReplayedTable | undefined> {
  const { ledgerSchema } = task.target;
  const versionTable = versionTableOf(task);
  await migrateLedger(db, ledgerSchema);
  await lockStagingTable(db, stagingTable(ledgerSchema, versionTable));
  const load = await findLoad(db, ledgerSchema, versionTable);
  if (load === undefined) return undefined;
  const relation = await findRelation(db, versionTable);
  const isOurs = relation !== undefined && isLoadedTable(relation, load);
  const hasRejects = load.rejects > 0;
  // Of other content, or of a source database that would have to be read to know it, a run says what to do.
  if (!hasRejects && (!isOurs || !isSameFile(task.table.dat, load))) return undefined;
  if (!isOurs) throw notOurs(versionTable);
  // With its rejects alone it would no longer look emptied.
  const loss = hasRejects ? describeLoss(relation, load) : undefined;
  if (loss !== undefined) {
    const message = `${load.versionTable} holds ${loss}: load it again with spec.loading.onExisting Replace`;
    throw new ManifestError('ReplayDiffers', message, locationOf(task));
  }
  const name = `${versionTable.schema}.${versionTable.name}`;
  const plan = await planReplay(task, db, load).catch((error: unknown) => {
    if (hasRejects || !(error instanceof ManifestError) || error.code !== 'ReplayDiffers') throw error;
  });
  if (plan === undefined) return { versionTable: name, isByTask: false };
  const planDigest = digestOf(plan.digested, load.loadedAs);
  const isOther = planDigest !== load.planDigest;
  if (!hasRejects && !isOther) return undefined;
  const kept = { loadId: load.loadId, table: versionTable, checksum: load.checksum };
  return await withTransaction(db, async () => {
    const loaded = hasRejects
      ? await withChecksumKept(db, ledgerSchema, kept, checksumColumns(plan), () =>
          replayRejects(db, ledgerSchema, load, plan),
        )
      : 0;
    const isByTask = !isOther || (await proveTable(task, databaseUri, db, inUndoneSavepoint)).outcome === 'Same';
    const isAdopted = isOther && isByTask;
    if (loaded > 0 || isAdopted) await recordReplay(db, ledgerSchema, load);
    if (isAdopted) await adoptPlan(db, ledgerSchema, load.loadId, { planDigest, columns: plan.dumpColumns });
    const rejects = hasRejects ? { rejects: { loaded, left: load.rejects - loaded } } : {};
    return { versionTable: name, ...rejects, isByTask };
  });
}

/** The plan of the task, which must have the columns of the table that is there. */
async function planReplay(task: LoadTask, db: Database, load: LedgerRow): Promise<TablePlan> {
  const { table, target } = task;
  // Of a source database nobody knows; the records are those that were read, and the columns are compared below.
  if (task.database === undefined && !isSameFile(table.dat, load)) {
    const message = `${load.versionTable} was loaded from other content than this dump has: load it again with spec.loading.onExisting Replace`;
    throw new ManifestError('ReplayDiffers', message, locationOf(task));
  }
  const mother = table.mother === undefined ? undefined : await readMother(db, target.schema, table.mother);
  const dat = await openTable(task);
  try {
    const { plan } = await fitToDatabase(db, await inspectDat(task, dat, db, mother));
    const types = await readColumnTypes(db, plan.versionTable);
    for (const { name, type } of plan.columns) {
      const existing = types.get(name);
      if (existing !== undefined && normaliseTypeName(existing) === normaliseTypeName(type)) continue;
      const message = `${load.versionTable} has the column ${name} as ${existing ?? 'none'}, and by this manifest it is ${type}: load the dump again with spec.loading.onExisting Replace`;
      throw new ManifestError('ReplayDiffers', message, locationOf(task));
    }
    return plan;
  } finally {
    await dat.close();
  }
}

async function replayRejects(db: Database, ledgerSchema: string, load: LedgerRow, plan: TablePlan): Promise<number> {
  let loaded = 0;
  let page: readonly KeptRecord[] = [];
  do {
    page = await readKeptRecords(db, ledgerSchema, load.loadId, page.at(-1)?.record ?? 0, PAGE);
    const problems = await replayPage(db, plan, page);
    await settleRejects(
      db,
      ledgerSchema,
      load.loadId,
      page.map(({ record, raw }) => {
        const problem = problems.get(record)?.with(strayRemark(raw, plan.format));
        return { record, problem: problem && describe(problem) };
      }),
    );
    loaded += page.length - problems.size;
  } while (page.length === PAGE);
  return loaded;
}

/** Copies what can be loaded now; the problems of the others, by the record's number. */
async function replayPage(
  db: Database,
  plan: TablePlan,
  page: readonly KeptRecord[],
): Promise<ReadonlyMap<number, RecordProblem>> {
  const problems = new Map<number, RecordProblem>();
  const rows: Buffer[] = [];
  const owners: number[] = [];
  let current = 0;
  const leftOut = new LeftOut(plan.format, { linesBefore: 0, bytesBefore: 0 }, ({ problem }) =>
    problems.set(current, problem),
  );
  const { converter, frame } = createCopyInput(plan, 'text', { chunkBytes: CHUNK_BYTES, outputSlots: 1 }, leftOut);
  try {
    for (const { record, line, raw, recordEnd } of page) {
      current = record;
      const before = { records: converter.records, rows: converter.rows };
      const bytes = Buffer.concat([raw, Buffer.from(recordEnd)]);
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
        rows.push(Buffer.from(converter.convert(bytes.subarray(at, at + CHUNK_BYTES), 0)));
      if (converter.records !== before.records + 1) {
        const message = `the reject of line ${line} is not one record by this manifest: load the dump again with spec.loading.onExisting Replace`;
        throw new ManifestError('ReplayDiffers', message, { table: plan.versionTable.name, line });
      }
      if (converter.rows > before.rows) owners.push(record);
    }
  } finally {
    converter.release();
  }
  const statement = copyStatement(plan, plan.versionTable, 'text');
  const copy = (batch: Buffer) => copyRows(db, statement, frame, batch, plan.versionTable.name);
  const { refused } = await copyBatch(Buffer.concat(rows), copy, (row, failure) => refusedRow(row, failure, plan));
  for (const { row, problemOf } of refused) problems.set(owners[row] ?? 0, problemOf(owners[row] ?? 0));
  return problems;
}

function describe({ column, value, sqlState, code, message }: RecordProblem) {
  return { column, value: shownValue(value), sqlState, code, reason: message };
}
