import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { findDifferences, readChecksum } from '../database/checksum.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { findLoad, type LedgerRow } from '../database/ledger.ts';
import { readMother } from '../database/mothers.ts';
import { readColumnTypes } from '../database/relations.ts';
import { countOtherRejects } from '../database/rejects.ts';
import { lockStagingTable } from '../database/staging-table.ts';
import { inUndoneTransaction, type Undo } from '../database/transaction.ts';
import { findRelation, isLoadedTable } from '../database/version-tables.ts';
import { openTable } from '../dump/open-table.ts';
import type { TableData } from '../dump/table-data.ts';
import { locationOf } from '../dump/table-location.ts';
import { checksumColumns } from '../plan/checksum.ts';
import {
  judgeProof,
  notComparable,
  notLoaded,
  otherColumns,
  type Proof,
  type ProofEvidence,
  type TableEvidence,
} from '../plan/proof.ts';
import { stagingTable } from '../plan/staging-table.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { Stopwatch } from '../stopwatch.ts';
import { fitToDatabase, inspectDat, inspectIndexes, versionTableOf, type TableInspection } from './inspect-table.ts';
import { readDumpChecksum, type DumpChecksum } from './dump-checksum.ts';
import type { Load } from './load.ts';
import { LoadProgress } from './progress.ts';
import { withStagedDump, type StagedDump } from './staged-dump.ts';
import { comparedColumns, readAsLoaded } from './widened-columns.ts';

/**
 * Compares a version table with its dump, which is read as for a load, and both with the ledger. It holds the table's lock, so no runner changes the
 * table meanwhile, and leaves the database as it is.
 */
export async function verifyTable(task: LoadTask, databaseUri: string, db: Database): Promise<Proof> {
  await lockStagingTable(db, stagingTable(task.target.ledgerSchema, versionTableOf(task)));
  return await proveTable(task, databaseUri, db, inUndoneTransaction);
}

/** The same of a table whose lock is held. */
export async function proveTable(task: LoadTask, databaseUri: string, db: Database, undo: Undo): Promise<Proof> {
  const { ledgerSchema } = task.target;
  const versionTable = versionTableOf(task);
  const load = await findLoad(db, ledgerSchema, versionTable);
  const relation = await findRelation(db, versionTable);
  if (relation === undefined || !isLoadedTable(relation, load)) return notLoaded(versionTable);
  try {
    const found = await gather({ ...task, rejects: limitsOf(load) }, databaseUri, db, { load, undo });
    return judgeProof({ ...found, load, mothers: relation.mothers });
  } catch (error) {
    const translated = toMotherloadError(error, locationOf(task));
    if (translated.kind === 'Transient') throw translated;
    return notComparable(
      `${versionTable.schema}.${versionTable.name}`,
      describeFailure(translated.toFailure(task.records ?? 'Hidden')),
    );
  }
}

/** The records that the load has left out are left out again; whether they are the same ones is compared afterwards. */
function limitsOf({ rejects }: LedgerRow): LoadTask['rejects'] {
  return rejects === 0 ? undefined : { percent: 100 };
}

type Gathered = Omit<ProofEvidence, 'load' | 'mothers'>;

async function gather(
  task: LoadTask,
  databaseUri: string,
  db: Database,
  { load, undo }: { readonly load: LedgerRow; readonly undo: Undo },
): Promise<Gathered> {
  return await withOpened(task, databaseUri, db, async (opened, inspection) => {
    const { plan } = inspection;
    const others = otherColumns(plan, await readColumnTypes(db, plan.versionTable));
    const found = { plan, otherColumns: others };
    const same = load.rejects > 0 || others.length > 0 ? undefined : await findSame(opened, inspection);
    if (same !== undefined) {
      const { rows, content, table } = same;
      const rejects = await compareRejects(db, task, load.loadId, NO_LOAD);
      return { ...found, ...{ dump: content, records: rows, dumpRows: rows, rejects, table } };
    }
    const again = await openTable(task);
    try {
      return await withStagedDump({ ...opened, dat: again }, inspection, undo, async (staged) => ({
        ...{ ...found, dump: staged.content },
        ...{ records: staged.records, dumpRows: staged.rows },
        rejects: await compareRejects(db, task, load.loadId, staged.loadId),
        table: others.length > 0 ? undefined : await compareRows(db, task, plan, load, staged),
      }));
    } finally {
      await again.close();
    }
  });
}

/** The load of no rejects. */
const NO_LOAD = '00000000-0000-0000-0000-000000000000';

async function withOpened<Result>(
  task: LoadTask,
  databaseUri: string,
  db: Database,
  work: (load: Load, inspection: TableInspection) => Promise<Result>,
): Promise<Result> {
  const dat = await openTable(task);
  try {
    const inspection = await inspect(task, dat, db);
    const [progress, watch] = [new LoadProgress(0, () => undefined), new Stopwatch()];
    const { plan } = inspection;
    return await work({ task, databaseUri, db, dat, plan, log: SILENT_LOG, progress, watch }, inspection);
  } finally {
    await dat.close();
  }
}

interface SameRows extends DumpChecksum {
  readonly table: TableEvidence;
}

/** Reads the dump while PostgreSQL scans the table. Undefined where they differ or that cannot be decided so: then both are compared row by row. */
async function findSame(load: Load, inspection: TableInspection): Promise<SameRows | undefined> {
  const { plan, copyFormats } = inspection;
  if (copyFormats[0] !== 'binary') return undefined;
  const columns = checksumColumns(plan);
  const [dumped, checksum] = await Promise.all([
    readDumpChecksum(load, inspection),
    readChecksum(load.db, plan.versionTable, columns),
  ]);
  if (dumped?.rows !== checksum.rows || dumped.sum !== checksum.sum) return undefined;
  return { ...dumped, table: { columns, checksum, differences: undefined } };
}

async function inspect(task: LoadTask, dat: TableData, db: Database): Promise<TableInspection> {
  const { table, target } = task;
  const mother = table.mother === undefined ? undefined : await readMother(db, target.schema, table.mother);
  const fitted = await fitToDatabase(db, await inspectDat(task, dat, db, mother));
  return { ...fitted, existing: { action: 'Load' }, indexes: await inspectIndexes(db, task, fitted.plan) };
}

async function compareRejects(
  db: Database,
  { target: { ledgerSchema } }: LoadTask,
  kept: string,
  found: string,
): Promise<Gathered['rejects']> {
  return {
    onlyInDump: await countOtherRejects(db, ledgerSchema, found, kept),
    onlyInLedger: await countOtherRejects(db, ledgerSchema, kept, found),
  };
}

async function compareRows(
  db: Database,
  { records }: LoadTask,
  plan: TablePlan,
  { loadedAs }: LedgerRow,
  { table: staging }: StagedDump,
): Promise<TableEvidence> {
  const columns = comparedColumns(plan, loadedAs);
  await readAsLoaded(db, staging, plan, loadedAs);
  const dumped = await readChecksum(db, staging, columns);
  const checksum = await readChecksum(db, plan.versionTable, columns);
  if (dumped.rows === checksum.rows && dumped.sum === checksum.sum)
    return { columns, checksum, differences: undefined };
  const found = await findDifferences(db, staging, plan.versionTable, columns);
  const shown = (rows: readonly string[]) => (records === 'Shown' ? rows.map((row) => shorten(row, SHOWN_ROW)) : []);
  const examples = { onlyInDump: shown(found.firstOfOne), onlyInTable: shown(found.firstOfOther) };
  const counts = { dumpRows: found.onlyInOne, tableRows: found.onlyInOther };
  return { columns, checksum, differences: { examples, ...counts } };
}

const SHOWN_ROW = 500;
