import { toFailure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { CatalogueTask, LoadTask } from '../../crds/contract/task.ts';
import { buildCatalogueTask, buildLoadTask } from '../../operator/build/task.ts';
import { catalogueWithoutChanges, type Catalogue } from '../../job-runner/catalogue/run-catalogue.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { toMotherloadError } from '../../job-runner/database/database-errors.ts';
import type { MotherDrop } from '../../job-runner/database/mother-drops.ts';
import { checkMothers } from '../../job-runner/database/mothers.ts';
import { DatFile, locationOf } from '../../job-runner/dump/dat-file.ts';
import { createMotherStatement, type MotherPlan } from '../../job-runner/plan/mother/plan-mothers.ts';
import { dropStatement } from '../../job-runner/plan/statements.ts';
import type { PreparedIngestion } from '../input/prepared-ingestion.ts';
import type { PlannedIngestion, PlannedMother, PlannedTable } from '../output/plan-text.ts';
import { planExisting } from './existing-table.ts';
import { planColumns, planStatements } from './table-statements.ts';

/**
 * Everything that a run would do, found out without changing anything; without a database an empty one is assumed. What would stop the run
 * before its first table stops the plan as well.
 */
export async function planIngestion(
  prepared: PreparedIngestion,
  database: Database | undefined,
): Promise<PlannedIngestion> {
  const ingestion = observedIngestion(prepared);
  const surroundings = { volumeFolder: prepared.volumeFolder, dialectFiles: prepared.dialectFiles };
  const task: CatalogueTask = buildCatalogueTask(ingestion, surroundings);
  const catalogue = await catalogueWithoutChanges(task, database);
  const drops = database === undefined ? [] : await checkMothers(database, task, catalogue.mothers);
  const tables: PlannedTable[] = [];
  for (const entry of catalogue.entries) {
    const loadTask = buildLoadTask(ingestion, { kind: 'Load', tableName: entry.table, table: entry }, surroundings);
    tables.push(await planEntry(entry, loadTask, catalogue, drops, database));
  }
  const mothers = catalogue.mothers.map((mother) => planMother(task.target.schema, mother, drops));
  return { name: prepared.manifest.metadata.name, mothers, tables };
}

function observedIngestion({ manifest }: PreparedIngestion) {
  const { metadata, spec } = manifest;
  return {
    metadata: { namespace: metadata.namespace, name: metadata.name, uid: 'plan', generation: 1 },
    spec,
    status: {},
  };
}

function planMother(schema: string, mother: MotherPlan, drops: readonly MotherDrop[]): PlannedMother {
  const { versionTables = [], tables = [] } = drops.find((drop) => drop.mother === mother.name) ?? {};
  const isMade = mother.action === 'Create' || mother.action === 'Recreate';
  return {
    ...mother,
    drops: versionTables.map((table) => `${table.schema}.${table.name}`),
    statements: [
      ...(tables.length === 0 ? [] : [dropStatement(tables)]),
      ...(isMade ? [createMotherStatement(schema, mother)] : []),
    ],
  };
}

async function planEntry(
  entry: TableIngestionSpec,
  task: LoadTask,
  { mothers }: Catalogue,
  drops: readonly MotherDrop[],
  database: Database | undefined,
): Promise<PlannedTable> {
  if (entry.decision !== 'Load') return { entry, statements: [], warnings: [] };
  try {
    const mother = mothers.find(({ name }) => name === entry.mother);
    const dat = await DatFile.open(task);
    try {
      const plan = await planColumns(task, dat, mother, database);
      const dropped = drops.flatMap(({ tables }) => tables);
      const existing = await planExisting(task, plan, dropped, database);
      const motherInDatabase = mother?.origin === 'Database' ? plan.mother : undefined;
      const statements = await planStatements(task, plan, existing, motherInDatabase, database);
      const message = existing.message ?? entry.message;
      return { entry: { ...entry, message }, statements, warnings: plan.warnings };
    } finally {
      await dat.close();
    }
  } catch (error) {
    return { entry, statements: [], warnings: [], failure: toFailure(toMotherloadError(error, locationOf(task))) };
  }
}
