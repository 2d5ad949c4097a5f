import { ruledColumn, type LinkedType, type RuledColumn } from '../plan/ruled-column.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import type { Database } from './connection.ts';

/** The columns that are of a domain or an enum. */
export async function readRuledColumns(db: Database, table: TableName): Promise<readonly RuledColumn[]> {
  const { rows } = await db.query<{ column: string; collation: string | null; types: LinkedType[] }>(
    `WITH RECURSIVE linked AS (
       SELECT attnum, attname::text AS "column", atttypid AS type, atttypmod AS modifier, attcollation AS own_collation, 0 AS depth FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
       UNION ALL
       SELECT attnum, "column", t.typbasetype, CASE WHEN modifier = -1 THEN t.typtypmod ELSE modifier END, own_collation, depth + 1
         FROM linked l JOIN pg_type t ON t.oid = l.type WHERE t.typtype = 'd')
     SELECT "column", nullif(own_collation, 0)::regcollation::text AS "collation", json_agg(json_build_object(
              'kind', t.typtype, 'type', format_type(t.oid, modifier), 'name', format_type(t.oid, NULL), 'oid', t.oid::text, 'notNull', t.typnotnull,
              'collation', nullif(t.typcollation, 0)::regcollation::text,
              'checks', (SELECT coalesce(json_agg(json_build_object('name', conname, 'expression', pg_get_expr(conbin, 0)) ORDER BY conname), '[]')
                           FROM pg_constraint WHERE contypid = t.oid AND contype = 'c')) ORDER BY depth) AS types
       FROM linked l JOIN pg_type t ON t.oid = l.type GROUP BY attnum, "column", own_collation ORDER BY attnum`,
    [quoteQualified(table.schema, table.name)],
  );
  return rows.flatMap(({ column, collation, types }) => ruledColumn(column, types, collation) ?? []);
}
