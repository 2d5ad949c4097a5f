import { streamCount } from '../../crds/contract/stream-count.ts';
import { DataError, ManifestError } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { copyFormatsOf } from '../copy/copy-input.ts';
import type { Database } from '../database/connection.ts';
import { findDependents } from '../database/dependents.ts';
import { decodeHeader, readServerEncoding } from '../database/encoding.ts';
import { readMotherIndexes } from '../database/indexes.ts';
import { findLoad, type LedgerRow } from '../database/ledger.ts';
import { readMother } from '../database/mothers.ts';
import {
  describeLoss,
  findRelation,
  isLoadedTable,
  notOurs,
  refuseRenamed,
  tableInUse,
  type FoundRelation,
} from '../database/version-tables.ts';
import type { TableData } from '../dump/table-data.ts';
import { locationOf } from '../dump/table-location.ts';
import { readTypeMap } from '../dump/dialects.ts';
import { highCharacters } from '../plan/encoded-text.ts';
import { recordEncoding } from '../plan/encodings.ts';
import { describeFirstLines, firstLines, firstLineWarnings } from '../plan/first-line.ts';
import { parseHeader } from '../plan/header.ts';
import type { MotherIndex } from '../plan/index-statements.ts';
import { buildLoadSteps, type LoadSteps } from '../plan/load-steps.ts';
import { planTable } from '../plan/plan-table.ts';
import type { TableName } from '../plan/sql.ts';
import { sourceColumnName } from '../plan/source-name.ts';
import { stagingTable } from '../plan/staging-table.ts';
import type { CopyStatementFormat } from '../plan/statements.ts';
import type { Mother, TablePlan } from '../plan/table-plan.ts';
import { refuseUncheckedColumns } from './checked-columns.ts';
import { classifyExisting, type ExistingTableAction } from './existing-table.ts';

/** What a load does with a table, from its dump and from the database as it is now. */
export interface TableInspection {
  readonly plan: TablePlan;
  readonly existing: ExistingTableAction;
  /** The cheapest first; the second is for values that the first cannot express. */
  readonly copyFormats: readonly [CopyStatementFormat, ...CopyStatementFormat[]];
  /** The mother's indexes that the version table gets. */
  readonly indexes: readonly MotherIndex[];
}

/** How the database will be when the load starts, where that is not how it is now: for a preview, before the run has prepared anything. */
export interface Expectation {
  /** The mother as the run prepares it. */
  readonly mother?: Mother | undefined;
  /** It does not exist yet, so it has no indexes. */
  readonly isCreated?: boolean;
  /** The types by which its versions were loaded, of columns that the run widens. */
  readonly loadedAs?: Readonly<Record<string, string>>;
  /** The oids of the tables that the run drops before its first load. */
  readonly dropped: ReadonlySet<number>;
}

const NO_BYTES =
  'the DAT file has no bytes, not even a header: the table has no rows, and the columns of the schema file';

const LOAD: ExistingTableAction = { action: 'Load' };

/** Throws for lines that as data would be rows of their own, or an error that does not say why. Returns warnings of what is in doubt. */
function checkFirstLines(task: LoadTask, dat: TableData): string[] {
  if (dat.firstLine === undefined) return [];
  const { schemaColumns, format } = dat;
  const names = schemaColumns.map(({ name }) => sourceColumnName(name));
  const lines = firstLines(dat.header, dat.firstLine, dat.mark ?? format.encoding);
  const message = describeFirstLines(lines, names, format);
  if (message !== undefined) throw new DataError('HeaderMismatch', message, { ...locationOf(task), line: 1 });
  return firstLineWarnings(lines, names, format);
}

/** Only reads. Without a database an empty one is assumed. */
export async function inspectTable(
  task: LoadTask,
  dat: TableData,
  db: Database | undefined,
  expected: Expectation = { dropped: new Set() },
): Promise<TableInspection> {
  const plan = await inspectDat(task, dat, db, expected.mother ?? (await findMother(db, task)));
  const existing = db === undefined ? LOAD : await inspectExisting(db, task, plan, expected);
  if (db === undefined || existing.action === 'Keep')
    return { plan, existing, copyFormats: copyFormatsOf(plan), indexes: [] };
  await refuseUncheckedColumns(db, dat, plan, locationOf(task));
  return {
    ...(await fitToDatabase(db, plan)),
    existing,
    indexes: expected.isCreated === true ? [] : await inspectIndexes(db, task, plan),
  };
}

/** The plan by the dump, and by the mother as it is in the database. */
export async function inspectDat(
  task: LoadTask,
  dat: TableData,
  db: Database | undefined,
  mother: Mother | undefined,
): Promise<TablePlan> {
  const { format } = dat;
  const encoding = recordEncoding(dat.mark ?? format.encoding);
  const doubts = checkFirstLines(task, dat);
  const planned = planTable({
    header: dat.header && parseHeader(await decodeHeader(db, dat.header, encoding), format),
    schemaColumns: dat.schemaColumns,
    mark: dat.mark,
    mother,
    typeMap: readTypeMap(task.table.dump.dialect ?? format.dialect, format, task.dialectFiles),
    format,
    versionTable: versionTableOf(task),
    location: locationOf(task),
  });
  const isEmpty = format.header && dat.header === undefined;
  return {
    ...planned,
    warnings: [...(isEmpty ? [NO_BYTES] : []), ...doubts, ...(dat.dumpWarnings ?? []), ...planned.warnings],
  };
}

/** The name of the version table, which only the catalogue decides. */
export function versionTableOf({ table, target, ...task }: LoadTask): TableName {
  const { versionTable } = table;
  if (versionTable !== undefined) return { schema: target.schema, name: versionTable };
  const message = 'the catalogue gave this table no version table: run the ingestion again';
  throw new DataError('NoVersionTable', message, locationOf({ table, target, ...task }));
}

/** The indexes that a version table gets by the manifest: the mother's, as they are now. */
export async function inspectIndexes(
  db: Database,
  { indexes }: LoadTask,
  { mother }: TablePlan,
): Promise<readonly MotherIndex[]> {
  return mother !== undefined && indexes === 'LikeMother' ? await readMotherIndexes(db, mother) : [];
}

/** One way to copy a table. */
export interface CopyAttempt {
  readonly format: CopyStatementFormat;
  /** In one stream, batch by batch. */
  readonly isBatched: boolean;
}

/** The statements that follow from an inspection. */
export function planSteps(
  task: LoadTask,
  { plan, existing, indexes }: TableInspection,
  { format: copyFormat, isBatched }: CopyAttempt,
  loadId: string,
): LoadSteps {
  const { table, target, ingestion, loading } = task;
  const { entry = '', bytes = 0 } = table.dat ?? {};
  const { schema, name } = plan.versionTable;
  return buildLoadSteps({
    plan,
    staging: stagingTable(target.ledgerSchema, plan.versionTable),
    copyFormat,
    streams: isBatched ? 1 : streamCount(loading.streamsPerTable, bytes),
    isBatched,
    indexes,
    replaces: existing.action === 'Replace',
    ledgerSchema: target.ledgerSchema,
    ledgerRow: {
      ...{ targetSchema: schema, versionTable: name, loadId, mother: plan.mother?.name ?? null },
      ...{ dumpFile: table.dump.file, entry, dumpVersion: table.dump.version },
      ...{ planDigest: plan.digest, ingestion },
    },
  });
}

async function findMother(db: Database | undefined, { table, target }: LoadTask): Promise<Mother | undefined> {
  if (table.mother === undefined) return undefined;
  const mother = db && (await readMother(db, target.schema, table.mother));
  if (mother !== undefined) return mother;
  const message = `the mother table ${target.schema}.${table.mother} does not exist any more: run the ingestion again to recreate it`;
  throw new ManifestError('MotherGone', message, { table: table.table });
}

/** A database without an encoding of its own stores the file's bytes as they are, which only COPY's text format brings it. */
export async function fitToDatabase(
  db: Database,
  plan: TablePlan,
): Promise<Pick<TableInspection, 'plan' | 'copyFormats'>> {
  const copyFormats = copyFormatsOf(plan);
  const { encoding, nullMarker } = plan.format;
  // A null marker beyond ASCII is found by the file's encoding alone.
  const isDecoded = highCharacters(encoding) !== undefined && Buffer.byteLength(nullMarker) === nullMarker.length;
  if (copyFormats.length === 1 && !isDecoded) return { plan, copyFormats };
  if ((await readServerEncoding(db)) !== 'SQL_ASCII') return { plan, copyFormats };
  if (!isDecoded) return { plan, copyFormats: ['text'] };
  const columns = plan.columns.map((column) => ({ ...column, encoding: undefined }));
  return { plan: { ...plan, columns, format: { ...plan.format, encoding: 'SQL_ASCII' } }, copyFormats: ['text'] };
}

/** What becomes of the relation that has the version table's name, by the ledger's row for that name. */
export function judgeExisting(
  task: LoadTask,
  { versionTable, digested, dumpColumns, mother }: TablePlan,
  relation: FoundRelation,
  load: LedgerRow | undefined,
): ExistingTableAction {
  if (!isLoadedTable(relation, load)) throw notOurs(versionTable);
  const { crc32 = '', bytes = 0 } = task.table.dat ?? {};
  const planned = mother && `${mother.schema}.${mother.name}`;
  return classifyExisting(
    load,
    { file: task.database === undefined ? { crc32, bytes } : undefined, plan: digested, dumpColumns },
    { mothers: relation.mothers, planned, loss: describeLoss(relation, load) },
    task.ingestion.run,
    { onExisting: task.loading.onExisting, rejects: task.rejects },
    locationOf(task),
  );
}

/** What has the version table's name, and what to do about it. A table that cannot be dropped in the end is refused before COPY. */
async function inspectExisting(
  db: Database,
  task: LoadTask,
  plan: TablePlan,
  { dropped, loadedAs }: Expectation,
): Promise<ExistingTableAction> {
  const { versionTable } = plan;
  const relation = await findRelation(db, versionTable);
  if (relation !== undefined && dropped.has(relation.oid)) return LOAD;
  const found = await findLoad(db, task.target.ledgerSchema, versionTable);
  if (relation === undefined) {
    if (found !== undefined && plan.mother !== undefined) await refuseRenamed(db, plan.mother, found);
    return LOAD;
  }
  const load = found && { ...found, loadedAs: { ...loadedAs, ...found.loadedAs } };
  const action = judgeExisting(task, plan, relation, load);
  if (action.action !== 'Replace') return action;
  const dependents = (await findDependents(db, [{ oid: relation.oid, step: 0 }])).get(relation.oid);
  if (dependents !== undefined) throw tableInUse(versionTable, '', dependents);
  return action;
}
