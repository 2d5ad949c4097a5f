import type { MotherIndex } from '../plan/index-statements.ts';
import type { TableName } from '../plan/sql.ts';
import type { Database } from './connection.ts';

/** Valid indexes alone: a failed CREATE INDEX CONCURRENTLY leaves an invalid one. */
export async function readMotherIndexes(db: Database, { schema, name }: TableName): Promise<readonly MotherIndex[]> {
  const { rows } = await db.query<MotherIndex>(
    `SELECT i.relname AS name,
            pg_get_constraintdef(k.oid) AS constraint,
            pg_get_indexdef(i.oid) AS definition,
            x.indisunique AS "isUnique",
            format('CREATE %sINDEX %I ON %I.%I', CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END, i.relname, n.nspname, t.relname) AS prefix
       FROM pg_index x
       JOIN pg_class i ON i.oid = x.indexrelid
       JOIN pg_class t ON t.oid = x.indrelid
       JOIN pg_namespace n ON n.oid = t.relnamespace
       LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')
      WHERE n.nspname = $1 AND t.relname = $2 AND x.indisvalid
      ORDER BY i.relname`,
    [schema, name],
  );
  return rows;
}
