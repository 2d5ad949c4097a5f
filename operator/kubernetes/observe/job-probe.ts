import type { Progress } from '../../../crds/contract/report.ts';
import type { Observed, Problem } from '../../decide/observed.ts';
import type { Reason } from '../../decide/reasons.ts';
import type { KubernetesApi } from '../client/api.ts';
import { CATALOGUE_BYTES, type CatalogueCache } from '../cache/catalogue-cache.ts';
import { lastEndedPod, succeededPod } from './job-state.ts';
import { keepPod } from '../cache/trim.ts';
import { ownerUid, pathOf, type EventObject, type JobObject, type PodObject } from '../client/objects.ts';
import { problemOfEvents } from './pod-problem.ts';
import { EVENTS, PODS } from '../client/resources.ts';
import { readCatalogue, readProgress } from './runner-output.ts';

/** Events are asked for where a Job has not got to run for so long, and again after so long. */
const STUCK_MILLISECONDS = 4_000;

/** A log that could not be read is asked for again after so long; mostly its node does not answer, and the apiserver waits half a minute for it. */
const UNREADABLE_MILLISECONDS = 10_000;
/** More than `spec.retry.limit` and a few disruptions make; the label may be on any pod. */
const PODS_AT_MOST = 200;

/** How often the same is asked again, and whether there is room for one more question now. */
export interface RateLimit {
  readonly interval: number;
  readonly tryAcquire: () => boolean;
}

export type ObservedCatalogue = Pick<Observed, 'catalogue' | 'catalogueTrouble'>;

interface Answer<T> {
  readonly at: number;
  readonly value: T | undefined;
}

/** What the apiserver is asked about one Job because no watch tells it: logs, events, and pods that a watch should have told of. */
export class JobProbe {
  readonly #api: KubernetesApi;
  readonly #now: () => number;
  readonly #shelf: CatalogueCache;
  #progress: Answer<Progress> | undefined;
  #problem: Answer<Problem> | undefined;
  #pods: readonly PodObject[] | undefined;
  #catalogueFault: string | undefined;
  #unreadable: { readonly at: number; readonly observed: ObservedCatalogue } | undefined;

  constructor(api: KubernetesApi, now: () => number, shelf: CatalogueCache) {
    this.#api = api;
    this.#now = now;
    this.#shelf = shelf;
  }

  get lastProgress(): Progress | undefined {
    return this.#progress?.value;
  }

  /** The last progress that the pod's log tells of, read no more often than the interval. */
  async progress(pod: PodObject, { interval, tryAcquire }: RateLimit): Promise<Progress | undefined> {
    if (this.#progress !== undefined && this.#now() - this.#progress.at < interval) return this.#progress.value;
    if (!tryAcquire()) return this.#progress?.value;
    const last = this.#progress?.value;
    this.#progress = { at: this.#now(), value: (await readProgress(this.#api, pod)) ?? last };
    return this.#progress.value;
  }

  /** What keeps the Job from having a pod, or its pods from starting, where no status says so. */
  async problem(
    { metadata, status }: JobObject,
    pods: readonly PodObject[],
    { interval, tryAcquire }: RateLimit,
  ): Promise<Problem | undefined> {
    const since = Date.parse(status?.startTime ?? metadata.creationTimestamp ?? '');
    if (this.#now() - since < STUCK_MILLISECONDS) return undefined;
    if (this.#problem !== undefined && this.#now() - this.#problem.at < Math.max(STUCK_MILLISECONDS, interval))
      return this.#problem.value;
    if (!tryAcquire()) return this.#problem?.value;
    // With a pod in sight, what the Job could not do before is history.
    const waiting = pods.filter((pod) => lastEndedPod([pod]) === undefined);
    const subjects = waiting.length > 0 ? waiting.map((pod) => pod.metadata.uid) : [metadata.uid];
    const events = await Promise.all(subjects.map((uid) => this.#events(metadata.namespace, uid)));
    const value = events.includes(undefined)
      ? this.#problem?.value
      : problemOfEvents(events.flatMap((some) => some ?? []));
    this.#problem = { at: this.#now(), value };
    return value;
  }

  /** The pods of a Job that has ended, straight from the apiserver: the watch of pods may be behind that of Jobs. */
  async pods({ metadata }: JobObject): Promise<readonly PodObject[]> {
    if (this.#pods !== undefined) return this.#pods;
    const query = { labelSelector: `batch.kubernetes.io/controller-uid=${metadata.uid}`, limit: PODS_AT_MOST };
    const { items = [] } = await this.#api.request<{ items?: PodObject[] }>('GET', pathOf(PODS, metadata.namespace), {
      query,
    });
    this.#pods = items.filter((pod) => ownerUid(pod) === metadata.uid).map(keepPod);
    return this.#pods;
  }

  /** The catalogue that the Job's pod wrote into its log, or why none can be made of it; neither where it is lost. */
  async catalogue(job: JobObject, pods: readonly PodObject[], maxTables: number): Promise<ObservedCatalogue> {
    const { uid } = job.metadata;
    const kept = this.#shelf.get(uid);
    if (kept !== undefined) return { catalogue: kept };
    if (this.#catalogueFault !== undefined) return invalid(this.#catalogueFault);
    if (this.#unreadable !== undefined && this.#now() - this.#unreadable.at < UNREADABLE_MILLISECONDS)
      return this.#unreadable.observed;
    const pod = succeededPod(pods) ?? succeededPod(await this.pods(job));
    if (pod === undefined) return {};
    try {
      const reading = await readCatalogue(this.#api, pod, { entries: maxTables, bytes: CATALOGUE_BYTES });
      if (reading === undefined) return {};
      if ('fault' in reading) return invalid((this.#catalogueFault = reading.fault));
      this.#shelf.put(uid, reading.entries, reading.bytes);
      return { catalogue: reading.entries };
    } catch (error) {
      this.#unreadable = { at: this.#now(), observed: unreadable(pod, error) };
      return this.#unreadable.observed;
    }
  }

  /** Undefined where they cannot be had: they are a hint, and not worth an error. */
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

function invalid(fault: string): ObservedCatalogue {
  return { catalogueTrouble: { reason: 'CatalogueInvalid' satisfies Reason, message: fault, isTransient: false } };
}

function unreadable({ metadata }: PodObject, error: unknown): ObservedCatalogue {
  const why = error instanceof Error ? error.message : String(error);
  const message = `the log of pod ${metadata.name} cannot be read just now: ${why}`;
  return { catalogueTrouble: { reason: 'CatalogueUnreadable' satisfies Reason, message, isTransient: true } };
}
