import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { TableView } from '../output/run-view.ts';

/** What a report is made of: a DumpIngestion's status, and its TableIngestions. */
export interface RunReport {
  readonly name: string;
  /** Not for a run on this machine. */
  readonly namespace?: string;
  readonly ingestion: DumpIngestionStatus;
  readonly tables: readonly TableView[];
}

/** The tables of the current run; those that earlier runs have loaded stay in the status, with their own times. */
export function tablesOfRun({ ingestion, tables }: RunReport): TableView[] {
  const number = ingestion.run?.number ?? 1;
  return tables.filter(({ spec }) => (spec.run ?? 1) === number);
}

/** From the start of its Job to its end, or until now while it runs; undefined for a table that has not been started. */
export function secondsOf({ status }: TableView, now: Date): number | undefined {
  const { startTime, completionTime, phase } = status;
  if (startTime === undefined || (completionTime === undefined && phase !== 'Running')) return undefined;
  const end = completionTime === undefined ? now.getTime() : Date.parse(completionTime);
  return Math.max(0, (end - Date.parse(startTime)) / 1000);
}

/** The tables that took longest, the slowest first. */
export function slowestTables(report: RunReport, now: Date, count: number): TableView[] {
  return tablesOfRun(report)
    .filter((table) => table.status.phase !== 'AlreadyLoaded' && secondsOf(table, now) !== undefined)
    .toSorted((one, other) => (secondsOf(other, now) ?? 0) - (secondsOf(one, now) ?? 0))
    .slice(0, count);
}

export function failedTables({ tables }: RunReport): TableView[] {
  return tables.filter(({ status }) => status.phase === 'Failed');
}

/** The tables with most rejects first. */
export function tablesWithRejects({ tables }: RunReport): TableView[] {
  return tables
    .filter(({ status }) => (status.rejects ?? 0) > 0)
    .toSorted((one, other) => (other.status.rejects ?? 0) - (one.status.rejects ?? 0));
}

/** Why tables were skipped, and how many for each reason, the most frequent first. */
export function skippedByReason({ tables }: RunReport): { reason: string; message: string; count: number }[] {
  const skipped = tables.filter(({ status }) => status.phase === 'Skipped');
  return [...Map.groupBy(skipped, ({ spec }) => spec.reason)]
    .map(([reason, list]) => ({
      reason,
      message: list[0]?.status.message ?? list[0]?.spec.message ?? '',
      count: list.length,
    }))
    .toSorted((one, other) => other.count - one.count);
}

export function warningsOf({ tables }: RunReport): { table: TableView; warning: string }[] {
  return tables.flatMap((table) =>
    (table.status.warnings ?? table.spec.warnings ?? []).map((warning) => ({ table, warning })),
  );
}

/** How long the run took, or has taken. */
export function runSeconds({ ingestion: { startTime, completionTime } }: RunReport, now: Date): number {
  if (startTime === undefined) return 0;
  const end = completionTime === undefined ? now.getTime() : Date.parse(completionTime);
  return Math.max(0, (end - Date.parse(startTime)) / 1000);
}
