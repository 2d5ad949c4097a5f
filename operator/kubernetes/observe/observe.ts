import { LABELS } from '../../../crds/contract/names.ts';
import { missingTables } from '../../decide/catalogue.ts';
import { isTrue } from '../../decide/conditions.ts';
import {
  isLoad,
  type Observed,
  type ObservedIngestion,
  type ObservedJob,
  type ObservedTable,
} from '../../decide/observed.ts';
import { hasCredibleEnd } from '../../decide/credible.ts';
import { currentRun, tablesOfRuns } from '../../decide/runs.ts';
import type { Key } from '../../engine/reconcile.ts';
import type { KubernetesApi } from '../client/api.ts';
import type { Caches } from '../cache/caches.ts';
import { CatalogueCache } from '../cache/catalogue-cache.ts';
import type { DumpIngestionObject, JobObject, TableIngestionObject } from '../client/objects.ts';
import { JobProbe, type ObservedCatalogue } from './job-probe.ts';
import { isBehind, runningPod } from './attempts.ts';
import { isFinal, observeJob, runNumberOf, sharedTables } from './job-state.ts';
import { problemOfAttempt } from './pod-problem.ts';
import { isTableOfRun } from './table-of-run.ts';

const PROGRESS_MILLISECONDS = 3_000;
/** Bounds on the requests for one DumpIngestion, however many tables are being loaded. */
const MAX_REQUESTS_PER_SECOND = 10;
const MAX_REQUESTS_PER_RECONCILE = 30;

/** What is known about a run in addition to the caches. */
interface Run {
  readonly uid: string;
  /** By the Job's uid. */
  readonly probes: Map<string, JobProbe>;
  /** The number of Jobs that have not ended. */
  openJobs: number;
  /** How many more requests this reconcile may send. */
  requestsLeft: number;
}

/** Observes from the caches, and requests from the apiserver what no cache has. */
export class Observer {
  readonly #api: KubernetesApi;
  readonly #caches: Caches;
  readonly #now: () => number;
  readonly #catalogues = new CatalogueCache();
  readonly #runs = new Map<Key, Run>();

  constructor(api: KubernetesApi, caches: Caches, now: () => number) {
    this.#api = api;
    this.#caches = caches;
    this.#now = now;
  }

  async observe(key: Key): Promise<Observed | undefined> {
    const object = this.#caches.ingestions.get(key);
    if (object === undefined) {
      this.#forget(key);
      return undefined;
    }
    const ingestion = observeIngestion(object);
    const owned = this.#caches.tables.ownedBy(ingestion.metadata.uid);
    const all = owned.filter((table) => isTableOfRun(table, ingestion)).map(observeTable);
    const { tables, earlier, superseded, unread } = tablesOfRuns(ingestion, all);
    const { conditions } = ingestion.status;
    if (isTrue(conditions, 'Complete') || isTrue(conditions, 'Failed')) {
      this.#forget(key);
      return { ingestion, tables, earlier, superseded, jobs: [] };
    }
    const ended = new Set(tables.filter((table) => hasCredibleEnd(table, ingestion)).map(({ name }) => name));
    const { number } = currentRun(ingestion);
    const objects: JobObject[] = [];
    for (const job of this.#caches.jobs.ownedBy(ingestion.metadata.uid)) {
      if (runNumberOf(job) !== number) continue;
      // What its pods said is in the statuses of its tables; of 10,000 tables they would be a quarter of what is kept.
      if (isHistory(job, ended)) this.#caches.pods.forgetOwnedBy(job.metadata.uid);
      else objects.push(job);
    }
    const run = this.#runOf(key, ingestion.metadata.uid, objects);
    const jobs = (await Promise.all(objects.map((job) => this.#observeJob(job, run)))).filter(
      (job) => job !== undefined,
    );
    run.openJobs = jobs.filter(({ state }) => !isFinal(state)).length;
    const doAllTablesExist = isTrue(conditions, 'Catalogued') && missingTables({ ingestion, tables, earlier }) === 0;
    const catalogue = doAllTablesExist
      ? this.#forgetCatalogues(run)
      : await this.#observeCatalogue(ingestion, objects, run);
    return { ingestion, tables, earlier, superseded, unread, jobs, ...catalogue };
  }

  /** The milliseconds after which to reconcile a run that has open Jobs again, even without a change; as of the last observation. */
  refreshAfter(key: Key): number | undefined {
    const run = this.#runs.get(key);
    return run === undefined || run.openJobs === 0 ? undefined : progressInterval(run);
  }

  /** Keeps only the probes of Jobs that still exist. */
  #runOf(key: Key, uid: string, jobs: readonly JobObject[]): Run {
    const before = this.#runs.get(key);
    const known = before?.uid === uid ? before : undefined;
    const probes = jobs.map(
      ({ metadata: { uid } }) =>
        [uid, known?.probes.get(uid) ?? new JobProbe(this.#api, this.#now, this.#catalogues)] as const,
    );
    const openJobs = known?.openJobs ?? 0;
    const run = { uid, probes: new Map(probes), openJobs, requestsLeft: MAX_REQUESTS_PER_RECONCILE };
    this.#runs.set(key, run);
    return run;
  }

  async #observeJob(job: JobObject, run: Run): Promise<ObservedJob | undefined> {
    const pods = this.#caches.pods.ownedBy(job.metadata.uid);
    const observed = observeJob(job, pods, { now: this.#now() });
    const probe = run.probes.get(job.metadata.uid);
    if (observed === undefined || probe === undefined) return undefined;
    const pod = runningPod(pods);
    const rateLimit = { interval: progressInterval(run), tryAcquire: () => run.requestsLeft-- > 0 };
    if (observed.state === 'Running' && isLoad(observed)) {
      const progress = pod === undefined ? probe.lastProgress : await probe.progress(pod, rateLimit);
      const { silentSince } = probe;
      return {
        ...observed,
        ...(progress === undefined ? {} : { progress }),
        ...(silentSince === undefined ? {} : { silentSince }),
      };
    }
    if (observed.state === 'Pending' && observed.problem === undefined) {
      const problem = (await probe.problem(job, pods, rateLimit)) ?? problemOfAttempt(pods, observed.attempts);
      return { ...observed, ...(problem === undefined ? {} : { problem }) };
    }
    // A late result must not be taken for a lost one, nor an earlier attempt's result for the last one's.
    const isLate =
      isFinal(observed.state) &&
      (observed.result === undefined || (observed.state === 'Failed' && isBehind(job, pods)));
    const current = isLate ? await probe.pods(job) : pods;
    const known = isLate ? observeJob(job, current) : observed;
    if (known?.kind !== 'LoadBatch' || !isFinal(known.state)) return known;
    return { ...known, ...(await probe.results(known, current)) };
  }

  async #observeCatalogue(
    { spec }: ObservedIngestion,
    jobs: readonly JobObject[],
    run: Run,
  ): Promise<ObservedCatalogue> {
    for (const job of jobs) {
      const observed = observeJob(job, []);
      if (observed?.kind !== 'Catalogue' || observed.state !== 'Succeeded') continue;
      const pods = this.#caches.pods.ownedBy(job.metadata.uid);
      return (await run.probes.get(job.metadata.uid)?.catalogue(job, pods, spec.limits.maxTables)) ?? {};
    }
    return {};
  }

  /** A catalogue is no longer needed once its TableIngestions exist, and takes as much memory as they do. */
  #forgetCatalogues(run: Run | undefined): ObservedCatalogue {
    for (const uid of run?.probes.keys() ?? []) this.#catalogues.forget(uid);
    return {};
  }

  #forget(key: Key): void {
    this.#forgetCatalogues(this.#runs.get(key));
    this.#runs.delete(key);
  }
}

/**
 * A Job that has ended and whose tables have their final statuses is no longer needed. Thousands of them exist for as long as
 * `ttlSecondsAfterFinished` says, and observing each in every reconcile would make a run's cost quadratic in its tables.
 */
function isHistory(job: JobObject, endedTables: ReadonlySet<string>): boolean {
  const { metadata, status } = job;
  const hasEnded = status?.conditions?.some(
    (condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  );
  if (hasEnded !== true || metadata.deletionTimestamp !== undefined) return false;
  const own = metadata.labels?.[LABELS.table];
  const tables = own === undefined ? sharedTables(job) : [own];
  return tables.length > 0 && tables.every((name) => endedTables.has(name));
}

function progressInterval({ openJobs }: Run): number {
  return Math.max(PROGRESS_MILLISECONDS, (openJobs * 1000) / MAX_REQUESTS_PER_SECOND);
}

function observeIngestion({ metadata, spec, status }: DumpIngestionObject): ObservedIngestion {
  const { namespace, name, uid, generation = 1, resourceVersion, deletionTimestamp } = metadata;
  return {
    metadata: {
      namespace,
      name,
      uid,
      generation,
      resourceVersion,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec,
    status: status ?? {},
  };
}

function observeTable({ metadata, spec, status }: TableIngestionObject): ObservedTable {
  const { name, generation = 1, resourceVersion } = metadata;
  return { name, generation, resourceVersion, spec, status: status ?? {} };
}
