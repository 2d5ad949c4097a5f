import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import { valueOf } from '../../crds/contract/quantity.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { translateErrors } from '../database/database-errors.ts';
import { examineChanges } from '../database/examine-changes.ts';
import { readKnownVersions } from '../database/known-versions.ts';
import { findRelations } from '../database/version-tables.ts';
import type { KnownVersion } from '../plan/mother/known-version.ts';
import {
  planMothers,
  type DumpedTable,
  type ExistingRelation,
  type MotherPlan,
  type MothersInput,
} from '../plan/mother/plan-mothers.ts';
import { withChanges } from '../plan/mother/refuse-changes.ts';
import { decideEntries, type DumpTable } from './scan.ts';
import { loadAllOrNone } from './tables-of-one-moment.ts';

export async function readKnown(
  { target: { schema, ledgerSchema } }: CatalogueTask,
  existing: readonly ExistingRelation[],
  database: Database | undefined,
): Promise<readonly KnownVersion[]> {
  if (database === undefined) return [];
  const mothers = existing.map(({ name }) => name);
  return await translateErrors({}, () => readKnownVersions(database, ledgerSchema, { schema, mothers }));
}

/** What the dumps and the database have. */
interface Found extends Pick<MothersInput, 'existing' | 'known'> {
  readonly tables: readonly DumpTable[];
  /** Those of them that can be read. */
  readonly dumped: readonly DumpedTable[];
}

/** The mothers, with those changes of existing ones that a load of this run needs and the database lets be made. */
export async function planPossibleMothers(
  task: CatalogueTask,
  found: Found,
  database: Database | undefined,
): Promise<readonly MotherPlan[]> {
  const { schema } = task.target;
  const input = { ...found, tables: found.dumped, motherTables: task.motherTables, schema };
  const plans = planMothers(input);
  if (database === undefined || !plans.some(({ changes, refusals }) => changes ?? refusals)) return plans;
  const loaded = await findLoads(task, found, plans, database);
  const mayLoad = ({ file, table }: DumpedTable) => loaded.has(keyOf(file, table));
  const allowRewrite = valueOf(String(task.motherTables.allowRewrite));
  const examined: MotherPlan[] = [];
  for (const plan of planMothers({ ...input, mayLoad }))
    examined.push(await examineChanges(database, schema, plan, allowRewrite));
  const mayChange = !isOfOneMoment(task) || entriesOf(task, found, examined).some(isLoad);
  return mayChange ? examined : examined.map(withoutChanges);
}

/**
 * The tables that this run may load. One whose version table exists is left as it is, unless it may be replaced: whether it was loaded from the same
 * content or from other, nothing is loaded, and a run that loads nothing must not lock or rewrite all versions of a mother. A table that fails
 * beforehand, for example by its name, changes nothing either.
 */
async function findLoads(
  task: CatalogueTask,
  found: Found,
  plans: readonly MotherPlan[],
  database: Database,
): Promise<ReadonlySet<string>> {
  // What a mother refuses depends on the tables that may change it: these are what is asked for.
  const withoutRefusals = plans.map((plan) => ({ ...plan, refusals: [] }));
  const loads = entriesOf(task, found, withoutRefusals).filter(isLoad);
  const kept = keptMothers(plans);
  const names = loads.flatMap(({ mother = '', versionTable }) => (kept.has(mother) ? (versionTable ?? []) : []));
  const existing = task.onExisting === 'Replace' ? new Map() : await findRelations(database, task.target.schema, names);
  return new Set(
    loads
      .filter(({ versionTable = '' }) => !existing.has(versionTable))
      .map(({ dump, table }) => keyOf(dump.file, table)),
  );
}

function entriesOf(
  task: CatalogueTask,
  { tables, existing }: Found,
  mothers: readonly MotherPlan[],
): readonly TableIngestionSpec[] {
  const { ingestion, target, motherTables } = task;
  return loadAllOrNone(
    task,
    decideEntries({ ingestionName: ingestion.name, tables, mothers, existing, target, motherTables }),
  );
}

/** The mothers that exist and stay, with their versions. */
export function keptMothers(plans: readonly MotherPlan[]): ReadonlySet<string> {
  return new Set(plans.flatMap(({ name, action }) => (action === 'Use' ? [name] : [])));
}

/** One table that a mother refuses keeps all others of its moment from being loaded, too. */
function withoutChanges(plan: MotherPlan): MotherPlan {
  return plan.changes === undefined ? plan : withChanges(plan, { ...plan.changes, list: [] });
}

function isLoad({ decision }: TableIngestionSpec): boolean {
  return decision === 'Load';
}

function keyOf(file: string, table: string): string {
  return JSON.stringify([file, table]);
}
