import type { Stalled } from './breaker.ts';
import type { CatalogueDecision } from './catalogue.ts';
import { secondsSince } from './duration.ts';
import type { FinishDecision } from './finish.ts';
import type { MeasuredTable } from './measured-table.ts';
import type { Observed, Problem } from './observed.ts';
import type { Reason } from './reasons.ts';

/** What was observed, and what was decided about its parts. */
export interface RunState {
  readonly observed: Observed;
  readonly catalogue: CatalogueDecision;
  /** With their statuses after this reconcile. */
  readonly tables: readonly MeasuredTable[];
  /** Those of earlier runs that count in this one, once its catalogue is done. */
  readonly earlier: readonly MeasuredTable[];
  /** Undefined until all tables are done. */
  readonly finish: FinishDecision | undefined;
  /** Why no loads are started. */
  readonly stalled: Stalled | undefined;
  readonly now: Date;
}

/** How the run ended. */
export interface End {
  readonly phase: 'Complete' | 'Failed';
  readonly reason: Reason;
  readonly message: string;
}

/** What is being done, and what prevents it. */
export interface Work {
  readonly phase: 'Pending' | 'Cataloguing' | 'Loading' | 'Finishing';
  readonly reason: Reason;
  readonly message: string;
  readonly problem: Problem | undefined;
  readonly isStuck: boolean;
}

export function allTables({ tables, earlier }: Pick<RunState, 'tables' | 'earlier'>): readonly MeasuredTable[] {
  return [...tables, ...earlier];
}

/** After this time without news from a load, somebody should look at it; a runner reports every second while it reads. */
const SILENT_SECONDS = 60;

/** Why a run whose Jobs are running makes no progress all the same: no load has reported anything new for a while. */
export function silentProblem({ observed, now }: RunState): Problem | undefined {
  const running = observed.jobs.filter(({ state }) => state === 'Running');
  const silent = running
    .filter(({ silentSince }) => silentSince !== undefined && secondsSince(silentSince, now) >= SILENT_SECONDS)
    .toSorted((one, other) => ((one.silentSince ?? '') < (other.silentSince ?? '') ? -1 : 1));
  const [first] = silent;
  if (first === undefined || silent.length < running.length) return undefined;
  const { name, progress, silentSince = '' } = first;
  const step = progress === undefined ? '' : `, step ${progress.step}`;
  const reason: Reason = 'NoProgress';
  const message = `nothing new from ${running.length === 1 ? 'the running Job' : `any of ${running.length} running Jobs`}, from ${name} since ${silentSince}${step}; look for a lock in the database, or a volume or node that does not answer`;
  return { reason, message };
}

export function stalledProblem({ stalled }: RunState): Problem | undefined {
  if (stalled === undefined) return undefined;
  const { code, message, nextProbeTime } = stalled;
  const reason: Reason = 'Stalled';
  return {
    reason,
    message: `no more Jobs are started, since several failed with ${code}: ${message}; one is tried at ${nextProbeTime}, or once the manifest is changed`,
  };
}
