import { findLoad } from '../database/ledger.ts';
import { dropTables, findRelation, isLoadedTable, notOurs } from '../database/version-tables.ts';
import { quoteQualified } from '../plan/sql.ts';
import type { Load } from './load.ts';

/**
 * Drops the version table whose place the new one takes, within the transaction that attaches that one. It was judged before COPY, hours ago
 * perhaps: only the very table of that judgement is dropped, and under the lock nobody puts another one in its place any more.
 */
export async function dropReplacedTable(load: Load, loadId: string): Promise<void> {
  const { schema, name } = load.plan.versionTable;
  // Asked without the lock first, for not every kind of relation can be locked.
  if (!(await isStillThere(load, loadId))) return;
  await load.db.query(`LOCK TABLE ONLY ${quoteQualified(schema, name)} IN ACCESS EXCLUSIVE MODE`);
  if (await isStillThere(load, loadId)) await dropTables(load.db, [{ schema, name }]);
}

/** False where the name is free by now. */
async function isStillThere({ db, plan, task }: Load, loadId: string): Promise<boolean> {
  const { schema, name } = plan.versionTable;
  const relation = await findRelation(db, schema, name);
  if (relation === undefined) return false;
  const known = await findLoad(db, task.target.ledgerSchema, schema, name);
  if (!isLoadedTable(relation, known) || known.loadId !== loadId) throw notOurs(schema, name);
  return true;
}
