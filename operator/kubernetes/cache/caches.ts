import type { Key } from '../../engine/reconcile.ts';
import type { KubernetesApi } from '../client/api.ts';
import type {
  DumpIngestionObject,
  JobObject,
  KubernetesObject,
  ObjectMetadata,
  PodObject,
  Resource,
  ScheduledDumpIngestionObject,
  TableIngestionObject,
} from '../client/objects.ts';
import { ownerUid } from '../client/objects.ts';
import { DUMP_INGESTIONS, JOBS, PODS, SCHEDULES, TABLE_INGESTIONS } from '../client/resources.ts';
import { keyOf, Store } from './store.ts';
import { trimIngestion, trimJob, trimPod, trimSchedule, trimTable } from './trim.ts';
import { ResourceWatch } from './watch.ts';

export interface CachesOptions {
  readonly api: KubernetesApi;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** Called for each DumpIngestion that changed, or one of whose objects changed. */
  readonly onChange: (key: Key) => void;
  /** Called for each ScheduledDumpIngestion that changed, or one of whose runs was created, has ended or is deleted. */
  readonly onScheduleChange?: (key: Key) => void;
  readonly onJob?: (job: JobObject, previous: JobObject | undefined) => void;
  readonly onError: (plural: string, error: unknown) => void;
  readonly onRelist?: (plural: string) => void;
  readonly idleMilliseconds?: number;
  readonly resyncMilliseconds?: number;
}

/** The last known state of everything that the operator watches. */
export class Caches {
  readonly ingestions = new Store<DumpIngestionObject>(trimIngestion, { isMeasured: true });
  readonly schedules = new Store<ScheduledDumpIngestionObject>(trimSchedule, { isMeasured: true });
  readonly tables = new Store<TableIngestionObject>(trimTable, { isMeasured: true });
  readonly jobs = new Store<JobObject>(trimJob);
  readonly pods = new Store<PodObject>(trimPod);
  readonly #options: CachesOptions;
  readonly #watches: ResourceWatch<KubernetesObject>[] = [];
  readonly #jobOwners = new Map<string, Key>();

  constructor(options: CachesOptions) {
    this.#options = options;
    const namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces;
    for (const namespace of namespaces) {
      this.#watch(DUMP_INGESTIONS, namespace, this.ingestions, (object, previous) => {
        if (!isOwnWrite(object, previous)) options.onChange(keyOf(object));
        if (!isOwnWrite(object, previous) || object.status?.completionTime !== undefined) this.#runChanged(object);
      });
      this.#watch(SCHEDULES, namespace, this.schedules, (object, previous) => {
        if (!isOwnWrite(object, previous)) options.onScheduleChange?.(keyOf(object));
      });
      this.#watch(TABLE_INGESTIONS, namespace, this.tables, (object, previous) => this.#tableChanged(object, previous));
      this.#watch(JOBS, namespace, this.jobs, (object, previous) => this.#jobChanged(object, previous));
      this.#watch(PODS, namespace, this.pods, (object) => this.#podChanged(object));
    }
  }

  /** Whether everything has been listed at least once. */
  get isSynced(): boolean {
    return this.#watches.every((watch) => watch.isSynced);
  }

  /** Why the caches may be out of date: never listed, or no contact with the apiserver for this long. Empty if they are up to date. */
  problems(maxSilenceMilliseconds: number): readonly string[] {
    return this.#watches.flatMap(({ resource, isSynced, lastContactAt, lastError }) => {
      if (isSynced && performance.now() - lastContactAt <= maxSilenceMilliseconds) return [];
      const what = isSynced
        ? `the watch of ${resource.plural} has had no contact with the apiserver for ${maxSilenceMilliseconds / 1000} s`
        : `${resource.plural} have not been listed yet`;
      return [`${what}${lastError === undefined ? '' : `: ${lastError}`}`];
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.run(signal)));
  }

  #watch<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    store: Store<T>,
    onChange: (object: T, previous: T | undefined) => void,
  ): void {
    const { api, onError, onRelist, idleMilliseconds, resyncMilliseconds } = this.#options;
    const watch = new ResourceWatch<T>({
      ...{ api, resource, namespace, store, onChange },
      onError: (error) => onError(resource.plural, error),
      onRelist: () => {
        onRelist?.(resource.plural);
        for (const object of this.ingestions.all()) this.#options.onChange(keyOf(object));
        for (const object of this.schedules.all()) this.#options.onScheduleChange?.(keyOf(object));
      },
      ...(idleMilliseconds === undefined ? {} : { idleMilliseconds }),
      ...(resyncMilliseconds === undefined ? {} : { resyncMilliseconds }),
    });
    this.#watches.push(watch as unknown as ResourceWatch<KubernetesObject>);
  }

  #runChanged({ metadata }: DumpIngestionObject): void {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner?.kind === 'ScheduledDumpIngestion')
      this.#options.onScheduleChange?.(`${metadata.namespace}/${owner.name}`);
  }

  #tableChanged(object: TableIngestionObject, previous: TableIngestionObject | undefined): void {
    if (!isOwnWrite(object, previous)) this.#ownerChanged(object.metadata);
  }

  #jobChanged(object: JobObject, previous: JobObject | undefined): void {
    this.#options.onJob?.(object, previous);
    const key = this.#ownerChanged(object.metadata);
    if (key === undefined) return;
    // A deleted Job may already have a successor of the same name.
    const exists = this.jobs.get(keyOf(object))?.metadata.uid === object.metadata.uid;
    if (exists) this.#jobOwners.set(object.metadata.uid, key);
    else this.#jobOwners.delete(object.metadata.uid);
  }

  /** A pod whose Job is not known yet is taken into account once it is. */
  #podChanged(object: PodObject): void {
    const key = this.#jobOwners.get(ownerUid(object) ?? '');
    if (key !== undefined) this.#options.onChange(key);
  }

  #ownerChanged({ namespace, ownerReferences }: ObjectMetadata): Key | undefined {
    const owner = ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'DumpIngestion');
    if (owner === undefined) return undefined;
    const key = `${namespace}/${owner.name}`;
    this.#options.onChange(key);
    return key;
  }
}

/**
 * A status that the operator wrote itself needs no reconcile: its numbers change every second during a load. A deleted object is passed as its
 * own previous version.
 */
function isOwnWrite(object: KubernetesObject, previous: KubernetesObject | undefined): boolean {
  if (previous === undefined || previous === object || previous.metadata.uid !== object.metadata.uid) return false;
  const { generation, deletionTimestamp } = object.metadata;
  return previous.metadata.generation === generation && previous.metadata.deletionTimestamp === deletionTimestamp;
}
