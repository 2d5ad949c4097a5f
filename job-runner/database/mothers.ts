import { ManifestError } from '../../crds/contract/errors.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import { createMotherStatement } from '../plan/mother/plan-mothers.ts';
import type { MotherPlan } from '../plan/mother/mother-plan.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';
import { ensureSchema, forgetLoads, hasLoadsOf, migrateLedger } from './ledger.ts';
import { withLockRetry } from './lock.ts';
import { mayDrop, planDrop, planDrops } from './mother-drops.ts';
import { readExistingRelations } from './relations.ts';
import { withTransaction } from './transaction.ts';
import { dropTables } from './version-tables.ts';

export { motherOfRelation, readExistingRelations, readMother } from './relations.ts';

export type MothersTask = Pick<CatalogueTask, 'ingestion' | 'target'>;

/**
 * Prepares the mothers as planned, each in its own transaction: thousands of dropped tables would need more locks than one transaction may have.
 * If a check finds that one of them cannot be prepared, none is touched. Those that drop nothing come first. It is idempotent.
 */
export async function prepareMothers(
  db: Database,
  task: MothersTask,
  plans: readonly MotherPlan[],
  log: Log,
): Promise<void> {
  const { target } = task;
  await translateErrors({}, () => ensureSchema(db, target.schema));
  await translateErrors({}, () => migrateLedger(db, target.ledgerSchema));
  if (!(await hasStartedLoading(db, task))) await checkMothers(db, task, plans);
  const [dropping, creating] = [plans.filter(mayDrop), plans.filter(({ action }) => action === 'Create')];
  for (const plan of [...creating, ...dropping]) {
    await translateErrors({ table: plan.name }, () =>
      withTransaction(db, async () => {
        await lockMother(db, { schema: target.schema, name: plan.name });
        await prepareMother(db, task, plan, log);
      }),
    );
  }
}

/** Two ingestions may prepare the same mother at once: until the end of the transaction nobody else does. */
export async function lockMother(db: Database, { schema, name }: TableName): Promise<void> {
  await db.query("SELECT pg_advisory_xact_lock(hashtextextended('motherload mother ' || $1, 0))", [
    quoteQualified(schema, name),
  ]);
}

/** Refuses what would stop the preparation half-way. It only reads, so `motherload plan` uses it, too. */
export async function checkMothers(
  db: Database,
  { target }: Pick<MothersTask, 'target'>,
  plans: readonly MotherPlan[],
) {
  await translateErrors({}, () => refuseUnknownTypes(db, plans));
  return await planDrops(db, target, plans);
}

/**
 * A runner may be late: its node was cut off, another runner did its task, and the loads started. What they loaded is in the ledger and looks
 * exactly like what earlier runs loaded and this one is to drop.
 */
async function hasStartedLoading(db: Database, { ingestion, target }: MothersTask): Promise<boolean> {
  return await translateErrors({}, () => hasLoadsOf(db, target.ledgerSchema, ingestion.run));
}

async function prepareMother(db: Database, task: MothersTask, plan: MotherPlan, log: Log): Promise<void> {
  const { schema } = task.target;
  const [existing] = await readExistingRelations(db, schema, [plan.name]);
  if (existing?.kind === 'Other') {
    const message = `the mother table ${plan.name} cannot be created: ${schema} has a ${existing.description} with that name: rename it or choose another schema`;
    throw new ManifestError('MotherIsNotATable', message);
  }
  if (existing !== undefined && !mayDrop(plan)) return;
  if (existing !== undefined && !(await withLockRetry(db, () => drop(db, task, plan, log)))) return;
  if (existing !== undefined && plan.action === 'Purge') return;
  await db.query(createMotherStatement(schema, plan));
  log.info(`created the mother ${mother(task, plan)}`, { step: 'mothers', table: plan.name });
}

/** Drops the version tables, and the mother as well if it is recreated; false if this run has done so before. */
async function drop(db: Database, task: MothersTask, plan: MotherPlan, log: Log): Promise<boolean> {
  // Attaching a version table takes this lock, too, and the lock conflicts with itself.
  const mode = plan.action === 'Recreate' ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE';
  await db.query(`LOCK TABLE ONLY ${mother(task, plan)} IN ${mode} MODE`);
  if (await hasStartedLoading(db, task)) {
    log.info(`${mother(task, plan)} stays as it is: this run has prepared it and has started loading`, {
      step: 'mothers',
      table: plan.name,
    });
    return false;
  }
  const { versionTables, tables } = await planDrop(db, task.target, plan);
  await dropTables(db, tables);
  await forgetLoads(db, task.target.ledgerSchema, versionTables);
  const what = plan.action === 'Recreate' ? 'the mother and its' : 'the';
  log.info(`dropped ${what} ${versionTables.length} version tables of ${mother(task, plan)}`, {
    step: 'mothers',
    table: plan.name,
  });
  return true;
}

/** A type map or a definition may name a type that the database does not have, for instance that of an extension. */
async function refuseUnknownTypes(db: Database, plans: readonly MotherPlan[]): Promise<void> {
  const created = plans.filter(({ action }) => action === 'Create' || action === 'Recreate');
  const types = [...new Set(created.flatMap(({ columns }) => columns.map(({ type }) => type)))];
  const { rows } = await db.query<{ type: string }>(
    'SELECT type FROM unnest($1::text[]) AS t (type) WHERE to_regtype(type) IS NULL',
    [types],
  );
  const unknown = new Set(rows.map(({ type }) => type));
  for (const { name, columns } of created) {
    const column = columns.find(({ type }) => unknown.has(type));
    if (column === undefined) continue;
    const message = `the mother table ${name} cannot be created: the database has no type ${column.type}: add its extension, or choose another type`;
    throw new ManifestError('MotherDefinition', message, { table: name, column: column.name });
  }
}

function mother({ target }: Pick<MothersTask, 'target'>, plan: MotherPlan): string {
  return quoteQualified(target.schema, plan.name);
}
