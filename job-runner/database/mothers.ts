import { ManifestError } from '../../crds/contract/errors.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { Target } from '../../crds/contract/task.ts';
import { createMotherStatement } from '../plan/mother.ts';
import type { MotherPlan } from '../plan/mother-plan.ts';
import { quoteQualified } from '../plan/sql.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';
import { ensureSchema, findLoad, forgetLoad, migrateLedger } from './ledger.ts';
import { withPatience } from './lock.ts';
import { readExistingRelations } from './relations.ts';
import { withTransaction } from './transaction.ts';
import { dropVersionTable, isLoadedTable } from './version-tables.ts';

export { readExistingRelations, readMother } from './relations.ts';

/**
 * Makes the mothers what their plans say, each in a transaction of its own: thousands of dropped tables would need more locks than one
 * transaction may have. What can be seen to stop one of them stops all before the first is touched. Done again, it changes nothing more.
 */
export async function prepareMothers(db: Database, target: Target, plans: readonly MotherPlan[], log: Log): Promise<void> {
  await translateErrors({}, () => ensureSchema(db, target.schema));
  await translateErrors({}, () => migrateLedger(db, target.ledgerSchema));
  for (const plan of plans.filter(mayDrop)) await translateErrors({ table: plan.name }, () => readOwnChildren(db, target, plan));
  for (const plan of plans.filter(({ action }) => action !== 'Use')) {
    await translateErrors({ table: plan.name }, () =>
      withTransaction(db, async () => {
        // Two ingestions may prepare the same mother at once.
        await db.query("SELECT pg_advisory_xact_lock(hashtextextended('motherload mother ' || $1, 0))", [mother(target, plan)]);
        await prepareMother(db, target, plan, log);
      }),
    );
  }
}

async function prepareMother(db: Database, target: Target, plan: MotherPlan, log: Log): Promise<void> {
  const [existing] = await readExistingRelations(db, target.schema, [plan.name]);
  if (existing?.kind === 'Other') {
    const message = `the mother ${plan.name} cannot be made: ${target.schema} has a ${existing.description} of that name: rename it or choose another schema`;
    throw new ManifestError('MotherIsNoTable', message);
  }
  if (existing !== undefined && mayDrop(plan)) await withPatience(db, () => drop(db, target, plan, log));
  if (existing === undefined || plan.action === 'Recreate') {
    await db.query(createMotherStatement(target.schema, plan));
    log.info(`created the mother ${mother(target, plan)}`, { step: 'mothers', table: plan.name });
  }
}

/** Drops the version tables, and the mother as well where it is to be made anew. */
async function drop(db: Database, target: Target, plan: MotherPlan, log: Log): Promise<void> {
  // Nobody attaches another version table meanwhile: that takes this lock, too, and the lock conflicts with itself.
  const mode = plan.action === 'Recreate' ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE';
  await db.query(`LOCK TABLE ONLY ${mother(target, plan)} IN ${mode} MODE`);
  const children = await readOwnChildren(db, target, plan);
  for (const { schema, name } of children) {
    await dropVersionTable(db, schema, name);
    await forgetLoad(db, target.ledgerSchema, schema, name);
  }
  if (plan.action === 'Recreate') await dropVersionTable(db, target.schema, plan.name);
  const what = plan.action === 'Recreate' ? 'the mother and its' : 'the';
  log.info(`dropped ${what} ${children.length} version tables of ${mother(target, plan)}`, { step: 'mothers', table: plan.name });
}

interface Child {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly comment: string | null;
}

/** The mother's version tables. Refuses where other tables inherit from it, or where rows of its own would be lost with it. */
async function readOwnChildren(db: Database, target: Target, plan: MotherPlan): Promise<Child[]> {
  const [existing] = await readExistingRelations(db, target.schema, [plan.name]);
  if (existing?.kind !== 'Table') return [];
  const children = await readChildren(db, target.schema, plan.name);
  const foreign: string[] = [];
  for (const child of children) {
    const load = await findLoad(db, target.ledgerSchema, child.schema, child.name);
    const relation = { isTable: child.kind === 'r', comment: child.comment };
    if (!isLoadedTable(relation, load)) foreign.push(`${child.schema}.${child.name}`);
  }
  if (foreign.length > 0) throw foreignChildren(target, plan, foreign);
  if (plan.action === 'Recreate' && (await hasOwnRows(db, mother(target, plan)))) {
    const message = `the mother ${target.schema}.${plan.name} has rows of its own, which policy: ${plan.action} would lose: move or delete them first`;
    throw new ManifestError('MotherHasRows', message, { table: plan.name });
  }
  return children;
}

async function readChildren(db: Database, schema: string, name: string): Promise<Child[]> {
  const { rows } = await db.query<Child>(
    `SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment
       FROM pg_inherits i
       JOIN pg_class p ON p.oid = i.inhparent
       JOIN pg_namespace pn ON pn.oid = p.relnamespace
       JOIN pg_class c ON c.oid = i.inhrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE pn.nspname = $1 AND p.relname = $2
      ORDER BY n.nspname, c.relname`,
    [schema, name],
  );
  return rows;
}

async function hasOwnRows(db: Database, table: string): Promise<boolean> {
  const { rows } = await db.query(`SELECT 1 FROM ONLY ${table} LIMIT 1`);
  return rows.length > 0;
}

function foreignChildren(target: Target, plan: MotherPlan, names: readonly string[]): ManifestError {
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  const message =
    `policy: ${plan.action} cannot drop what inherits from the mother ${target.schema}.${plan.name}, since the ledger in schema ` +
    `${target.ledgerSchema} does not know ${shown}: drop or detach that yourself (ALTER TABLE … NO INHERIT …), or choose another policy`;
  return new ManifestError('ForeignChildren', message, { table: plan.name });
}

function mayDrop({ action }: MotherPlan): boolean {
  return action === 'Purge' || action === 'Recreate';
}

function mother(target: Target, plan: MotherPlan): string {
  return quoteQualified(target.schema, plan.name);
}
