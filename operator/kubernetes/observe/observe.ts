import { LABELS } from '../../../crds/contract/names.ts';
import { missingTables } from '../../decide/catalogue.ts';
import { isTrue } from '../../decide/conditions.ts';
import type { Observed, ObservedIngestion, ObservedJob, ObservedTable } from '../../decide/observed.ts';
import { isFinalPhase } from '../../decide/table.ts';
import type { Key } from '../../engine/reconcile.ts';
import type { KubernetesApi } from '../client/api.ts';
import type { Caches } from '../cache/caches.ts';
import { CatalogueCache } from '../cache/catalogue-cache.ts';
import { JobProbe, type ObservedCatalogue } from './job-probe.ts';
import { isBehind, isFinal, observeJob, runningPod } from './job-state.ts';
import type { DumpIngestionObject, JobObject, TableIngestionObject } from '../client/objects.ts';

const PROGRESS_MILLISECONDS = 3_000;
/** However many tables are being loaded, no more is asked than this each second for one DumpIngestion, and at one look. */
const QUESTIONS_PER_SECOND = 10;
const QUESTIONS_AT_ONCE = 30;

/** What is known of a run beside the caches. */
interface Run {
  readonly uid: string;
  /** By the Job's uid. */
  readonly questions: Map<string, JobProbe>;
  /** Jobs that have not ended. */
  open: number;
  /** What may still be asked at this look. */
  questionsLeft: number;
}

/** Observes from the caches, and asks the apiserver for the little that is in none. */
export class Observer {
  readonly #api: KubernetesApi;
  readonly #caches: Caches;
  readonly #now: () => number;
  readonly #shelf = new CatalogueCache();
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
    const tables = this.#caches.tables.ownedBy(ingestion.metadata.uid).map(observeTable);
    const { conditions } = ingestion.status;
    if (isTrue(conditions, 'Complete') || isTrue(conditions, 'Failed')) {
      this.#forget(key);
      return { ingestion, tables, jobs: [] };
    }
    const ended = new Set(tables.filter(({ status }) => isFinalPhase(status.phase)).map(({ name }) => name));
    const objects = this.#caches.jobs.ownedBy(ingestion.metadata.uid).filter((job) => !isHistory(job, ended));
    const run = this.#runOf(key, ingestion.metadata.uid, objects);
    const jobs = (await Promise.all(objects.map((job) => this.#observeJob(job, run)))).filter(
      (job) => job !== undefined,
    );
    run.open = jobs.filter(({ state }) => !isFinal(state)).length;
    const isWrittenDown = isTrue(conditions, 'Catalogued') && missingTables(ingestion, tables) === 0;
    const catalogue = isWrittenDown
      ? this.#forgetCatalogues(run)
      : await this.#observeCatalogue(ingestion, objects, run);
    return { ingestion, tables, jobs, ...catalogue };
  }

  /** After how many milliseconds to look again, although nothing was heard, at a run that has Jobs at work; as last observed. */
  refreshAfter(key: Key): number | undefined {
    const run = this.#runs.get(key);
    return run === undefined || run.open === 0 ? undefined : progressInterval(run);
  }

  /** Only what is known of Jobs that still exist is kept. */
  #runOf(key: Key, uid: string, jobs: readonly JobObject[]): Run {
    const before = this.#runs.get(key);
    const known = before?.uid === uid ? before : undefined;
    const questions = jobs.map(
      ({ metadata }) =>
        [metadata.uid, known?.questions.get(metadata.uid) ?? new JobProbe(this.#api, this.#now, this.#shelf)] as const,
    );
    const run = { uid, questions: new Map(questions), open: known?.open ?? 0, questionsLeft: QUESTIONS_AT_ONCE };
    this.#runs.set(key, run);
    return run;
  }

  async #observeJob(job: JobObject, run: Run): Promise<ObservedJob | undefined> {
    const pods = this.#caches.pods.ownedBy(job.metadata.uid);
    const observed = observeJob(job, pods);
    const questions = run.questions.get(job.metadata.uid);
    if (observed === undefined || questions === undefined) return undefined;
    const pod = runningPod(pods);
    const pace = { interval: progressInterval(run), tryAcquire: () => run.questionsLeft-- > 0 };
    if (observed.state === 'Running' && observed.kind === 'Load') {
      const progress = pod === undefined ? questions.lastProgress : await questions.progress(pod, pace);
      return { ...observed, ...(progress === undefined ? {} : { progress }) };
    }
    if (observed.state === 'Pending' && observed.problem === undefined) {
      const problem = await questions.problem(job, pods, pace);
      return { ...observed, ...(problem === undefined ? {} : { problem }) };
    }
    // A result that is merely late must not be taken for lost, nor an earlier attempt's for the last one's.
    const isLate =
      isFinal(observed.state) &&
      (observed.result === undefined || (observed.state === 'Failed' && isBehind(job, pods)));
    return isLate ? observeJob(job, await questions.pods(job)) : observed;
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
      return (await run.questions.get(job.metadata.uid)?.catalogue(job, pods, spec.limits.maxTables)) ?? {};
    }
    return {};
  }

  /** What is written down as TableIngestions is not wanted, and would take as much memory as they do. */
  #forgetCatalogues(run: Run | undefined): ObservedCatalogue {
    for (const uid of run?.questions.keys() ?? []) this.#shelf.forget(uid);
    return {};
  }

  #forget(key: Key): void {
    this.#forgetCatalogues(this.#runs.get(key));
    this.#runs.delete(key);
  }
}

/**
 * A Job that has ended and whose table has its final status has nothing more to tell. Thousands of them stay for the time that
 * `ttlSecondsAfterFinished` gives them, and looking at each again and again would make a run's cost grow with the square of its tables.
 */
function isHistory({ metadata, status }: JobObject, endedTables: ReadonlySet<string>): boolean {
  const hasEnded = status?.conditions?.some(
    (condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  );
  return (
    hasEnded === true &&
    metadata.deletionTimestamp === undefined &&
    endedTables.has(metadata.labels?.[LABELS.table] ?? '')
  );
}

function progressInterval({ open }: Run): number {
  return Math.max(PROGRESS_MILLISECONDS, (open * 1000) / QUESTIONS_PER_SECOND);
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
