import { counted } from '../../crds/contract/counted.ts';
import { ManifestError } from '../../crds/contract/errors.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import { dropStatement } from '../plan/statements.ts';
import { loadMark, marksLoad } from '../plan/version-table-comment.ts';
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
  readonly columns: readonly string[];
  /** Whether it has no page at all, as after TRUNCATE, or after VACUUM where all rows were deleted. */
  readonly isEmpty: boolean;
  /** How many rows were deleted, where PostgreSQL's statistics know of none that is left; otherwise 0, also where they were lost in a crash. */
  readonly deletedRows: number;
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
  type Row = Omit<FoundRelation, 'isTable'> & { name: string; kind: string };
  // Only where the catalog has no pages is their number asked for, since that waits for whoever locks the table.
  const { rows } = await db.query<Row>(
    `SELECT c.relname AS name, c.oid::int8::float8 AS oid, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment,
            array(SELECT concat_ws('.', s.nspname, m.relname) FROM pg_inherits h
                    JOIN pg_class m ON m.oid = h.inhparent JOIN pg_namespace s ON s.oid = m.relnamespace
                   WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS mothers,
            array(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
            CASE WHEN c.relkind = 'r' AND c.relpages = 0 THEN pg_relation_size(c.oid) = 0 ELSE false END AS "isEmpty",
            CASE WHEN pg_stat_get_live_tuples(c.oid) = 0 THEN pg_stat_get_tuples_deleted(c.oid) ELSE 0 END::float8 AS "deletedRows"
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])`,
    [schema, names],
  );
  return new Map(rows.map(({ name, kind, ...relation }) => [name, { ...relation, isTable: kind === 'r' }]));
}

/** Whether the relation is the very table that the ledger's load made. */
export function isLoadedTable(
  { isTable, comment }: Pick<FoundRelation, 'isTable' | 'comment'>,
  load: LedgerRow | undefined,
): load is LedgerRow {
  return load !== undefined && isTable && marksLoad(comment, load);
}

/**
 * What somebody took from the table since its load, to be put behind "holds", as far as it shows without reading the table: all rows, or a column.
 * What else was changed in it is found by `motherload verify`.
 */
export function describeLoss(
  { columns, isEmpty, deletedRows }: Pick<FoundRelation, 'columns' | 'isEmpty' | 'deletedRows'>,
  { rows, checksum, loadedAt }: Pick<LedgerRow, 'rows' | 'checksum' | 'loadedAt'>,
): string | undefined {
  const when = `loaded at ${loadedAt.toISOString()}`;
  if (rows > 0 && (isEmpty || deletedRows >= rows))
    return `none of its ${counted(rows, 'row')} any more (${when}, deleted since)`;
  const names = new Set(columns.map((name) => name.toLowerCase()));
  const gone = checksum?.columns.find(({ name }) => !names.has(name.toLowerCase()));
  return gone && `no column ${gone.name} any more (${when}, dropped or renamed since)`;
}

/** The error for a relation that has the name and is not Motherload's. */
export function notOurs({ schema, name }: TableName): ManifestError {
  const message =
    `${schema}.${name} exists and is not a table that Motherload loaded (its comment does not name a load of the ledger): ` +
    'rename or drop it, or choose another spec.target.versionTableName';
  return new ManifestError('NotOurs', message, { table: name });
}

/**
 * Throws where the table of a load has another name, or another schema, by now, and is still below the mother: loaded once more, its rows would be
 * there twice.
 */
export async function refuseRenamed(db: Database, mother: TableName, load: LedgerRow): Promise<void> {
  const { rows } = await db.query<TableName>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE i.inhparent = to_regclass($1) AND obj_description(c.oid, 'pg_class') LIKE '%' || $2`,
    [quoteQualified(mother.schema, mother.name), loadMark(load)],
  );
  const [found] = rows;
  if (found === undefined) return;
  const [table, above] = [`${found.schema}.${found.name}`, `${mother.schema}.${mother.name}`];
  const message =
    `the table that was loaded as ${load.versionTable} is ${table} by now, still below the mother table ${above}, which would have its rows twice: ` +
    `rename it back, drop it, or take it from its mother (ALTER TABLE ${quoteQualified(found.schema, found.name)} NO INHERIT ${quoteQualified(mother.schema, mother.name)})`;
  throw new ManifestError('VersionTableRenamed', message, { table: load.versionTable });
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
