import { ManifestError } from '../../crds/contract/errors.ts';
import type { Target } from '../../crds/contract/task.ts';
import type { MotherPlan } from '../plan/mother/mother-plan.ts';
import { quoteQualified } from '../plan/sql.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';
import { findDependents, type NumberedTable } from './dependents.ts';
import { findLoads, loadKey } from './ledger.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';
import { isLoadedTable, tableInUse } from './version-tables.ts';

/** What the policy Recreate or Purge of a mother drops. */
export interface MotherDrop {
  readonly mother: string;
  readonly versionTables: readonly DroppedTable[];
  /** The version tables and, if it is recreated, the mother. */
  readonly tables: readonly DroppedTable[];
}

export interface DroppedTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

export function mayDrop({ action }: MotherPlan): boolean {
  return action === 'Purge' || action === 'Recreate';
}

/**
 * All that the plans drop, in their order. Throws if one of the drops would fail, before the first one: a run that dropped some of the old tables
 * and loads none of the new ones is worse than one that did not start. Changes nothing and locks nothing.
 */
export async function planDrops(
  db: Database,
  target: Target,
  plans: readonly MotherPlan[],
): Promise<readonly MotherDrop[]> {
  const drops: MotherDrop[] = [];
  for (const plan of plans.filter(mayDrop))
    drops.push(await translateErrors({ table: plan.name }, () => planDrop(db, target, plan)));
  const numbered: NumberedTable[] = drops.flatMap(({ tables }, step) => tables.map(({ oid }) => ({ oid, step })));
  const dependents = await translateErrors({}, () => findDependents(db, numbered));
  for (const table of drops.flatMap(({ tables }) => tables)) {
    const found = dependents.get(table.oid);
    if (found !== undefined) throw tableInUse(table, '', found);
  }
  return drops;
}

/** What one plan drops. Throws if other tables inherit from the mother, if a table belongs to another role, or if the mother has rows of its own. */
export async function planDrop(db: Database, target: Target, plan: MotherPlan): Promise<MotherDrop> {
  const { mother, children } = await readMotherAndChildren(db, target.schema, plan.name);
  if (mother === undefined) return { mother: plan.name, versionTables: [], tables: [] };
  const loads = await findLoads(db, target.ledgerSchema, children);
  const foreign = children.filter((child) => !isLoadedTable(child, loads.get(loadKey(child))));
  if (foreign.length > 0) throw foreignChildren(target, plan, foreign);
  const notOurs = [...children, mother].find(({ isOurs }) => !isOurs);
  if (notOurs !== undefined) throw notOwner(plan, notOurs);
  if (plan.action === 'Recreate' && (await hasOwnRows(db, mother))) {
    const message = `the mother table ${target.schema}.${plan.name} has rows of its own, which policy: ${plan.action} would delete: move or delete them first`;
    throw new ManifestError('MotherHasRows', message, { table: plan.name });
  }
  const versionTables = children.map(({ oid, schema, name }) => ({ oid, schema, name }));
  const { oid, schema, name } = mother;
  return {
    mother: name,
    versionTables,
    tables: plan.action === 'Recreate' ? [...versionTables, { oid, schema, name }] : versionTables,
  };
}

interface Relative extends DroppedTable {
  readonly isMother: boolean;
  readonly isTable: boolean;
  readonly comment: string | null;
  readonly owner: string;
  /** Whether the role may drop it: as its owner or the owner of its schema. https://www.postgresql.org/docs/18/sql-droptable.html */
  readonly isOurs: boolean;
}

/** The mother and what inherits from it. */
async function readMotherAndChildren(
  db: Database,
  schema: string,
  name: string,
): Promise<{ mother: Relative | undefined; children: Relative[] }> {
  const { rows } = await db.query<Relative>(
    `WITH mother AS (
       SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'r'
     ), family AS (
       SELECT oid, true AS mother FROM mother
       UNION ALL
       SELECT i.inhrelid, false FROM pg_inherits i JOIN mother m ON m.oid = i.inhparent
     )
     SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, f.mother AS "isMother", c.relkind = 'r' AS "isTable",
            obj_description(c.oid, 'pg_class') AS comment, pg_get_userbyid(c.relowner) AS owner,
            pg_has_role(c.relowner, 'USAGE') OR pg_has_role(n.nspowner, 'USAGE') AS "isOurs"
       FROM family f JOIN pg_class c ON c.oid = f.oid JOIN pg_namespace n ON n.oid = c.relnamespace
      ORDER BY n.nspname, c.relname`,
    [schema, name],
  );
  return { mother: rows.find(({ isMother }) => isMother), children: rows.filter(({ isMother }) => !isMother) };
}

async function hasOwnRows(db: Database, { schema, name }: DroppedTable): Promise<boolean> {
  try {
    const { rows } = await db.query(`SELECT 1 FROM ONLY ${quoteQualified(schema, name)} LIMIT 1`);
    return rows.length > 0;
  } catch (error) {
    // Another ingestion that recreates it has just dropped it; the check up front takes no lock that would prevent that.
    if (!hasSqlState(error, SQL_STATES.undefinedTable)) throw error;
    return false;
  }
}

function foreignChildren(target: Target, plan: MotherPlan, children: readonly DroppedTable[]): ManifestError {
  const names = children.map(({ schema, name }) => `${schema}.${name}`);
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  const message =
    `policy: ${plan.action} cannot drop the children of the mother table ${target.schema}.${plan.name}: the ledger in schema ` +
    `${target.ledgerSchema} does not know ${shown}. Drop or detach them yourself (ALTER TABLE … NO INHERIT …), or choose another policy`;
  return new ManifestError('ForeignChildren', message, { table: plan.name });
}

function notOwner(plan: MotherPlan, { schema, name, owner }: Relative): ManifestError {
  const message = `policy: ${plan.action} would drop ${schema}.${name}, which belongs to the role ${owner}: make the loading role a member of it, or change the owner (ALTER TABLE … OWNER TO …)`;
  return new ManifestError('NotOwner', message, { table: name });
}
