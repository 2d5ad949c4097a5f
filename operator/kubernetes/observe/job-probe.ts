import { isDeepStrictEqual } from 'node:util';
import type { Progress, TableResult } from '../../../crds/contract/report.ts';
import type { Observed, ObservedJob, Problem } from '../../decide/observed.ts';
import { inlineResults } from '../../../crds/contract/table-results.ts';
import type { Reason } from '../../decide/reasons.ts';
import type { KubernetesApi } from '../client/api.ts';
import { MAX_CATALOGUE_BYTES, type CatalogueCache } from '../cache/catalogue-cache.ts';
import { trimPod } from '../cache/trim.ts';
import { ownerUid, pathOf, type EventObject, type JobObject, type PodObject } from '../client/objects.ts';
import { EVENTS, PODS } from '../client/resources.ts';
import { byAttempt, decidingPod, hasEnded, succeededPod } from './attempts.ts';
import { problemOfEvents } from './pod-problem.ts';
import { readCatalogue, readProgress, readResults } from './runner-output.ts';

/** Events are requested once a Job has not started for this long, and again at this interval. */
const STUCK_MILLISECONDS = 4_000;

/** When an unreadable log is requested again. Usually its node does not respond, and the apiserver waits half a minute for it. */
const UNREADABLE_MILLISECONDS = 10_000;
/** More than `spec.retry.limit` and a few disruptions can create; anybody may put the label on a pod. */
const MAX_PODS = 200;

export interface RateLimit {
  /** The minimum time between two requests for the same thing, in milliseconds. */
  readonly interval: number;
  /** Whether one more request may be sent now. */
  readonly tryAcquire: () => boolean;
}

export type ObservedResults = Pick<ObservedJob, 'results' | 'resultsProblem'>;
export type ObservedCatalogue = Pick<Observed, 'catalogue' | 'catalogueProblem'>;

interface Sample<T> {
  readonly takenAt: number;
  readonly value: T | undefined;
}

/** Requests what no watch reports about one Job: logs, events, and pods that the watch has missed so far. */
export class JobProbe {
  readonly #api: KubernetesApi;
  readonly #now: () => number;
  readonly #catalogues: CatalogueCache;
  #progress: Sample<Progress> | undefined;
  #progressSince: number | undefined;
  #problem: Sample<Problem> | undefined;
  #pods: readonly PodObject[] | undefined;
  #results: readonly TableResult[] | undefined;
  #unreadResults: { readonly since: number; readonly problem: Problem } | undefined;
  #catalogueFault: string | undefined;
  #unreadable: { readonly since: number; readonly observed: ObservedCatalogue } | undefined;

  constructor(api: KubernetesApi, now: () => number, catalogues: CatalogueCache) {
    this.#api = api;
    this.#now = now;
    this.#catalogues = catalogues;
  }

  get lastProgress(): Progress | undefined {
    return this.#progress?.value;
  }

  /** The last progress in the pod's log. For the first time after one interval: many loads have ended by then. */
  async progress(pod: PodObject, { interval, tryAcquire }: RateLimit): Promise<Progress | undefined> {
    this.#progress ??= { takenAt: this.#now(), value: undefined };
    if (this.#isWithin(interval, this.#progress.takenAt)) return this.#progress.value;
    if (!tryAcquire()) return this.#progress.value;
    const last = this.#progress.value;
    const value = (await readProgress(this.#api, pod)) ?? last;
    this.#progress = { takenAt: this.#now(), value };
    if (this.#progressSince === undefined || !isSame(last, value)) this.#progressSince = this.#now();
    return value;
  }

  /** Since when the progress is the same, as a time; undefined before it was asked for. */
  get silentSince(): string | undefined {
    return this.#progressSince === undefined ? undefined : new Date(this.#progressSince).toISOString();
  }

  /** Why the Job has no pod, or why its pods do not start, if no status says so. */
  async problem(
    { metadata, status }: JobObject,
    pods: readonly PodObject[],
    { interval, tryAcquire }: RateLimit,
  ): Promise<Problem | undefined> {
    const since = Date.parse(status?.startTime ?? metadata.creationTimestamp ?? '');
    if (this.#now() - since < STUCK_MILLISECONDS) return undefined;
    if (this.#problem !== undefined && this.#isWithin(Math.max(STUCK_MILLISECONDS, interval), this.#problem.takenAt))
      return this.#problem.value;
    if (!tryAcquire()) return this.#problem?.value;
    // Once there is a pod, earlier events of the Job are out of date, also when that pod has ended.
    const waiting = pods.filter((pod) => !hasEnded(pod));
    const last = pods.toSorted(byAttempt).at(-1)?.metadata.creationTimestamp ?? '';
    const subjects = waiting.length > 0 ? waiting.map((pod) => pod.metadata.uid) : [metadata.uid];
    const events = await Promise.all(subjects.map((uid) => this.#events(metadata.namespace, uid)));
    const value = events.includes(undefined)
      ? this.#problem?.value
      : problemOfEvents(
          events.flatMap((some) => some ?? []).filter(({ lastTimestamp }) => (lastTimestamp ?? last) >= last),
        );
    this.#problem = { takenAt: this.#now(), value };
    return value;
  }

  /** The pods of a Job that has ended, from the apiserver itself: the watch of pods may lag behind that of Jobs. */
  async pods({ metadata }: JobObject): Promise<readonly PodObject[]> {
    if (this.#pods !== undefined) return this.#pods;
    const query = { labelSelector: `batch.kubernetes.io/controller-uid=${metadata.uid}`, limit: MAX_PODS };
    const { items = [] } = await this.#api.request<{ items?: PodObject[] }>('GET', pathOf(PODS, metadata.namespace), {
      query,
    });
    this.#pods = items.filter((pod) => ownerUid(pod) === metadata.uid).map(trimPod);
    return this.#pods;
  }

  /** What became of the tables that shared a Job which has ended, or why that cannot be read now; neither if it was lost. */
  async results({ state, result, tableNames = [] }: ObservedJob, pods: readonly PodObject[]): Promise<ObservedResults> {
    if (this.#results !== undefined) return { results: this.#results };
    if (result?.task !== 'LoadBatch' || result.results === undefined) return {};
    this.#results = inlineResults(result.results, tableNames.length);
    if (this.#results !== undefined) return { results: this.#results };
    if (this.#unreadResults !== undefined && this.#isWithin(UNREADABLE_MILLISECONDS, this.#unreadResults.since))
      return { resultsProblem: this.#unreadResults.problem };
    const pod = decidingPod(state, pods);
    if (pod === undefined) return {};
    try {
      this.#results = await readResults(this.#api, pod, tableNames.length);
      return this.#results === undefined ? {} : { results: this.#results };
    } catch (error) {
      const problem = { reason: 'ResultsUnreadable', message: unreadableLog(pod, error) };
      this.#unreadResults = { since: this.#now(), problem };
      return { resultsProblem: problem };
    }
  }

  /** The catalogue from the log of the Job's pod, or why it cannot be used; neither if it was lost. */
  async catalogue(job: JobObject, pods: readonly PodObject[], maxTables: number): Promise<ObservedCatalogue> {
    const { uid } = job.metadata;
    const cached = this.#catalogues.get(uid);
    if (cached !== undefined) return { catalogue: cached };
    if (this.#catalogueFault !== undefined) return invalid(this.#catalogueFault);
    if (this.#unreadable !== undefined && this.#isWithin(UNREADABLE_MILLISECONDS, this.#unreadable.since))
      return this.#unreadable.observed;
    const pod = succeededPod(pods) ?? succeededPod(await this.pods(job));
    if (pod === undefined) return {};
    try {
      const reading = await readCatalogue(this.#api, pod, { entries: maxTables, bytes: MAX_CATALOGUE_BYTES });
      if (reading === undefined) return {};
      if ('fault' in reading) return invalid((this.#catalogueFault = reading.fault));
      this.#catalogues.put(uid, reading.entries, reading.bytes);
      return { catalogue: reading.entries };
    } catch (error) {
      this.#unreadable = { since: this.#now(), observed: unreadable(pod, error) };
      return this.#unreadable.observed;
    }
  }

  /** Whether so little time has passed; a clock that was set back is no reason to wait until it is there again. */
  #isWithin(milliseconds: number, since: number): boolean {
    const passed = this.#now() - since;
    return passed >= 0 && passed < milliseconds;
  }

  /** Undefined if they cannot be read: they are only a hint, so that is not an error. */
  async #events(namespace: string, uid: string): Promise<readonly EventObject[] | undefined> {
    const query = { fieldSelector: `involvedObject.uid=${uid}`, limit: 100 };
    try {
      return (
        (await this.#api.request<{ items?: EventObject[] }>('GET', pathOf(EVENTS, namespace), { query })).items ?? []
      );
    } catch {
      return undefined;
    }
  }
}

/** Whatever its clock says. */
function isSame(one: Progress | undefined, other: Progress | undefined): boolean {
  return isDeepStrictEqual({ ...one, seconds: 0 }, { ...other, seconds: 0 });
}

function invalid(fault: string): ObservedCatalogue {
  return { catalogueProblem: { reason: 'CatalogueInvalid' satisfies Reason, message: fault, isTransient: false } };
}

function unreadable(pod: PodObject, error: unknown): ObservedCatalogue {
  const message = unreadableLog(pod, error);
  return { catalogueProblem: { reason: 'CatalogueUnreadable' satisfies Reason, message, isTransient: true } };
}

function unreadableLog({ metadata }: PodObject, error: unknown): string {
  return `could not read the log of pod ${metadata.name}: ${error instanceof Error ? error.message : String(error)}`;
}
