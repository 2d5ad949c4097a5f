import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { listLoads } from '../../job-runner/database/ledger.ts';
import { findRelation, isLoadedTable, notOurs } from '../../job-runner/database/version-tables.ts';
import { placeOf } from '../../job-runner/load/dat-file.ts';
import { judgeExisting, placementOf } from '../../job-runner/load/existing.ts';
import type { MotherPlan } from '../../job-runner/plan/mother.ts';
import type { TablePlan } from '../../job-runner/plan/table-plan.ts';

export interface ExistingPlan {
  readonly action: 'Load' | 'Replace' | 'Keep';
  /** Where there is more to say than the catalogue did. */
  readonly message?: string;
}

/** What a run would do about a table that stands under the version table's name already. */
export async function planExisting(
  task: LoadTask,
  plan: TablePlan,
  mother: MotherPlan | undefined,
  database: Database | undefined,
): Promise<ExistingPlan> {
  const { schema, name } = plan.versionTable;
  // Purge and Recreate have dropped it before its load begins.
  if (database === undefined || mother?.action === 'Purge' || mother?.action === 'Recreate') return { action: 'Load' };
  const relation = await findRelation(database, schema, name);
  if (relation === undefined) return { action: 'Load' };
  const loads = await listLoads(database, task.target.ledgerSchema);
  const load = loads.find(({ targetSchema, versionTable }) => targetSchema === schema && versionTable === name);
  if (!isLoadedTable(relation, load)) throw notOurs(schema, name);
  const { crc32 = '', bytes = 0 } = task.table.dat ?? {};
  const verdict = judgeExisting(
    load,
    { crc32, bytes, planDigest: plan.digest },
    placementOf(relation, plan),
    task.ingestion.run,
    task.loading.onExisting,
    placeOf(task),
  );
  if (verdict.action === 'Keep') return { action: 'Keep', message: verdict.message };
  if (verdict.action === 'Replace') return { action: 'Replace', message: 'It takes the place of other content that was loaded before.' };
  return { action: 'Load' };
}
