import type { ExistingRelation } from '../plan/mother-plan.ts';
import type { Mother, MotherColumn } from '../plan/table-plan.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';

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

/** What the schema has under these names. Only an ordinary table is a `Table`: no other kind, no partition, no typed table has children. */
export async function readExistingRelations(db: Database, schema: string, names: readonly string[]): Promise<ExistingRelation[]> {
  const { rows } = await translateErrors({}, () =>
    db.query<{ name: string; kind: string; partition: boolean; typed: boolean; columns: MotherColumn[] }>(
      `SELECT c.relname AS name, c.relkind AS kind, c.relispartition AS partition, c.reloftype <> 0 AS typed, ${COLUMNS} AS columns
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])
        ORDER BY c.relname`,
      [schema, names],
    ),
  );
  return rows.map(({ name, kind, partition, typed, columns }) => {
    const description = partition ? 'partition' : typed ? 'typed table' : (KINDS[kind] ?? 'relation');
    return { name, kind: description === 'table' ? 'Table' : 'Other', description, columns };
  });
}

/** The columns in the order of SELECT *, dropped ones left out. */
const COLUMNS = `(
  SELECT coalesce(json_agg(json_build_object(
           'name', a.attname,
           'type', format_type(a.atttypid, a.atttypmod),
           'notNull', a.attnotnull,
           'generated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

/** The mother as it is now; undefined where there is no table of this name. */
export async function readMother(db: Database, schema: string, name: string): Promise<Mother | undefined> {
  const [relation] = await readExistingRelations(db, schema, [name]);
  return relation?.kind === 'Table' ? { schema, name, columns: relation.columns } : undefined;
}
