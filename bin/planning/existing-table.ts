import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { findDependents } from '../../job-runner/database/dependents.ts';
import { findLoads, loadKey } from '../../job-runner/database/ledger.ts';
import type { DroppedTable } from '../../job-runner/database/mother-drops.ts';
import { findRelation, isLoadedTable, notOurs, tableInUse } from '../../job-runner/database/version-tables.ts';
import { locationOf } from '../../job-runner/dump/dat-file.ts';
import { classifyExisting, placementOf } from '../../job-runner/load/existing-table.ts';
import type { TablePlan } from '../../job-runner/plan/table-plan.ts';

export interface ExistingPlan {
  readonly action: 'Load' | 'Replace' | 'Keep';
  /** Where there is more to say than the catalogue did. */
  readonly message?: string;
}

/** What a run would do about a table that stands under the version table's name already, unless it drops it before its loads begin. */
export async function planExisting(
  task: LoadTask,
  plan: TablePlan,
  dropped: readonly DroppedTable[],
  database: Database | undefined,
): Promise<ExistingPlan> {
  const { schema, name } = plan.versionTable;
  if (database === undefined) return { action: 'Load' };
  const relation = await findRelation(database, schema, name);
  if (relation === undefined || dropped.some(({ oid }) => oid === relation.oid)) return { action: 'Load' };
  const loads = await findLoads(database, task.target.ledgerSchema, [{ schema, name }]);
  const load = loads.get(loadKey({ schema, name }));
  if (!isLoadedTable(relation, load)) throw notOurs(schema, name);
  const { crc32 = '', bytes = 0 } = task.table.dat ?? {};
  const verdict = classifyExisting(
    load,
    { crc32, bytes, planDigest: plan.digest },
    placementOf(relation, plan),
    task.ingestion.run,
    task.loading.onExisting,
    locationOf(task),
  );
  if (verdict.action === 'Keep') return { action: 'Keep', message: verdict.message };
  if (verdict.action === 'Load') return { action: 'Load' };
  const dependents = (await findDependents(database, [{ oid: relation.oid, step: 0 }])).get(relation.oid);
  if (dependents !== undefined) throw tableInUse({ schema, name }, '', dependents);
  return { action: 'Replace', message: 'It takes the place of other content that was loaded before.' };
}
