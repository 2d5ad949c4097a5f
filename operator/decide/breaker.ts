import { isShared } from '../../crds/contract/error-codes.ts';
import type { Failure } from '../../crds/contract/errors.ts';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import type { Action } from './action.ts';
import { admit, freeSlots, loadJob } from './admit.ts';
import { boundedMessage } from './conditions.ts';
import { secondsSince } from './duration.ts';
import { failureOf } from './failure.ts';
import { isActive, isLoad, tablesOf, type Observed, type ObservedJob, type ObservedTable } from './observed.ts';
import { isFinalPhase } from './table.ts';

/** The failures with one code, none of them the table's own, after which no more Jobs are started. */
const MAX_SHARED_FAILURES = 3;
/** Between two tries: accounts are locked by logins that fail in quick succession. */
const FIRST_PROBE_SECONDS = 30;
const MAX_PROBE_SECONDS = 600;

/** Why the apiserver rejects whatever Job, as opposed to what is wrong with one of them. */
const ABOUT_ALL: ReadonlySet<string> = new Set(['QuotaExceeded', 'WebhookFailed', 'NamespaceTerminating']);

export type Stalled = NonNullable<DumpIngestionStatus['stalled']>;

/**
 * Whether what makes loads fail would make the next one fail, too: a password that was changed, a right that is missing, a database that is full.
 * Undefined if not.
 *
 * ```
 * loads start ──MAX_SHARED_FAILURES, and no load that began later went well──▶ stalled: no Job is started, failures are not final
 *     ▲                                                                          │ nextProbeTime, or a change of the manifest
 *     └────────────a load that began since then goes well◀────one Job is started─┘
 * ```
 */
export function decideStalled(observed: Observed, now: Date): Stalled | undefined {
  const { spec, status } = observed.ingestion;
  const { stalled: before } = status;
  // There are no other Jobs that would fail as its one did.
  if (isOfOneMoment(spec.source)) return undefined;
  if (before === undefined && !hasSharedFailure(observed)) return undefined;
  const ends = loadEnds(observed);
  const wentWell = ends.reduce((last, { isGood, start }) => (isGood ? Math.max(last, start) : last), -Infinity);
  const failures = ends.filter(({ shared }) => shared !== undefined).toSorted((one, other) => one.end - other.end);
  if (before !== undefined) {
    if (wentWell >= beganAt(before)) return undefined;
    const { shared } = failures.at(-1) ?? {};
    return shared === undefined ? before : { ...before, ...described(shared) };
  }
  const later = failures.filter(({ start }) => start > wentWell).flatMap(({ shared }) => shared ?? []);
  const last = later.findLast(({ code }) => later.filter((one) => one.code === code).length >= MAX_SHARED_FAILURES);
  if (last === undefined) return undefined;
  const nextProbeTime = secondsAfter(now, FIRST_PROBE_SECONDS);
  return { ...described(last), since: now.toISOString(), probes: 0, nextProbeTime };
}

export interface Loads {
  readonly actions: readonly Action[];
  readonly stalled?: Stalled | undefined;
}

/** The load Jobs to start: as many as there is room for, or while the run is stalled one at a time. */
export function decideLoads(
  observed: Observed,
  waiting: readonly ObservedTable[],
  stalled: Stalled | undefined,
  now: Date,
  mustBeAlone: (table: ObservedTable) => boolean = () => false,
): Loads {
  const { ingestion, jobs } = observed;
  if (stalled === undefined) {
    const admitted = admit(ingestion, waiting, jobs, mustBeAlone);
    return { actions: wouldBeRejected(observed) ? admitted.slice(0, 1) : admitted };
  }
  const { metadata, status } = ingestion;
  const isTriggered = status.stalled !== undefined && status.observedGeneration !== metadata.generation;
  const wait = -secondsSince(stalled.nextProbeTime, now);
  // Longer only where a clock was set back since.
  const isDue = isTriggered || wait <= 0 || wait > MAX_PROBE_SECONDS;
  if (!isDue || isProbing(jobs, stalled) || freeSlots(ingestion, jobs) === 0) return { actions: [], stalled };
  const probes = isTriggered ? 0 : stalled.probes;
  const smallest = waiting.toSorted((one, other) => bytesOf(one) - bytesOf(other))[0];
  if (smallest === undefined) {
    // Each try takes another table, in case the failures are about some tables after all; those that failed come again last.
    const retry = retryOldest(observed);
    if (retry === undefined) return { actions: [], stalled };
    return { actions: [retry], stalled: { ...stalled, probes, nextProbeTime: now.toISOString() } };
  }
  const seconds = Math.min(MAX_PROBE_SECONDS, FIRST_PROBE_SECONDS * 2 ** Math.min(probes + 1, 10));
  const next = { ...stalled, probes: probes + 1, nextProbeTime: secondsAfter(now, seconds) };
  return { actions: [loadJob(ingestion, smallest)], stalled: next };
}

/** Of hundreds of Jobs that would be rejected for the same reason one is tried: the apiserver is everybody's. */
function wouldBeRejected({ problem }: Observed): boolean {
  return problem !== undefined && ABOUT_ALL.has(problem.reason);
}

/** Whether a load that began since the run is stalled has not ended, or a Job still has to begin or to go. */
function isProbing(jobs: readonly ObservedJob[], stalled: Stalled): boolean {
  return jobs.some(
    (job) =>
      isLoad(job) &&
      isActive(job) &&
      (job.deleting === true || job.startTime === undefined || Date.parse(job.startTime) >= beganAt(stalled)),
  );
}

function retryOldest({ jobs }: Observed): Action | undefined {
  const [oldest] = jobs
    .filter((job) => sharedFailureOf(job) !== undefined)
    .toSorted((one, other) => timeOf(one.completionTime) - timeOf(other.completionTime));
  return oldest === undefined ? undefined : { type: 'DeleteJob', name: oldest.name };
}

/** The end of a load, in milliseconds. */
interface LoadEnd {
  readonly start: number;
  readonly end: number;
  /** It reached the database and its data was read. */
  readonly isGood: boolean;
  readonly shared: Failure | undefined;
}

function hasSharedFailure({ tables, jobs }: Observed): boolean {
  return (
    jobs.some((job) => sharedFailureOf(job) !== undefined) ||
    tables.some(({ status }) => status.phase === 'Failed' && status.jobName !== undefined && isSharedFailure(status))
  );
}

function loadEnds({ tables, jobs }: Observed): LoadEnd[] {
  const ended = tables.filter(({ status }) => isFinalPhase(status.phase) && status.jobName !== undefined);
  const known = new Set(ended.map(({ name }) => name));
  const ofTables = ended.map(({ status }) => loadEnd(status.startTime, status.completionTime, status.failure));
  const ofJobs = jobs
    .filter((job) => isLoad(job) && isEnd(job.state) && tablesOf(job).some((name) => !known.has(name)))
    .map((job) => loadEnd(job.startTime, job.completionTime, job.state === 'Failed' ? failureOf(job) : undefined));
  return [...ofTables, ...ofJobs];
}

function loadEnd(start: string | undefined, end: string | undefined, failure: Failure | undefined): LoadEnd {
  const shared = failure !== undefined && isShared(failure.code) ? failure : undefined;
  return { start: timeOf(start), end: timeOf(end), isGood: failure === undefined || failure.kind === 'Data', shared };
}

function sharedFailureOf(job: ObservedJob): Failure | undefined {
  if (!isLoad(job) || job.state !== 'Failed') return undefined;
  const failure = failureOf(job);
  return isShared(failure.code) ? failure : undefined;
}

function isSharedFailure({ failure }: ObservedTable['status']): boolean {
  return failure !== undefined && isShared(failure.code);
}

function isEnd(state: ObservedJob['state']): boolean {
  return state === 'Succeeded' || state === 'Failed';
}

function described({ code, message }: Failure): Pick<Stalled, 'code' | 'message'> {
  return { code, message: boundedMessage(message) };
}

/** In whole seconds, as Kubernetes has the times of Jobs. */
function beganAt({ since }: Stalled): number {
  return Math.floor(Date.parse(since) / 1000) * 1000;
}

function secondsAfter(now: Date, seconds: number): string {
  return new Date(now.getTime() + seconds * 1000).toISOString();
}

function timeOf(time: string | undefined): number {
  return time === undefined ? -Infinity : Date.parse(time);
}

function bytesOf({ spec }: ObservedTable): number {
  return spec.dat?.bytes ?? 0;
}
