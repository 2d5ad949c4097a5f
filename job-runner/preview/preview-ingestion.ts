import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { ArchiveAction, CatalogueTask, LoadTask } from '../../crds/contract/task.ts';
import { catalogueWithoutChanges } from '../catalogue/run-catalogue.ts';
import type { Database } from '../database/connection.ts';
import type { MotherDrop } from '../database/mother-drops.ts';
import { checkMothers } from '../database/mothers.ts';
import { changeStatements } from '../plan/mother/mother-change.ts';
import { createMotherStatement, type MotherPlan } from '../plan/mother/plan-mothers.ts';
import { dropStatement } from '../plan/statements.ts';
import { previewTable, type TablePreview } from './preview-table.ts';

export interface MotherPreview extends MotherPlan {
  /** The version tables that are dropped before the first load, as `schema.name`. */
  readonly drops: readonly string[];
  /** In their order; empty where the mother is left as it is. */
  readonly statements: readonly string[];
}

export interface IngestionPreview {
  readonly name: string;
  readonly mothers: readonly MotherPreview[];
  readonly tables: readonly TablePreview[];
  /** What becomes of the dumps that are loaded. */
  readonly archive?: ArchiveAction | undefined;
  /** About no table alone. */
  readonly warnings: readonly string[];
}

/**
 * Everything that a run would do, without changing anything. Without a database an empty one is assumed. Whatever would stop the run before its
 * first load stops the preview as well.
 */
export async function previewIngestion(
  task: CatalogueTask,
  loadTaskOf: (entry: TableIngestionSpec) => LoadTask,
  db: Database | undefined,
): Promise<IngestionPreview> {
  const catalogue = await catalogueWithoutChanges(task, db);
  const drops = db === undefined ? [] : await checkMothers(db, task, catalogue.mothers);
  const dropped = new Set(drops.flatMap(({ tables }) => tables.map(({ oid }) => oid)));
  const motherOf = new Map(catalogue.mothers.map((mother) => [mother.name, mother]));
  const tables: TablePreview[] = [];
  for (const entry of catalogue.entries) {
    const mother = entry.mother === undefined ? undefined : motherOf.get(entry.mother);
    tables.push(await previewTable(loadTaskOf(entry), mother, dropped, db));
  }
  const dropOf = new Map(drops.map((drop) => [drop.mother, drop]));
  const mothers = catalogue.mothers.map((mother) => previewMother(task.target.schema, mother, dropOf.get(mother.name)));
  const { ingestion, archive } = task;
  return { name: ingestion.name, mothers, tables, archive, warnings: catalogue.warnings };
}

function previewMother(schema: string, mother: MotherPlan, drop: MotherDrop | undefined): MotherPreview {
  const { versionTables = [], tables = [] } = drop ?? {};
  const isCreated = mother.action === 'Create' || mother.action === 'Recreate';
  return {
    ...mother,
    drops: versionTables.map((table) => `${table.schema}.${table.name}`),
    statements: [
      ...(tables.length === 0 ? [] : [dropStatement(tables)]),
      ...(isCreated ? [createMotherStatement(schema, mother)] : []),
      ...changeStatements({ schema, name: mother.name }, mother.changes?.list ?? []),
    ],
  };
}
