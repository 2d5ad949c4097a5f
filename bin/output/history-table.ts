import type { PastLoad } from '../../job-runner/database/history.ts';
import { formatCount } from './numbers.ts';
import type { TableColumn } from './table.ts';

export const HISTORY_COLUMNS: readonly TableColumn[] = [
  { title: 'ENDED AT' },
  { title: 'VERSION TABLE' },
  { title: 'OUTCOME' },
  { title: 'ROWS', align: 'right' },
  { title: 'REJECTS', align: 'right' },
  { title: 'DUMP' },
  { title: 'INGESTION' },
  { title: 'LOADED AT' },
  { title: 'MESSAGE' },
];

export function historyRow(load: PastLoad): string[] {
  const { versionTable, outcome, endedAt, loadedAt, rows, rejects, dump, ingestion, code, message } = load;
  const count = (value: number | null) => (value === null ? '' : formatCount(value));
  const reason = code === null ? '' : `${code}: ${message ?? ''}`;
  const numbers = [count(rows), count(rejects)];
  return [
    timeOf(endedAt),
    versionTable,
    outcome,
    ...numbers,
    dump,
    ingestion,
    loadedAt ? timeOf(loadedAt) : '',
    reason,
  ];
}

/** In UTC, which the Z says, to the second. */
export function timeOf(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
