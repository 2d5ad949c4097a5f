import { describeFailure, shorten } from '../../crds/contract/errors.ts';
import type { MotherChanges } from '../../job-runner/plan/mother/mother-change.ts';
import type { IngestionPreview, MotherPreview } from '../../job-runner/preview/preview-ingestion.ts';
import type { TablePreview } from '../../job-runner/preview/preview-table.ts';
import { countOf, formatBytes, formatCount } from './numbers.ts';
import { renderTable } from './table.ts';

/** A plan for people: the catalogue, the mothers, then each table's statements, as SQL that may be saved and read in an editor. */
export function planText(plan: IngestionPreview): string {
  const parts = [
    catalogueTable(plan),
    plan.warnings.map((warning) => `-- warning: ${shorten(warning, 1000)}`).join('\n'),
    motherTable(plan),
    ...plan.mothers.map(motherSql),
    ...plan.tables.map(tableSql),
    totals(plan),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function catalogueTable({ tables }: IngestionPreview): string {
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

function motherTable({ mothers }: IngestionPreview): string {
  if (mothers.length === 0) return '';
  return renderTable(
    [{ title: 'MOTHER TABLE' }, { title: 'ACTION' }, { title: 'FROM' }, { title: 'COLUMNS' }],
    mothers.map(({ name, action, drops, origin, columns, changes }) => [
      name,
      [
        action,
        ...(drops.length === 0 ? [] : [`drops ${formatCount(drops.length)}`]),
        ...(changes ? ['changes'] : []),
      ].join(', '),
      origin,
      shorten(columns.map((column) => `${column.name} ${column.type}`).join(', '), 120),
    ]),
  );
}

function motherSql({ name, statements, warnings, changes }: MotherPreview): string {
  if (statements.length === 0 && warnings.length === 0) return '';
  return section(`mother table ${name}${changes === undefined ? '' : `, ${costOf(changes)}`}`, warnings, statements);
}

/** What a change of a mother with its versions costs, and whom it keeps waiting. */
function costOf({ list, tables, rewrittenBytes }: MotherChanges): string {
  const dumps = [...new Set(list.flatMap((change) => change.dumps))].join(', ');
  const locked = `locks ${countOf(tables, 'table')} against readers`;
  const cost =
    rewrittenBytes === 0
      ? `${locked} for a moment, without rewriting them`
      : `${locked} while ${formatBytes(rewrittenBytes)} are rewritten`;
  return `${dumps === '' ? '' : `for ${dumps}: `}${cost}`;
}

function tableSql({ entry, statements, streams, warnings, failure }: TablePreview): string {
  const as = entry.versionTable === undefined ? '' : ` as ${entry.versionTable}`;
  const title = `${entry.dump.file}:${entry.table}${as}${streams > 1 ? `, COPY in ${streams} sessions` : ''}`;
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

const ARCHIVE = { Copy: 'copied to the archive', Move: 'moved to the archive', Delete: 'deleted' } as const;

function totals({ name, mothers, tables, archive }: IngestionPreview): string {
  const failed = tables.filter(({ entry, failure }) => failure !== undefined || entry.decision === 'Fail').length;
  const skipped = tables.filter(({ entry }) => entry.decision === 'Skip').length;
  const load = tables.filter(({ entry, failure }) => failure === undefined && entry.decision === 'Load');
  const bytes = load.reduce((sum, { entry }) => sum + (entry.dat?.bytes ?? 0), 0);
  const warned = load.filter(({ warnings }) => warnings.length > 0).length;
  const dropped = mothers.reduce((sum, { drops }) => sum + drops.length, 0);
  const before = dropped === 0 ? '' : `${countOf(dropped, 'version table')} dropped before the first load, `;
  const afterwards = archive === undefined ? '' : `; dumps whose tables are all loaded are ${ARCHIVE[archive]}`;
  return `-- ${name}: ${before}${countOf(load.length, 'table')} to load (${formatBytes(bytes)}), ${warned} with warnings, ${skipped} skipped, ${failed} that cannot be loaded${afterwards}`;
}
