import { toFailure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { CatalogueTask, LoadTask } from '../../crds/contract/task.ts';
import { buildCatalogueTask, buildLoadTask } from '../../operator/build/task.ts';
import { catalogueWithoutChanges, type Catalogue } from '../../job-runner/catalogue/run-catalogue.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { toMotherloadError } from '../../job-runner/database/database-errors.ts';
import { DatFile, placeOf } from '../../job-runner/load/dat-file.ts';
import { createMotherStatement, type MotherPlan } from '../../job-runner/plan/mother.ts';
import type { PreparedIngestion } from '../input/prepared-ingestion.ts';
import type { PlannedIngestion, PlannedTable } from '../output/plan-text.ts';
import { planExisting } from './existing-table.ts';
import { planColumns, planStatements } from './table-statements.ts';

/** Everything that a run would do, found out without changing anything; without a database an empty one is assumed. */
export async function planIngestion(prepared: PreparedIngestion, database: Database | undefined): Promise<PlannedIngestion> {
  const ingestion = observedIngestion(prepared);
  const surroundings = { volumeFolder: prepared.volumeFolder, dialectFiles: prepared.dialectFiles };
  const task: CatalogueTask = buildCatalogueTask(ingestion, surroundings);
  const catalogue = await catalogueWithoutChanges(task, database);
  const tables: PlannedTable[] = [];
  for (const entry of catalogue.entries) {
    const loadTask = buildLoadTask(ingestion, { kind: 'Load', tableName: entry.table, table: entry }, surroundings);
    tables.push(await planEntry(entry, loadTask, catalogue, database));
  }
  const mothers = catalogue.mothers.map((mother) => ({ ...mother, ...motherStatement(task.target.schema, mother) }));
  return { name: prepared.manifest.metadata.name, mothers, tables };
}

function observedIngestion({ manifest }: PreparedIngestion) {
  const { metadata, spec } = manifest;
  return { metadata: { namespace: metadata.namespace, name: metadata.name, uid: 'plan', generation: 1 }, spec, status: {} };
}

function motherStatement(schema: string, mother: MotherPlan): { statement?: string } {
  return mother.action === 'Create' || mother.action === 'Recreate' ? { statement: createMotherStatement(schema, mother) } : {};
}

async function planEntry(
  entry: TableIngestionSpec,
  task: LoadTask,
  { mothers }: Catalogue,
  database: Database | undefined,
): Promise<PlannedTable> {
  if (entry.decision !== 'Load') return { entry, statements: [], warnings: [] };
  try {
    const mother = mothers.find(({ name }) => name === entry.mother);
    const dat = await DatFile.open(task);
    try {
      const plan = await planColumns(task, dat, mother, database);
      const existing = await planExisting(task, plan, mother, database);
      const statements = existing.action === 'Keep' ? [] : planStatements(task, plan);
      const message = existing.message ?? entry.message;
      return { entry: { ...entry, message }, statements, warnings: plan.warnings };
    } finally {
      await dat.close();
    }
  } catch (error) {
    return { entry, statements: [], warnings: [], failure: toFailure(toMotherloadError(error, placeOf(task))) };
  }
}
