import type { Proof } from '../../job-runner/plan/proof.ts';
import { formatCount } from './numbers.ts';
import { renderTable, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'VERSION TABLE' },
  { title: 'OUTCOME' },
  { title: 'ROWS', align: 'right' },
  { title: 'REJECTS', align: 'right' },
  { title: 'ONLY IN DUMP', align: 'right' },
  { title: 'ONLY IN TABLE', align: 'right' },
];

/** What `motherload verify` prints: a line for each table, then what is not as it should be. */
export function proofText(proofs: readonly Proof[]): string {
  if (proofs.length === 0) return 'the dumps of this manifest have no table to be verified\n';
  const same = proofs.filter(({ outcome }) => outcome === 'Same').length;
  const total = `${formatCount(same)} of ${formatCount(proofs.length)} version tables have the rows of their dumps`;
  const details = proofs.flatMap(detailsOf);
  return `${[renderTable(COLUMNS, proofs.map(rowOf)), ...(details.length === 0 ? [] : [details.join('\n')]), total].join('\n\n')}\n`;
}

function rowOf({ versionTable, outcome, rows, rejects, onlyInDump, onlyInTable }: Proof): string[] {
  const count = (value: number | undefined) => (value === undefined ? '' : formatCount(value));
  return [versionTable, outcome, formatCount(rows), formatCount(rejects), count(onlyInDump), count(onlyInTable)];
}

function detailsOf({ versionTable, findings, notes, examples }: Proof): string[] {
  return [
    ...[...findings, ...notes].map((text) => `${versionTable}: ${text}`),
    ...examples.onlyInDump.map((row) => `  only in the dump:  ${row}`),
    ...examples.onlyInTable.map((row) => `  only in the table: ${row}`),
  ];
}
