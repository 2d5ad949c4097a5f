import { findCondition } from '../../operator/decide/conditions.ts';
import type { TableView } from '../output/run-view.ts';
import { tablesOfRun, type RunReport } from './run-report.ts';

export type Outcome = 'loaded' | 'rejects' | 'failed' | 'skipped' | 'running';

/** Tables that were loaded between two times, in milliseconds: those of one Job, or of several that are too short to be drawn alone. */
export interface Bar {
  readonly start: number;
  readonly end: number;
  readonly tables: readonly TableView[];
  readonly outcome: Outcome;
}

/** A step of the run that is not about one table. */
export interface Step {
  readonly name: 'catalogue' | 'finish';
  readonly start: number;
  readonly end: number;
}

export interface Timeline {
  readonly start: number;
  readonly end: number;
  readonly steps: readonly Step[];
  /** Bars that do not overlap, in order: as many lanes as Jobs ran at the same time. */
  readonly lanes: readonly (readonly Bar[])[];
}

/** When the tables of a run were loaded; undefined if none was started. */
export function buildTimeline(report: RunReport, now: Date): Timeline | undefined {
  const bars = barsOf(tablesOfRun(report), now);
  const steps = stepsOf(report, bars);
  const spans = [...bars, ...steps];
  if (bars.length === 0) return undefined;
  const start = spans.reduce((least, span) => Math.min(least, span.start), Infinity);
  const end = spans.reduce((most, span) => Math.max(most, span.end), -Infinity);
  // A run within one millisecond still has a width.
  return { start, end: Math.max(end, start + 1), steps, lanes: assignLanes(bars) };
}

/** One bar for each Job: tables that share one have its times. */
function barsOf(tables: readonly TableView[], now: Date): Bar[] {
  const started = tables.filter(({ status }) => status.startTime !== undefined && status.phase !== 'Pending');
  const bars = [...Map.groupBy(started, ({ name, status }) => status.jobName ?? name).values()].map((list): Bar => {
    const starts = list.map(({ status }) => Date.parse(status.startTime ?? ''));
    const ends = list.map(({ status }) =>
      status.completionTime === undefined ? now.getTime() : Date.parse(status.completionTime),
    );
    const start = Math.min(...starts);
    return { start, end: Math.max(start, ...ends), tables: list, outcome: worstOf(list.map(outcomeOf)) };
  });
  return bars.filter(({ start, end }) => Number.isFinite(start) && Number.isFinite(end));
}

/** The worst last. */
const OUTCOMES: readonly Outcome[] = ['skipped', 'loaded', 'running', 'rejects', 'failed'];

function worstOf(outcomes: readonly Outcome[]): Outcome {
  return OUTCOMES.findLast((outcome) => outcomes.includes(outcome)) ?? 'loaded';
}

function outcomeOf({ status }: TableView): Outcome {
  if (status.phase === 'Failed') return 'failed';
  if ((status.rejects ?? 0) > 0) return 'rejects';
  if (status.phase === 'Skipped') return 'skipped';
  return status.phase === 'Running' ? 'running' : 'loaded';
}

/** The catalogue lasts until Catalogued is true, and the last step from the end of the last table on. */
function stepsOf({ ingestion }: RunReport, bars: readonly Bar[]): Step[] {
  const start = Date.parse(ingestion.startTime ?? '');
  const catalogued = findCondition(ingestion.conditions, 'Catalogued');
  const catalogueEnd = catalogued?.status === 'True' ? Date.parse(catalogued.lastTransitionTime) : NaN;
  const lastBar = bars.reduce((most, { end }) => Math.max(most, end), -Infinity);
  const end = Date.parse(ingestion.completionTime ?? '');
  return [
    ...(catalogueEnd >= start ? [{ name: 'catalogue' as const, start, end: catalogueEnd }] : []),
    ...(end > lastBar && Number.isFinite(lastBar) ? [{ name: 'finish' as const, start: lastBar, end }] : []),
  ];
}

/** Each bar gets the first lane that is free at its start. */
function assignLanes(bars: readonly Bar[]): Bar[][] {
  const lanes: { end: number; bars: Bar[] }[] = [];
  for (const bar of bars.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const free = lanes.find(({ end }) => end <= bar.start);
    if (free === undefined) lanes.push({ end: bar.end, bars: [bar] });
    else {
      free.bars.push(bar);
      free.end = bar.end;
    }
  }
  return lanes.map((lane) => lane.bars);
}

/**
 * Joins neighbours that would each be narrower than a pixel or two, so that a page with 10,000 tables stays small and each of its bars can be
 * pointed at. A bar that is wide enough, or failed, stays alone.
 */
export function mergeNarrowBars(lane: readonly Bar[], milliseconds: number): Bar[] {
  const merged: Bar[] = [];
  for (const bar of lane) {
    const last = merged.at(-1);
    const isMerged =
      last !== undefined &&
      bar.end - last.start <= milliseconds &&
      (last.outcome === 'failed') === (bar.outcome === 'failed');
    if (isMerged)
      merged[merged.length - 1] = {
        start: last.start,
        end: bar.end,
        tables: [...last.tables, ...bar.tables],
        outcome: worstOf([last.outcome, bar.outcome]),
      };
    else merged.push(bar);
  }
  return merged;
}
