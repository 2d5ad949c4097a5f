import assert from 'node:assert/strict';
import { accessByKubeconfig } from '../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../operator/kubernetes/client/api.ts';
import { Caches, type CachesOptions } from '../../operator/kubernetes/cache/caches.ts';
import { eventually } from './commands.ts';

export async function apiBy(file: string): Promise<KubernetesApi> {
  return new KubernetesApi(await accessByKubeconfig(file));
}

export type WatchOptions = Partial<Pick<CachesOptions, 'namespaces' | 'idleMilliseconds' | 'resyncMilliseconds'>>;

export interface Watching {
  readonly caches: Caches;
  readonly relists: string[];
  readonly troubles: unknown[];
  /** The names of the DumpIngestions in the cache, sorted. */
  readonly names: () => string[];
  /** Waits until exactly these are in the cache. */
  readonly sees: (...names: string[]) => Promise<void>;
}

/** Watches by the kubeconfig of the unreliable proxy during the work. */
export async function watchDuring(
  file: string,
  work: (watching: Watching) => Promise<void>,
  options: WatchOptions = {},
): Promise<void> {
  const [relists, troubles]: [string[], unknown[]] = [[], []];
  const stop = new AbortController();
  const caches = new Caches({
    api: await apiBy(file),
    namespaces: [],
    onChange: () => undefined,
    onError: (_, error) => void troubles.push(error),
    onRelist: (plural) => void relists.push(plural),
    ...options,
  });
  const names = () => [...caches.ingestions.all()].map(({ metadata }) => metadata.name).sort();
  const sees = (...expected: string[]) => eventually('the cache', 60, () => assert.deepEqual(names(), expected.sort()));
  const run = caches.run(stop.signal);
  try {
    await eventually('the first list', 60, () => assert(caches.isSynced));
    await work({ caches, relists, troubles, names, sees });
  } finally {
    stop.abort();
    await run;
  }
}
