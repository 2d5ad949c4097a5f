import { compareNames } from '../../job-runner/plan/name-order.ts';
import { formatCount } from './numbers.ts';
import { renderTable } from './table.ts';

/** A version table, from the ledger. */
export interface LoadedTable {
  readonly versionTable: string;
  readonly mother: string | null;
  readonly dumpVersion: string;
  readonly rows: number;
}

/** With more versions side by side the table would not fit on a screen. */
const MAX_VERSIONS = 8;

/** The mother tables with their rows by version, from all runs. */
export function motherRows(loads: readonly LoadedTable[]): string {
  const byMother = Map.groupBy(
    loads.filter(({ mother }) => mother !== null),
    ({ mother }) => mother ?? '',
  );
  if (byMother.size === 0) return '';
  const versions = [...new Set([...byMother.values()].flat().map(({ dumpVersion }) => dumpVersion))].sort(compareNames);
  const shown = versions.length <= MAX_VERSIONS ? versions : [];
  const columns = [
    { title: 'MOTHER TABLE' },
    ...[...shown, 'VERSIONS', 'ALL ROWS'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = [...byMother]
    .sort(([one], [other]) => compareNames(one, other))
    .map(([mother, tables]) => [
      mother,
      ...shown.map((version) => sumOf(tables.filter(({ dumpVersion }) => dumpVersion === version))),
      String(new Set(tables.map(({ dumpVersion }) => dumpVersion)).size),
      sumOf(tables),
    ]);
  return renderTable(columns, rows);
}

function sumOf(tables: readonly LoadedTable[]): string {
  return tables.length === 0 ? '' : formatCount(tables.reduce((sum, { rows }) => sum + rows, 0));
}
