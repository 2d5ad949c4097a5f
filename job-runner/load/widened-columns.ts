import type { Database } from '../database/connection.ts';
import { checksumColumns, type ChecksumColumn } from '../plan/checksum.ts';
import { parsePostgresqlType } from '../plan/postgresql-type.ts';
import { quoteIdentifier, quoteQualified, type TableName } from '../plan/sql.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/** By column, the types by which a table was loaded that was widened since (`LedgerRow.loadedAs`). */
type LoadedAs = Readonly<Record<string, string>>;

/**
 * What is compared of a dump and its table. A numeric that was a number of another type when it was loaded has the digits behind the point that it had
 * then, zeros at their end included, and one that is loaded now has those of its text.
 */
export function comparedColumns(plan: TablePlan, loadedAs: LoadedAs): ChecksumColumn[] {
  return checksumColumns(plan).map((column) =>
    column.method === 'number with its scale' && Object.hasOwn(loadedAs, column.name)
      ? { ...column, method: 'number' }
      : column,
  );
}

/** Positive numbers that become one of the type, and neither 0 nor an error. */
const FLOATS: Readonly<Record<string, string>> = {
  real: '7.1e-46 AND 3.4028235e38',
  'double precision': '2.5e-324 AND 1.7976931348623158e308',
};

/** Makes what a dump's rows have in columns that were widened from a floating-point type the numbers that this type had of them. */
export async function readAsLoaded(db: Database, table: TableName, plan: TablePlan, loadedAs: LoadedAs): Promise<void> {
  const types = new Map(plan.columns.map(({ name, type }) => [name, type]));
  const assignments = Object.entries(loadedAs).flatMap(([name, before]) => {
    const [column, bounds] = [quoteIdentifier(name), FLOATS[before]];
    if (bounds === undefined || parsePostgresqlType(types.get(name) ?? '')?.name !== 'numeric') return [];
    return [
      `${column} = CASE WHEN abs(${column}) BETWEEN ${bounds} THEN ${column}::${before}::text::numeric ELSE ${column} END`,
    ];
  });
  if (assignments.length === 0) return;
  await db.query(`UPDATE ${quoteQualified(table.schema, table.name)} SET ${assignments.join(', ')}`);
}
