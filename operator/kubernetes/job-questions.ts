import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { Progress } from '../../crds/contract/report.ts';
import type { Problem } from '../decide/observed.ts';
import type { KubernetesApi } from './api.ts';
import { lastEndedPod } from './job-state.ts';
import { pathOf, type EventObject, type JobObject, type PodObject } from './objects.ts';
import { problemOfEvents } from './pod-problem.ts';
import { EVENTS, PODS } from './resources.ts';
import { readCatalogue, readProgress } from './runner-output.ts';

/** Events are asked for where a Job has not got to run for so long, and again after so long. */
const STUCK_MILLISECONDS = 4_000;

/** How often the same is asked again, and whether there is room for one more question now. */
export interface Pace {
  readonly interval: number;
  readonly mayAsk: () => boolean;
}

interface Answer<T> {
  readonly at: number;
  readonly value: T | undefined;
}

/** What the apiserver is asked about one Job because no watch tells it: logs, events, and pods that a watch should have told of. */
export class JobQuestions {
  readonly #api: KubernetesApi;
  readonly #now: () => number;
  #progress: Answer<Progress> | undefined;
  #problem: Answer<Problem> | undefined;
  #pods: readonly PodObject[] | undefined;
  #catalogue: readonly TableIngestionSpec[] | undefined;

  constructor(api: KubernetesApi, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  get lastProgress(): Progress | undefined {
    return this.#progress?.value;
  }

  /** The last progress that the pod's log tells of, read no more often than the interval. */
  async progress(pod: PodObject, { interval, mayAsk }: Pace): Promise<Progress | undefined> {
    if (this.#progress !== undefined && this.#now() - this.#progress.at < interval) return this.#progress.value;
    if (!mayAsk()) return this.#progress?.value;
    const last = this.#progress?.value;
    this.#progress = { at: this.#now(), value: (await readProgress(this.#api, pod)) ?? last };
    return this.#progress.value;
  }

  /** What keeps the Job from having a pod, or its pods from starting, where no status says so. */
  async problem({ metadata, status }: JobObject, pods: readonly PodObject[], { interval, mayAsk }: Pace): Promise<Problem | undefined> {
    const since = Date.parse(status?.startTime ?? metadata.creationTimestamp ?? '');
    if (this.#now() - since < STUCK_MILLISECONDS) return undefined;
    if (this.#problem !== undefined && this.#now() - this.#problem.at < Math.max(STUCK_MILLISECONDS, interval)) return this.#problem.value;
    if (!mayAsk()) return this.#problem?.value;
    // With a pod in sight, what the Job could not do before is history.
    const waiting = pods.filter((pod) => lastEndedPod([pod]) === undefined);
    const subjects = waiting.length > 0 ? waiting.map((pod) => pod.metadata.uid) : [metadata.uid];
    const events = await Promise.all(subjects.map((uid) => this.#events(metadata.namespace, uid)));
    this.#problem = { at: this.#now(), value: problemOfEvents(events.flat()) };
    return this.#problem.value;
  }

  /** The pods of a Job that has ended, straight from the apiserver: the watch of pods may be behind that of Jobs. */
  async pods({ metadata }: JobObject): Promise<readonly PodObject[]> {
    const query = { labelSelector: `batch.kubernetes.io/controller-uid=${metadata.uid}` };
    this.#pods ??= (await this.#api.request<{ items?: PodObject[] }>('GET', pathOf(PODS, metadata.namespace), { query })).items ?? [];
    return this.#pods;
  }

  /** The catalogue that the Job's last pod wrote into its log. */
  async catalogue(job: JobObject, pods: readonly PodObject[]): Promise<readonly TableIngestionSpec[] | undefined> {
    if (this.#catalogue !== undefined) return this.#catalogue;
    const pod = lastEndedPod(pods) ?? lastEndedPod(await this.pods(job));
    this.#catalogue = pod === undefined ? undefined : await readCatalogue(this.#api, pod);
    return this.#catalogue;
  }

  forgetCatalogue(): void {
    this.#catalogue = undefined;
  }

  async #events(namespace: string, uid: string): Promise<readonly EventObject[]> {
    const query = { fieldSelector: `involvedObject.uid=${uid}`, limit: 100 };
    return (await this.#api.request<{ items?: EventObject[] }>('GET', pathOf(EVENTS, namespace), { query })).items ?? [];
  }
}
