import { quoteQualified, type TableName } from '../plan/sql.ts';
import type { MotherChange } from '../plan/mother/mother-change.ts';
import type { Database } from './connection.ts';
import { OWNER_OR_SELF } from './dependents.ts';

/** The mother and its descendants, all of which ALTER TABLE changes, by their oids; the mother first. */
export type Family = readonly number[];

const FAMILY = `WITH RECURSIVE family AS (
  SELECT $1::regclass::oid AS oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent)`;

/**
 * Read once, and asked about as an array: where PostgreSQL has no statistics of its catalog yet, as after thousands of new tables, it joins the family of
 * each query again with all columns of all tables, which took 20 s for each of two queries about 9,000 versions. Where the policy drops the versions
 * before, the mother is alone.
 */
export async function readFamily(db: Database, { schema, name }: TableName, isAlone: boolean): Promise<Family> {
  const { rows } = await db.query<{ oid: number }>(
    `${FAMILY} SELECT oid::int8::float8 AS oid FROM family WHERE oid = $1::regclass OR NOT $2 ORDER BY oid <> $1::regclass`,
    [quoteQualified(schema, name), isAlone],
  );
  return rows.map(({ oid }) => oid);
}

/**
 * What prevents the changes, for messages, by change. Looked for in the catalog before anything is locked: ALTER TABLE would name the first object alone, with
 * another SQLSTATE and text in each version of PostgreSQL.
 */
export async function findObstacles(
  db: Database,
  family: Family,
  changes: readonly MotherChange[],
): Promise<ReadonlyMap<MotherChange, readonly string[]>> {
  const found = new Map<MotherChange, string[]>();
  const ask = async (sql: string, does: MotherChange['does'], typed = false): Promise<void> => {
    const asked = changes.filter((change) => change.does === does);
    if (asked.length === 0) return;
    const types = asked.map((change) => ('type' in change ? change.type : ''));
    const parameters = [family, asked.map(({ column }) => column), ...(typed ? [types] : [])];
    const { rows } = await db.query<Found>(sql, parameters);
    for (const change of asked) {
      const own = rows.filter(({ column }) => column === null || column === change.column).map(({ what }) => what);
      if (own.length > 0) found.set(change, [...(found.get(change) ?? []), ...own]);
    }
  };
  for (const sql of [DEPENDENTS, SECOND_PARENTS, ROW_TYPES, NOT_OURS]) await ask(sql, 'Widen');
  await ask(OTHER_COLUMNS, 'Add', true);
  await ask(NOT_OURS, 'Add');
  await ask(REQUIRED, 'AllowNull');
  return found;
}

/** The bytes of the tables with their indexes. */
export async function readFamilySize(db: Database, family: Family): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    'SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 AS bytes FROM unnest($1::oid[]) AS family (oid)',
    [family],
  );
  return rows[0]?.bytes ?? 0;
}

/** The tables that a change locks. */
export async function readFamilyNames(db: Database, { schema, name }: TableName): Promise<readonly TableName[]> {
  const { rows } = await db.query<{ schema: string; name: string }>(
    `${FAMILY} SELECT n.nspname AS schema, c.relname AS name FROM family f JOIN pg_class c ON c.oid = f.oid
       JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY c.relname`,
    [quoteQualified(schema, name)],
  );
  return rows;
}

interface Found {
  /** Null for what stands in the way of any column. */
  readonly column: string | null;
  readonly what: string;
}

/**
 * ALTER TABLE takes along indexes, the column's own sequences and default, constraints, extended statistics. Everything else is in its way:
 * views, rules, SQL functions, generated columns, triggers, policies, publications.
 */
const DEPENDENTS = `
SELECT c.attname::text AS "column", ${OWNER_OR_SELF} AS what
  FROM pg_attribute c
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.attrelid AND d.refobjsubid = c.attnum
 WHERE c.attrelid = ANY ($1::oid[]) AND c.attname = ANY ($2::text[]) AND NOT c.attisdropped
   AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (
              SELECT FROM pg_class o WHERE o.oid = d.objid AND o.relkind IN ('i', 'I', 'S')))
   AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (
              SELECT FROM pg_attrdef e WHERE e.oid = d.objid AND e.adrelid = c.attrelid AND e.adnum = c.attnum))
   AND d.classid NOT IN ('pg_constraint'::regclass, 'pg_statistic_ext'::regclass)
 GROUP BY 1, 2 ORDER BY 1, 2`;

/** A table inherits the column from elsewhere as well. */
const SECOND_PARENTS = `
WITH others AS MATERIALIZED (
  SELECT inhrelid, inhparent FROM pg_inherits
   WHERE inhrelid = ANY ($1::oid[]) AND inhparent NOT IN (SELECT unnest($1::oid[])))
SELECT c.attname::text AS "column", format('%s, from which %s inherits the column as well', i.inhparent::regclass, i.inhrelid::regclass) AS what
  FROM others i
  JOIN pg_attribute c ON c.attrelid = i.inhrelid AND c.attname = ANY ($2::text[]) AND NOT c.attisdropped
  JOIN pg_attribute a ON a.attrelid = i.inhparent AND a.attname = c.attname AND NOT a.attisdropped
 ORDER BY 1, 2`;

/**
 * A table has a column of the row type of the mother or of a version, perhaps in an array, a domain or another composite type. By pg_depend, which
 * has an index for that, and pg_attribute has none.
 */
const ROW_TYPES = `
WITH RECURSIVE types AS (
  SELECT reltype AS oid FROM pg_class WHERE oid = ANY ($1::oid[])
  UNION
  SELECT coalesce(c.reltype, d.objid) FROM types t
    JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = t.oid
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'c'
   WHERE d.classid = 'pg_type'::regclass OR c.oid IS NOT NULL)
SELECT DISTINCT NULL AS "column", format('%s, whose column %I has the row type of the mother or of a version', c.oid::regclass, a.attname) AS what
  FROM types t
  JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = t.oid AND d.classid = 'pg_class'::regclass AND d.objsubid > 0
  JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'm', 'f')
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND NOT a.attisdropped
 WHERE cardinality($2::text[]) > 0
 ORDER BY 2`;

/** A descendant has a column of that name, which the mother's would be merged with: only if it is the same. */
const OTHER_COLUMNS = `
SELECT w.name AS "column", format('%s, which has a column of that name as %s', a.attrelid::regclass, format_type(a.atttypid, a.atttypmod)) AS what
  FROM unnest($2::text[], $3::text[]) AS w (name, type)
  JOIN pg_attribute a ON a.attrelid = ANY ($1::oid[]) AND a.attname = w.name AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE format_type(a.atttypid, a.atttypmod) <> w.type OR a.attgenerated <> '' OR a.attcollation <> t.typcollation
 ORDER BY 1, 2`;

/** NOT NULL cannot be dropped where a key or an identity needs it. */
const REQUIRED = `
SELECT a.attname::text AS "column", coalesce(min(format('the constraint %I', k.conname)), 'its identity') AS what
  FROM pg_attribute a
  LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)
 WHERE a.attrelid = ($1::oid[])[1] AND a.attname = ANY ($2::text[]) AND (k.oid IS NOT NULL OR a.attidentity <> '')
 GROUP BY 1`;

/** Only an owner alters a table. */
const NOT_OURS = `
SELECT NULL AS "column", format('%s, which belongs to the role %I', c.oid::regclass, pg_get_userbyid(c.relowner)) AS what
  FROM pg_class c WHERE c.oid = ANY ($1::oid[]) AND NOT pg_has_role(c.relowner, 'USAGE') AND cardinality($2::text[]) > 0
 ORDER BY 2`;
