import type { ExistingRelation } from '../plan/mother/mother-plan.ts';
import type { Mother, MotherColumn, TypeParts } from '../plan/table-plan.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';

/** https://www.postgresql.org/docs/18/catalog-pg-class.html, relkind */
const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
  c: 'composite type',
  i: 'index',
  I: 'partitioned index',
};

/** The relations of the schema with these names. Only an ordinary table is a `Table`: other kinds, partitions and typed tables cannot have children. */
export async function readExistingRelations(
  db: Database,
  schema: string,
  names: readonly string[],
): Promise<ExistingRelation[]> {
  const { rows } = await translateErrors({}, () =>
    db.query<{
      name: string;
      kind: string;
      partition: boolean;
      typed: boolean;
      columns: (Omit<MotherColumn, 'baseType' | 'parts'> & { baseType: string | null; parts: TypeParts | null })[];
      checks: string[];
      notNull: string[];
    }>(
      `SELECT c.relname AS name, c.relkind AS kind, c.relispartition AS partition, c.reloftype <> 0 AS typed, ${COLUMNS} AS columns,
              ${UNINHERITED_CHECKS} AS checks, ${UNINHERITED_NOT_NULL} AS "notNull"
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])
        ORDER BY c.relname`,
      [schema, names],
    ),
  );
  return rows.map(({ name, kind, partition, typed, columns, checks, notNull }) => {
    const description = partition ? 'partition' : typed ? 'typed table' : (KINDS[kind] ?? 'relation');
    return {
      name,
      kind: description === 'table' ? 'Table' : 'Other',
      description,
      columns: columns.map(({ baseType, parts, ...column }) => ({
        ...column,
        ...(baseType === null ? {} : { baseType }),
        ...(parts === null ? {} : { parts }),
      })),
      uninherited: { checks, notNull },
    };
  });
}

/** Since PostgreSQL 18 NOT NULL is a constraint as well, which may be NO INHERIT. */
function isUninherited(table: string, column: string): string {
  return `EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = ${table} AND k.contype = 'n' AND k.connoinherit AND k.conkey = ARRAY[${column}])`;
}

const UNINHERITED_CHECKS = `array(
  SELECT k.conname::text FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.connoinherit ORDER BY 1)`;
const UNINHERITED_NOT_NULL = `array(
  SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND ${isUninherited('c.oid', 'a.attnum')} ORDER BY 1)`;

/**
 * The type that a domain is over, through domains over domains: it decides what is rounded or cut. NULL for other types, which are most, and for
 * which the recursion would take longer than all the rest.
 */
function baseTypeOf(column: string): string {
  const base = (type: string) => `(
  WITH RECURSIVE bases AS (
    SELECT t.typtype, t.typbasetype, t.typtypmod FROM pg_type t WHERE t.oid = ${type}
    UNION ALL SELECT t.typtype, t.typbasetype, CASE WHEN t.typtypmod = -1 THEN b.typtypmod ELSE t.typtypmod END
      FROM bases b JOIN pg_type t ON t.oid = b.typbasetype WHERE t.typtype = 'd')
  SELECT format_type(b.typbasetype, b.typtypmod) FROM bases b JOIN pg_type t ON t.oid = b.typbasetype
   WHERE b.typtype = 'd' AND t.typtype <> 'd')`;
  const type = `${column}.atttypid`;
  const element = `(SELECT e.typelem FROM pg_type e WHERE e.oid = ${type} AND e.typcategory = 'A' AND e.typtype = 'b')`;
  const isDomain = (oid: string) => `EXISTS (SELECT FROM pg_type d WHERE d.oid = ${oid} AND d.typtype = 'd')`;
  return `CASE WHEN ${isDomain(type)} THEN ${base(type)} WHEN ${type} >= ${FIRST_OF_USERS} AND ${isDomain(element)} THEN ${base(element)} || '[]' END`;
}

/** FirstNormalObjectId: oids below are PostgreSQL's own. */
const FIRST_OF_USERS = 16384;

/** What a type of the user's own consists of, through arrays and domains. */
const PARTS = `CASE WHEN a.atttypid >= ${FIRST_OF_USERS} THEN (
  WITH RECURSIVE within AS (
    SELECT t.oid, t.typtype, t.typbasetype, t.typelem, t.typcategory, t.typrelid FROM pg_type t WHERE t.oid = a.atttypid
    UNION ALL SELECT t.oid, t.typtype, t.typbasetype, t.typelem, t.typcategory, t.typrelid
      FROM within w JOIN pg_type t ON t.oid = CASE WHEN w.typtype = 'd' THEN w.typbasetype WHEN w.typcategory = 'A' THEN w.typelem END)
  SELECT CASE WHEN w.typtype = 'c' THEN json_build_object('kind', 'Row', 'types', (
           SELECT json_agg(CASE WHEN f.atttypid >= ${FIRST_OF_USERS} AND coalesce(q.typtype, p.typtype) NOT IN ('d', 'e', 'b') THEN 'record'
                                ELSE coalesce(${baseTypeOf('f')}, format_type(f.atttypid, f.atttypmod)) END ORDER BY f.attnum)
             FROM pg_attribute f JOIN pg_type p ON p.oid = f.atttypid LEFT JOIN pg_type q ON q.oid = p.typelem AND p.typcategory = 'A' WHERE f.attrelid = w.typrelid AND f.attnum > 0 AND NOT f.attisdropped))
         ELSE json_build_object('kind', 'Range', 'types', (
           SELECT json_build_array(format_type(g.rngsubtype, -1)) FROM pg_range g WHERE w.oid IN (g.rngtypid, g.rngmultitypid))) END
    FROM within w WHERE w.typtype IN ('c', 'r', 'm')) END`;

/** The columns in the order of SELECT *, without dropped ones. */
const COLUMNS = `(
  SELECT coalesce(json_agg(json_build_object(
           'name', a.attname,
           'type', format_type(a.atttypid, a.atttypmod),
           'baseType', ${baseTypeOf('a')},
           'parts', ${PARTS},
           'notNull', a.attnotnull AND NOT ${isUninherited('c.oid', 'a.attnum')},
           'generated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

/** The mother as it is now; undefined if there is no table with this name. */
export async function readMother(db: Database, schema: string, name: string): Promise<Mother | undefined> {
  const [relation] = await readExistingRelations(db, schema, [name]);
  return relation && motherOfRelation(schema, relation);
}

/** Undefined for a relation that no table can inherit from. */
export function motherOfRelation(schema: string, relation: ExistingRelation): Mother | undefined {
  const { name, kind, columns, uninherited } = relation;
  return kind === 'Table' ? { schema, name, columns, ...(uninherited && { uninherited }) } : undefined;
}

/** The types of a table's columns, by their names. */
export async function readColumnTypes(db: Database, { schema, name }: TableName): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [quoteQualified(schema, name)],
  );
  return new Map(rows.map((column) => [column.name, column.type]));
}
