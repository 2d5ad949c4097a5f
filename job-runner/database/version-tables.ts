import { ManifestError } from '../../crds/contract/errors.ts';
import type { TableName } from '../plan/sql.ts';
import { dropStatement } from '../plan/statements.ts';
import { marksLoad } from '../plan/version-table-comment.ts';
import type { Database } from './connection.ts';
import type { LedgerRow } from './ledger.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';

/** A relation of the target schema that has a version table's name. */
export interface FoundRelation {
  readonly oid: number;
  /** An ordinary table: not a view, sequence, index or partitioned table. */
  readonly isTable: boolean;
  readonly comment: string | null;
  /** The tables that it inherits from, as `schema.name`. */
  readonly mothers: readonly string[];
}

/** Whatever has this name in the schema. A composite type counts, too, because it occupies the name. */
export async function findRelation(db: Database, { schema, name }: TableName): Promise<FoundRelation | undefined> {
  return (await findRelations(db, schema, [name])).get(name);
}

/** The same for many names of one schema, by name. */
export async function findRelations(
  db: Database,
  schema: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, FoundRelation>> {
  type Row = { name: string; oid: number; kind: string; comment: string | null; mothers: string[] };
  const { rows } = await db.query<Row>(
    `SELECT c.relname AS name, c.oid::int8::float8 AS oid, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment,
            array(SELECT concat_ws('.', s.nspname, m.relname) FROM pg_inherits h
                    JOIN pg_class m ON m.oid = h.inhparent JOIN pg_namespace s ON s.oid = m.relnamespace
                   WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS mothers
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])`,
    [schema, names],
  );
  return new Map(
    rows.map(({ name, oid, kind, comment, mothers }) => [name, { oid, isTable: kind === 'r', comment, mothers }]),
  );
}

/** Whether the relation is the very table that the ledger's load made. */
export function isLoadedTable(
  { isTable, comment }: Pick<FoundRelation, 'isTable' | 'comment'>,
  load: LedgerRow | undefined,
): load is LedgerRow {
  return load !== undefined && isTable && marksLoad(comment, load);
}

/** The error for a relation that has the name and is not Motherload's. */
export function notOurs({ schema, name }: TableName): ManifestError {
  const message =
    `${schema}.${name} exists and is not a table that Motherload loaded (its comment does not name a load of the ledger): ` +
    'rename or drop it, or choose another spec.target.versionTableName';
  return new ManifestError('NotOurs', message, { table: name });
}

/** Drops version tables (or a mother with them) in one statement. */
export async function dropTables(db: Database, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return;
  await db.query(dropStatement(tables)).catch((error: unknown) => {
    throw explainDrop(error, tables);
  });
}

/** The error of a DROP TABLE, with the objects that depend on the tables where these are the cause. */
export function explainDrop(error: unknown, tables: readonly TableName[]): unknown {
  const [first] = tables;
  if (first === undefined || !hasSqlState(error, SQL_STATES.dependentObjectsStillExist)) return error;
  const more = tables.length > 1 ? ` with ${tables.length - 1} more` : '';
  const { detail = 'unnamed' } = error as { detail?: string };
  return tableInUse(first, more, detail.split('\n'), { cause: error });
}

/** The error for a table that other objects depend on; `more` follows its name. */
export function tableInUse(
  { schema, name }: TableName,
  more: string,
  dependents: readonly string[],
  options?: ErrorOptions,
): ManifestError {
  const shown =
    dependents.slice(0, 5).join('; ') + (dependents.length > 5 ? `; and ${dependents.length - 5} more` : '');
  const message = `${schema}.${name}${more} cannot be dropped, other objects depend on it (${shown}): drop those first`;
  return new ManifestError('TableInUse', message, { table: name }, options);
}
