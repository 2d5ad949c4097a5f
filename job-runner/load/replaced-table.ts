import { findLoad } from '../database/ledger.ts';
import { findRelation, isLoadedTable, notOurs } from '../database/version-tables.ts';
import type { Load } from './load.ts';

/**
 * Whether the version table of this load still exists; false where its name is free by now. It was classified before COPY, hours ago perhaps, and
 * nothing else is dropped in its place. Asked before the table is locked, because not every kind of relation can be, and again under the lock,
 * where nobody can put another one in its place.
 */
export async function isStillLoaded({ db, plan, task }: Load, loadId: string): Promise<boolean> {
  const relation = await findRelation(db, plan.versionTable);
  if (relation === undefined) return false;
  const load = await findLoad(db, task.target.ledgerSchema, plan.versionTable);
  if (!isLoadedTable(relation, load) || load.loadId !== loadId) throw notOurs(plan.versionTable);
  return true;
}
