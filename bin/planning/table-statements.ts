import type { LoadTask } from '../../crds/contract/task.ts';
import { readTypeMap } from '../../job-runner/dump/dialects.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { indexStatements } from '../../job-runner/database/indexes.ts';
import { readMother } from '../../job-runner/database/mothers.ts';
import { versionTableComment } from '../../job-runner/database/version-tables.ts';
import { copyFormatsOf } from '../../job-runner/copy/copy-input.ts';
import { locationOf, type DatFile } from '../../job-runner/dump/dat-file.ts';
import { stagingTable } from '../../job-runner/database/staging-table.ts';
import { parseHeader } from '../../job-runner/plan/header.ts';
import type { MotherPlan } from '../../job-runner/plan/mother/plan-mothers.ts';
import { planTable } from '../../job-runner/plan/plan-table.ts';
import {
  analyzeStatement,
  attachStatements,
  commentStatement,
  convertStatement,
  copyStatement,
  createStatement,
  dropStatement,
} from '../../job-runner/plan/statements.ts';
import type { Mother, TablePlan } from '../../job-runner/plan/table-plan.ts';
import type { ExistingPlan } from './existing-table.ts';

/** The column plan of a table whose mother may not be there yet. */
export async function planColumns(
  task: LoadTask,
  dat: DatFile,
  mother: MotherPlan | undefined,
  database: Database | undefined,
): Promise<TablePlan> {
  const { format, target, table } = task;
  return planTable({
    header:
      dat.header === undefined ? undefined : parseHeader(await decode(dat.header, format.encoding, database), format),
    schemaColumns: dat.schemaColumns,
    mother: mother && (await expectedMother(target.schema, mother, database)),
    typeMap: readTypeMap(table.dump.dialect ?? format.dialect, format, task.dialectFiles),
    format,
    versionTable: { schema: target.schema, name: table.versionTable ?? table.table },
    location: locationOf(task),
  });
}

/** The mother as it is, or as the run would make it. */
async function expectedMother(schema: string, plan: MotherPlan, database: Database | undefined): Promise<Mother> {
  const existing =
    database === undefined || plan.origin !== 'Database' ? undefined : await readMother(database, schema, plan.name);
  return (
    existing ?? { schema, name: plan.name, columns: plan.columns.map((column) => ({ ...column, generated: false })) }
  );
}

/** Encodings are PostgreSQL's, so it decodes if it is there; without it a name beyond ASCII may look odd. */
async function decode(bytes: Buffer, encoding: string, database: Database | undefined): Promise<string> {
  if (database === undefined) return bytes.toString(/^utf-?8$/i.test(encoding) ? 'utf8' : 'latin1');
  const { rows } = await database.query<{ text: string }>('SELECT convert_from($1, $2) AS text', [bytes, encoding]);
  return rows[0]?.text ?? '';
}

/** What the loader runs for a table, in order; what it writes into its own ledger is left out. */
export async function planStatements(
  { target, table, indexes }: LoadTask,
  plan: TablePlan,
  { action }: Pick<ExistingPlan, 'action'>,
  motherInDatabase: { readonly schema: string; readonly name: string } | undefined,
  database: Database | undefined,
): Promise<string[]> {
  if (action === 'Keep') return [];
  const detached = stagingTable(target.ledgerSchema, plan.versionTable);
  const conversion = convertStatement(plan, detached);
  const copiesIndexes = database !== undefined && motherInDatabase !== undefined && indexes === 'LikeMother';
  // The load's number is made when it is done.
  const comment = versionTableComment({ loadId: '…', dumpFile: table.dump.file, entry: table.dat?.entry ?? '' });
  return [
    createStatement(plan, detached),
    copyStatement(plan, detached, copyFormatsOf(plan)[0]),
    ...(conversion === undefined ? [] : [conversion]),
    ...(copiesIndexes ? await indexStatements(database, motherInDatabase, detached, plan.versionTable.name) : []),
    analyzeStatement(detached),
    ...(action === 'Replace' ? [dropStatement([plan.versionTable])] : []),
    ...attachStatements(plan, detached),
    commentStatement(plan.versionTable, comment),
  ];
}
