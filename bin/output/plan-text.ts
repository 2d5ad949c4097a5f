import { describeFailure, shorten, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { MotherPlan } from '../../job-runner/plan/mother/mother-plan.ts';
import { formatBytes, formatCount } from './numbers.ts';
import { renderTable } from './table.ts';

/** What a run would do with one table. */
export interface PlannedTable {
  readonly entry: TableIngestionSpec;
  /** In the order in which they would be run; none for a table that is not loaded. */
  readonly statements: readonly string[];
  readonly warnings: readonly string[];
  readonly failure?: Failure;
}

export interface PlannedMother extends MotherPlan {
  /** The version tables that are dropped before the loads begin, as `schema.name`. */
  readonly drops: readonly string[];
  /** In the order in which they would be run; none where the mother is left as it is. */
  readonly statements: readonly string[];
}

export interface PlannedIngestion {
  readonly name: string;
  readonly mothers: readonly PlannedMother[];
  readonly tables: readonly PlannedTable[];
}

/** A plan for people: the catalogue, the mothers, then each table's statements, as SQL that may be saved and read in an editor. */
export function planText(plan: PlannedIngestion): string {
  const parts = [
    catalogueTable(plan),
    motherTable(plan),
    ...plan.mothers.map(motherSql),
    ...plan.tables.map(tableSql),
    totals(plan),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function catalogueTable({ tables }: PlannedIngestion): string {
  const right = 'right' as const;
  return renderTable(
    [
      { title: 'DUMP' },
      { title: 'TABLE' },
      { title: 'VERSION TABLE' },
      { title: 'MOTHER' },
      { title: 'SIZE', align: right },
      { title: 'DECISION' },
      { title: 'WHY' },
    ],
    tables.map(({ entry, failure }) => [
      entry.dump.file,
      entry.table,
      entry.versionTable ?? '',
      entry.mother ?? '',
      entry.dat === undefined ? '' : formatBytes(entry.dat.bytes),
      failure === undefined ? entry.decision : 'Fail',
      shorten(failure?.message ?? entry.message, 100),
    ]),
  );
}

function motherTable({ mothers }: PlannedIngestion): string {
  if (mothers.length === 0) return '';
  return renderTable(
    [{ title: 'MOTHER TABLE' }, { title: 'ACTION' }, { title: 'FROM' }, { title: 'COLUMNS' }],
    mothers.map(({ name, action, drops, origin, columns }) => [
      name,
      drops.length === 0 ? action : `${action}, drops ${formatCount(drops.length)}`,
      origin,
      shorten(columns.map((column) => `${column.name} ${column.type}`).join(', '), 120),
    ]),
  );
}

function motherSql({ name, statements, warnings }: PlannedMother): string {
  return statements.length === 0 && warnings.length === 0 ? '' : section(`mother table ${name}`, warnings, statements);
}

function tableSql({ entry, statements, warnings, failure }: PlannedTable): string {
  const title = `${entry.dump.file}:${entry.table}${entry.versionTable === undefined ? '' : ` as ${entry.versionTable}`}`;
  if (failure !== undefined) return section(title, [`cannot be loaded: ${describeFailure(failure)}`], []);
  return statements.length === 0 ? '' : section(title, warnings, statements);
}

/** Titles and warnings are comments of one line each, so that no name in them can end the comment. */
function section(title: string, warnings: readonly string[], statements: readonly string[]): string {
  const comments = [title, ...warnings.map((warning) => `warning: ${warning}`)].map(
    (line) => `-- ${shorten(line, 1000)}`,
  );
  return [...comments, ...statements.map((statement) => `${statement};`)].join('\n');
}

function totals({ name, mothers, tables }: PlannedIngestion): string {
  const failed = tables.filter(({ entry, failure }) => failure !== undefined || entry.decision === 'Fail').length;
  const skipped = tables.filter(({ entry }) => entry.decision === 'Skip').length;
  const load = tables.filter(({ entry, failure }) => failure === undefined && entry.decision === 'Load');
  const bytes = load.reduce((sum, { entry }) => sum + (entry.dat?.bytes ?? 0), 0);
  const warned = load.filter(({ warnings }) => warnings.length > 0).length;
  const dropped = mothers.reduce((sum, { drops }) => sum + drops.length, 0);
  const before = dropped === 0 ? '' : `${dropped} version tables dropped before the first load, `;
  return `-- ${name}: ${before}${load.length} tables to load (${formatBytes(bytes)}), ${warned} with warnings, ${skipped} skipped, ${failed} that cannot be loaded`;
}
