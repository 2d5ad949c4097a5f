import type { CatalogueReason } from '../../crds/contract/catalogue-reasons.ts';
import { DataError, shorten, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { LoadsTask } from '../../crds/contract/load-task.ts';
import type { Log } from '../../crds/contract/log.ts';
import { catalogueReports } from '../../crds/contract/catalogue-writer.ts';
import type { CatalogueEndReport, CatalogueReport, CatalogueResult } from '../../crds/contract/report.ts';
import { formatOfTable } from '../../crds/contract/format.ts';
import type { CatalogueTask, Format } from '../../crds/contract/task.ts';
import { isWholeDump } from '../../crds/contract/whole-dump.ts';
import { recordDumps } from '../database/archived-dumps.ts';
import type { Database } from '../database/connection.ts';
import { translateErrors } from '../database/database-errors.ts';
import { refuseUnknownEncoding, unencodableTexts } from '../database/encoding.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { changeMothers } from '../database/change-mothers.ts';
import { prepareMothers, readExistingRelations } from '../database/mothers.ts';
import { motherNames, type DumpedTable, type ExistingRelation, type MotherPlan } from '../plan/mother/plan-mothers.ts';
import { driftOf, summarizeDrift, versionsOf, type MotherDrift } from '../plan/mother/drift.ts';
import { withZeroDates, type TypeMap } from '../plan/type-map.ts';
import { cataloguedDumps } from './catalogued-dumps.ts';
import type { Findings } from './decide-entries.ts';
import { decideEntries, scanDumps, type DumpTable } from './scan.ts';
import { keptMothers, planPossibleMothers, readKnown } from './possible-mothers.ts';
import { readTypeMap } from '../dump/dialects.ts';
import { keepUnchanged, type FindUnchanged } from './keep-unchanged.ts';
import { warnOfTwins } from './duplicate-dumps.ts';
import { warnOfLoadedTwins } from './loaded-twins.ts';
import { warnOfOwnSnapshots } from './own-snapshots.ts';
import { loadAllOrNone, refuseTooMany } from './tables-of-one-moment.ts';
import { withRunWarnings, type RunWarnings } from './run-warnings.ts';
import { warnOfUnusedEncodings, warnOfUnusedFormats } from './unused-formats.ts';
import { Stopwatch } from '../stopwatch.ts';

export interface Catalogue {
  readonly tables: readonly DumpTable[];
  readonly mothers: readonly MotherPlan[];
  readonly entries: readonly TableIngestionSpec[];
  readonly drift: readonly MotherDrift[];
  /** About no table alone. */
  readonly warnings: readonly string[];
}

/** Finds the dumps, decides on every table, prepares the mothers, finds what is loaded already and reports the entries. */
export async function runCatalogue(
  task: CatalogueTask,
  databaseUri: string,
  log: Log,
  report: (report: CatalogueReport) => void,
  findUnchanged: FindUnchanged,
): Promise<CatalogueResult> {
  const watch = new Stopwatch();
  const tables = await watch.time('scan', () => scan(task));
  const prepare = async (database: Database): Promise<Catalogue> => {
    const planned = await watch.time('plan', () => planCatalogue(task, tables, database));
    const mothers = await watch.time('mothers', async () => {
      await prepareMothers(database, task, planned.findings.mothers, log);
      return await changeMothers(database, task, planned.findings.mothers, log);
    });
    const catalogue = catalogueOf(task, planned, mothers);
    const entries = await watch.time('compare', () =>
      keepUnchanged(database, loadsOf(task), catalogue.entries, findUnchanged),
    );
    const { ingestion, target, archive } = task;
    if (archive !== undefined)
      await recordDumps(database, target, ingestion, archive, cataloguedDumps(catalogue.tables, entries));
    return { ...catalogue, entries };
  };
  const catalogue = await withConnection(databaseUri, prepare, (connect) => watch.time('connect', connect));
  logCatalogue(catalogue, log);
  const end = reportEntries(catalogue.entries, report);
  const { entries, sha256 } = end;
  const drift = summarizeDrift(catalogue.drift);
  return { task: 'Catalogue', outcome: 'Succeeded', entries, sha256, drift, seconds: watch.seconds };
}

/** What asks about the loads. By how many streams they load decides nothing about a table that is loaded already. */
function loadsOf({ motherTables: { indexes }, onExisting, ...task }: CatalogueTask): LoadsTask {
  return { ...task, indexes, loading: { streamsPerTable: 1, onExisting } };
}

/** The same without changes: nothing is written to the database, which need not exist. */
export async function catalogueWithoutChanges(task: CatalogueTask, database: Database | undefined): Promise<Catalogue> {
  const planned = await planCatalogue(task, await scan(task), database);
  return catalogueOf(task, planned, planned.findings.mothers);
}

async function scan(task: CatalogueTask): Promise<readonly DumpTable[]> {
  if (task.database === undefined) return await scanDumps(task);
  const { scanDatabase } = await import('./scan-database.ts');
  return await scanDatabase(task, task.database);
}

interface PlannedCatalogue {
  readonly findings: Findings;
  readonly drift: readonly MotherDrift[];
  readonly warnings: RunWarnings;
}

/** With the mothers as they are or will be, which may refuse more versions than planned. */
function catalogueOf(
  task: CatalogueTask,
  { findings, drift, warnings }: PlannedCatalogue,
  mothers: readonly MotherPlan[],
): Catalogue {
  const entries = withRunWarnings(loadAllOrNone(task, decideEntries({ ...findings, mothers })), warnings);
  return {
    tables: findings.tables,
    mothers,
    entries,
    drift,
    warnings: [...warnings.ofDumps.values(), ...warnings.ofRun],
  };
}

async function planCatalogue(
  task: CatalogueTask,
  found: readonly DumpTable[],
  database: Database | undefined,
): Promise<PlannedCatalogue> {
  const { motherTables, target } = task;
  if (database !== undefined) for (const name of encodingsOf(task.format)) await refuseUnknownEncoding(database, name);
  const tables = database === undefined ? found : await failUnencodable(found, database);
  const dumped = dumpedTables(tables, task);
  const names = motherNames(dumped, motherTables);
  const existing: readonly ExistingRelation[] =
    database === undefined
      ? []
      : await translateErrors({}, () => readExistingRelations(database, target.schema, names));
  const known = await readKnown(task, existing, database);
  const mothers = await planPossibleMothers(task, { tables, dumped, existing, known }, database);
  const drift = driftOf(versionsOf(known, dumped, mothers));
  const findings = { ingestionName: task.ingestion.name, tables, mothers, existing, target, motherTables };
  const entries = decideEntries(findings);
  // Before anything is created or dropped.
  refuseTooMany(task, entries);
  const kept = keptMothers(mothers);
  const twins = warnOfLoadedTwins(
    entries,
    known.filter(({ mother }) => kept.has(mother)),
  );
  const tableNames = tables.filter((table) => !isWholeDump(table)).map(({ table }) => table);
  const columnNames = tables.flatMap(({ columns }) => columns.map(({ name }) => name));
  const unused = [...warnOfUnusedFormats(task.format, tableNames), ...warnOfUnusedEncodings(task.format, columnNames)];
  const ofRun = [...unused, ...warnOfOwnSnapshots(task.database, tables)];
  const warnings = { ofDumps: new Map([...twins, ...warnOfTwins(tables)]), ofRun };
  return { findings, drift, warnings };
}

function encodingsOf({ encoding, tables }: Format): ReadonlySet<string> {
  return new Set([encoding, ...tables.flatMap((table) => table.encoding ?? [])]);
}

/** A name that the database cannot represent would fail a statement for all tables, so its table fails beforehand, alone. */
async function failUnencodable(tables: readonly DumpTable[], database: Database): Promise<readonly DumpTable[]> {
  const namesOf = ({ table, columns }: DumpTable) => [table, ...columns.map(({ name }) => name)];
  const unencodable = await unencodableTexts(database, tables.filter((found) => !isWholeDump(found)).flatMap(namesOf));
  if (unencodable.size === 0) return tables;
  return tables.map((found) => {
    const name = found.failure === undefined ? namesOf(found).find((each) => unencodable.has(each)) : undefined;
    return name === undefined ? found : { ...found, columns: [], failure: nameNotInEncoding(found, name) };
  });
}

function nameNotInEncoding({ dump, table }: DumpTable, name: string): Failure {
  const message = `the database's encoding cannot represent the name ${shorten(name)}: use a database with the encoding UTF8, or rename it in the dump`;
  return new DataError('NameNotInEncoding', message, { file: dump.file, table }).toFailure();
}

/** The tables from which mothers are derived: those that can be read. */
function dumpedTables(tables: readonly DumpTable[], { format, dialectFiles }: CatalogueTask): readonly DumpedTable[] {
  const typeMaps = new Map<string, TypeMap>();
  const typeMapOf = (dialect: string): TypeMap => {
    const typeMap = typeMaps.get(dialect) ?? readTypeMap(dialect, format, dialectFiles);
    typeMaps.set(dialect, typeMap);
    return typeMap;
  };
  return tables
    .filter(
      ({ failure, duplicate, skipped }) => failure === undefined && duplicate === undefined && skipped === undefined,
    )
    .map(({ dump, table, dat, columns }) => ({
      table,
      file: dump.file,
      version: dump.version,
      ...(dat?.crc32 === undefined ? {} : { content: { crc32: dat.crc32, bytes: dat.bytes } }),
      columns,
      typeMap: withZeroDates(typeMapOf(dump.dialect), formatOfTable(format, table).zeroDates),
    }));
}

function logCatalogue({ mothers, entries, warnings }: Catalogue, log: Log): void {
  const duplicates = entries.filter(({ reason }) => reason === ('DuplicateDump' satisfies CatalogueReason));
  for (const [file, message] of new Map(duplicates.map((entry) => [entry.dump.file, entry.message])))
    log.warn(message, { step: 'scan', file });
  for (const warning of warnings) log.warn(warning, { step: 'scan' });
  for (const { name, warnings } of mothers) {
    for (const warning of warnings) log.warn(warning, { step: 'mothers', table: name });
  }
  for (const { decision, reason, message, dump, table } of entries) {
    if (decision === 'Fail') log.error(message, { step: 'scan', file: dump.file, table, reason });
  }
  const kept = entries.filter(({ decision }) => decision === 'Keep').length;
  const unchanged = kept === 0 ? '' : `; ${kept} were loaded before with the same content`;
  log.info(`found ${entries.length} tables and ${mothers.length} mothers${unchanged}`, { step: 'scan' });
}

function reportEntries(
  entries: readonly TableIngestionSpec[],
  report: (report: CatalogueReport) => void,
): CatalogueEndReport {
  for (const line of catalogueReports(entries)) {
    report(line);
    if (line.report === 'catalogueEnd') return line;
  }
  throw new Error('the reports of a catalogue have no end');
}
