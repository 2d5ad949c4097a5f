import type { KeyPart, TableKey } from '../plan/key-question.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import type { Database } from './connection.ts';

/** A table's keys, in the order in which PostgreSQL asks for them, which is that of their creation. */
export interface TableKeys {
  readonly keys: readonly TableKey[];
  /** The columns by which they can be asked. */
  readonly columns: readonly string[];
}

/** With NULLs that are equal each combination of them is looked up by itself. */
const MAX_EQUAL_NULLS = 3;

/**
 * Undefined where one of them is of another kind than is understood: a row that it refuses takes no other key. A row's own key must be there at once, equality
 * must be what the type's own sorting says, and NULL must be NULL for IS NULL, too, where it is equal. Only PostgreSQL 15 and later know such NULLs.
 */
export async function readTableKeys(db: Database, table: TableName): Promise<TableKeys | undefined> {
  const { rows } = await db.query<Omit<TableKey, 'parts'> & { isPlain: boolean; parts: Part[]; columns: string[] }>(
    `SELECT c.relname::text AS name, pg_get_expr(x.indpred, x.indrelid) AS predicate,
            coalesce((to_jsonb(x)->>'indnullsnotdistinct')::boolean, false) AS "nullsAreEqual",
            x.indisunique AND x.indimmediate AND NOT x.indisexclusion AND m.amname = 'btree' AS "isPlain", p.parts,
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = x.indrelid AND attnum > 0 AND (attnum = ANY (x.indkey)
              OR attnum IN (SELECT refobjsubid FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = x.indexrelid AND refobjid = x.indrelid))) AS columns
       FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am m ON m.oid = c.relam, LATERAL (${PARTS}) AS p
      WHERE x.indrelid = $1::regclass AND (x.indisunique OR x.indisexclusion) ORDER BY c.oid`,
    [quoteQualified(table.schema, table.name)],
  );
  const isUnderstood = rows.every(
    ({ isPlain, nullsAreEqual, parts }) =>
      isPlain &&
      parts.every(({ isDefault }) => isDefault) &&
      (!nullsAreEqual || (parts.length <= MAX_EQUAL_NULLS && !parts.some(({ isRow }) => isRow))),
  );
  if (!isUnderstood) return undefined;
  const keys = rows.map(({ name, predicate, nullsAreEqual, parts }) => ({ name, predicate, nullsAreEqual, parts }));
  return { keys, columns: [...new Set(rows.flatMap(({ columns }) => columns))] };
}

interface Part extends KeyPart {
  /** Whether its operator class is the one that its type has where none is named. */
  readonly isDefault: boolean;
  readonly isRow: boolean;
}

/** Of the type itself, without the domains over it. */
const BASE_TYPE = `WITH RECURSIVE types AS (
    SELECT t.* FROM pg_type t WHERE t.oid = a.atttypid
    UNION ALL SELECT t.* FROM types d JOIN pg_type t ON t.oid = d.typbasetype WHERE d.typtype = 'd')
  SELECT oid, typtype, typcategory FROM types WHERE typtype <> 'd'`;

/** The type for which PostgreSQL's own operator classes take values of this one. */
const GENERAL_TYPE = `CASE WHEN t.oid = 'varchar'::regtype THEN 'text' WHEN t.typtype = 'e' THEN 'anyenum' WHEN t.typtype = 'c' THEN 'record'
  WHEN t.typtype = 'r' THEN 'anyrange' WHEN t.typtype = 'm' THEN 'anymultirange' WHEN t.typcategory = 'A' THEN 'anyarray' END::regtype`;

/** Of the operator class, by its strategy. https://www.postgresql.org/docs/18/xindex.html#XINDEX-STRATEGIES */
function operatorOf(strategy: number): string {
  return `(SELECT format('OPERATOR(%I.%s)', nspname, oprname) FROM pg_amop e JOIN pg_operator o ON o.oid = e.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
    WHERE e.amopfamily = k.opcfamily AND e.amopstrategy = ${strategy} AND e.amoplefttype = k.opcintype AND e.amoprighttype = k.opcintype)`;
}

const PARTS = `SELECT json_agg(json_build_object(
    'definition', pg_get_indexdef(x.indexrelid, a.attnum, true),
    'collation', nullif(x.indcollation[a.attnum - 1], 0)::regcollation::text,
    'operator', ${operatorOf(3)}, 'above', ${operatorOf(5)},
    'nulls', CASE WHEN (x.indoption[a.attnum - 1] & 1 = 1) = (x.indoption[a.attnum - 1] & 2 = 2) THEN 'NULLS FIRST' ELSE 'NULLS LAST' END,
    'isDefault', k.opcdefault AND (k.opcintype = t.oid OR k.opcintype = ${GENERAL_TYPE} AND NOT EXISTS (
      SELECT FROM pg_opclass d WHERE d.opcmethod = k.opcmethod AND d.opcdefault AND d.opcintype = t.oid)),
    'isRow', t.typtype = 'c') ORDER BY a.attnum) AS parts
  FROM pg_attribute a JOIN pg_opclass k ON k.oid = x.indclass[a.attnum - 1], LATERAL (${BASE_TYPE}) AS t
 WHERE a.attrelid = x.indexrelid AND a.attnum <= x.indnkeyatts`;

/** The columns whose default may be another value each time, or is the one of their type. */
export async function readUncertainDefaults(db: Database, table: TableName): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT a.attname::text AS name FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        AND CASE WHEN d.adbin IS NULL THEN t.typdefault IS NOT NULL ELSE d.adbin::text NOT LIKE '{CONST%' END`,
    [quoteQualified(table.schema, table.name)],
  );
  return rows.map(({ name }) => name);
}
