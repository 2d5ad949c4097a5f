import { formatCount } from './numbers.ts';
import { renderTable } from './table.ts';

/** A version table as the ledger has it. */
export interface LoadedTable {
  readonly versionTable: string;
  readonly mother: string | null;
  readonly dumpVersion: string;
  readonly rows: number;
}

/** The most versions that stand side by side; with more a table would not fit a screen. */
const MAX_VERSIONS = 8;

/** The mothers with rows by version, whichever run loaded them. */
export function motherRows(loads: readonly LoadedTable[]): string {
  const byMother = Map.groupBy(
    loads.filter(({ mother }) => mother !== null),
    ({ mother }) => mother ?? '',
  );
  if (byMother.size === 0) return '';
  const versions = [...new Set([...byMother.values()].flat().map(({ dumpVersion }) => dumpVersion))].sort(byNumber);
  const shown = versions.length <= MAX_VERSIONS ? versions : [];
  const columns = [
    { title: 'MOTHER TABLE' },
    ...[...shown, 'VERSIONS', 'ALL ROWS'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = [...byMother]
    .sort(([one], [other]) => byNumber(one, other))
    .map(([mother, tables]) => [
      mother,
      ...shown.map((version) => sumOf(tables.filter(({ dumpVersion }) => dumpVersion === version))),
      String(new Set(tables.map(({ dumpVersion }) => dumpVersion)).size),
      sumOf(tables),
    ]);
  return renderTable(columns, rows);
}

/** v2 before v10. */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

function sumOf(tables: readonly LoadedTable[]): string {
  return tables.length === 0 ? '' : formatCount(tables.reduce((sum, { rows }) => sum + rows, 0));
}
