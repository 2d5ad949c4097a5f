import type { TestDatabase } from '../database.ts';

/** Every table but the ledger's with all its rows as text, sorted: what two loads of the same dumps must agree on. */
export async function tableContents(
  database: Pick<TestDatabase, 'query'>,
): Promise<Record<string, readonly unknown[]>> {
  const tables = await database.query(
    `SELECT oid::regclass::text AS name FROM pg_class
      WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('motherload', 'pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const contents: Record<string, readonly unknown[]> = {};
  for (const { name } of tables as { name: string }[]) {
    const rows = await database.query(`SELECT t::text AS row FROM ONLY ${name} t ORDER BY 1`);
    contents[name] = rows.map(({ row }) => row);
  }
  return contents;
}
