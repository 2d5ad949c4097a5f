import type { Key } from '../../engine/reconcile.ts';
import type { KubernetesApi } from '../client/api.ts';
import type {
  DumpIngestionObject,
  JobObject,
  KubernetesObject,
  ObjectMetadata,
  PodObject,
  Resource,
  TableIngestionObject,
} from '../client/objects.ts';
import { keepIngestion, trimJob, keepPod, keepTable } from './trim.ts';
import { ownerUid } from '../client/objects.ts';
import { DUMP_INGESTIONS, JOBS, PODS, TABLE_INGESTIONS } from '../client/resources.ts';
import { keyOf, Store } from './store.ts';
import { ResourceWatch } from './watch.ts';

export interface CachesOptions {
  readonly api: KubernetesApi;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** Hears of each DumpIngestion that something happened to, or to something of its. */
  readonly onChange: (key: Key) => void;
  readonly onJob?: (job: JobObject, previous: JobObject | undefined) => void;
  readonly onTrouble: (plural: string, error: unknown) => void;
  readonly onRelist?: (plural: string) => void;
  readonly silenceMilliseconds?: number;
  readonly resyncMilliseconds?: number;
}

/** All that the operator watches, as last heard of. */
export class Caches {
  readonly ingestions = new Store<DumpIngestionObject>(keepIngestion);
  readonly tables = new Store<TableIngestionObject>(keepTable);
  readonly jobs = new Store<JobObject>(trimJob);
  readonly pods = new Store<PodObject>(keepPod);
  readonly #options: CachesOptions;
  readonly #watches: ResourceWatch<KubernetesObject>[] = [];
  readonly #jobOwners = new Map<string, Key>();

  constructor(options: CachesOptions) {
    this.#options = options;
    const namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces;
    for (const namespace of namespaces) {
      this.#watch(DUMP_INGESTIONS, namespace, this.ingestions, (object, previous) => {
        if (!isOwnWrite(object, previous)) options.onChange(keyOf(object));
      });
      this.#watch(TABLE_INGESTIONS, namespace, this.tables, (object, previous) => this.#tableChanged(object, previous));
      this.#watch(JOBS, namespace, this.jobs, (object, previous) => this.#jobChanged(object, previous));
      this.#watch(PODS, namespace, this.pods, (object) => this.#podChanged(object));
    }
  }

  /** Whether everything was listed once. */
  get isSynced(): boolean {
    return this.#watches.every((watch) => watch.isSynced);
  }

  /** What keeps them from being like the apiserver's own, where nothing was heard for so long; empty where all is well. */
  problems(silenceMilliseconds: number): readonly string[] {
    return this.#watches.flatMap(({ resource, isSynced, heardAt, trouble }) => {
      if (isSynced && Date.now() - heardAt <= silenceMilliseconds) return [];
      const what = isSynced ? 'have not been heard of for too long' : 'have not been listed yet';
      return [`${resource.plural} ${what}${trouble === undefined ? '' : `: ${trouble}`}`];
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
    const { api, onTrouble, onRelist, silenceMilliseconds, resyncMilliseconds } = this.#options;
    const watch = new ResourceWatch<T>({
      ...{ api, resource, namespace, store, onChange },
      onTrouble: (error) => onTrouble(resource.plural, error),
      onRelist: () => {
        onRelist?.(resource.plural);
        for (const object of this.ingestions.all()) this.#options.onChange(keyOf(object));
      },
      ...(silenceMilliseconds === undefined ? {} : { silenceMilliseconds }),
      ...(resyncMilliseconds === undefined ? {} : { resyncMilliseconds }),
    });
    this.#watches.push(watch as unknown as ResourceWatch<KubernetesObject>);
  }

  #tableChanged(object: TableIngestionObject, previous: TableIngestionObject | undefined): void {
    if (!isOwnWrite(object, previous)) this.#ownerChanged(object.metadata);
  }

  #jobChanged(object: JobObject, previous: JobObject | undefined): void {
    this.#options.onJob?.(object, previous);
    const key = this.#ownerChanged(object.metadata);
    if (key === undefined) return;
    // One that is gone may have a successor of the same name by now.
    const isThere = this.jobs.get(keyOf(object))?.metadata.uid === object.metadata.uid;
    if (isThere) this.#jobOwners.set(object.metadata.uid, key);
    else this.#jobOwners.delete(object.metadata.uid);
  }

  /** A pod whose Job is not known yet is looked at when it is. */
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

/** A status that the operator wrote is no news to it: numbers change every second while something runs. One that is gone comes as its own past. */
function isOwnWrite(object: KubernetesObject, previous: KubernetesObject | undefined): boolean {
  if (previous === undefined || previous === object || previous.metadata.uid !== object.metadata.uid) return false;
  const { generation, deletionTimestamp } = object.metadata;
  return previous.metadata.generation === generation && previous.metadata.deletionTimestamp === deletionTimestamp;
}
