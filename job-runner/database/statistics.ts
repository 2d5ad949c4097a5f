import type { Target } from '../../crds/contract/task.ts';
import { loadsTable } from '../plan/ledger-statements.ts';
import type { Database } from './connection.ts';

/**
 * Those of the mothers that were not analyzed since the last of their versions was loaded, as the ledger knows; also those of which the server no
 * longer knows when they were, for instance after a crash.
 */
export async function findOutdatedStatistics(
  db: Database,
  { schema, ledgerSchema }: Pick<Target, 'schema' | 'ledgerSchema'>,
  mothers: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT m.name FROM unnest($2::text[]) WITH ORDINALITY AS m (name, number)
       LEFT JOIN (SELECT mother, max(loaded_at) AS at FROM ${loadsTable(ledgerSchema)} WHERE target_schema = $1 GROUP BY 1) l ON l.mother = m.name
       LEFT JOIN pg_class c ON c.relname = m.name AND c.relnamespace = to_regnamespace(quote_ident($1))
      WHERE (pg_stat_get_last_analyze_time(c.oid) > l.at) IS NOT TRUE ORDER BY m.number`,
    [schema, mothers],
  );
  return rows.map(({ name }) => name);
}
