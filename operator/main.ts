/** The operator's program: watches DumpIngestions and has them loaded by Jobs. `--help` tells its options. */
import { exitCodeOf, toFailure } from '../crds/contract/errors.ts';
import { createLog, type Log } from '../crds/contract/log.ts';
import { Controller } from './engine/controller.ts';
import { serveEndpoints } from './engine/endpoints.ts';
import { accessFromEnvironment } from './kubernetes/client/access.ts';
import { KubernetesApi, type Answered } from './kubernetes/client/api.ts';
import { Caches } from './kubernetes/cache/caches.ts';
import { measureCaches, measureJob } from './kubernetes/cluster-metrics.ts';
import { Leader } from './kubernetes/leader.ts';
import { keyOf } from './kubernetes/cache/store.ts';
import { ClusterWorld } from './kubernetes/world.ts';
import { lead } from './engine/leadership.ts';
import { Metrics } from './engine/metrics.ts';
import { OPTIONS, readOptions, variableOf, type Options } from './options.ts';

/** A watch reconnects when it was silent for 30 s, so the apiserver is out of reach where nothing was heard for twice that. */
const OUT_OF_REACH_MILLISECONDS = 60_000;
/** A reconcile takes minutes where it makes ten thousands of tables. One that takes longer and has written nothing of late hangs: restart. */
const HUNG_MILLISECONDS = 600_000;
const IDLE_MILLISECONDS = 120_000;
/** Kubernetes kills 30 s after SIGTERM. */
const STOP_MILLISECONDS = 20_000;

if (process.argv.includes('--help')) {
  for (const [name, { default: value = 'needed', text }] of Object.entries(OPTIONS)) {
    console.log(`--${name} VALUE  (${variableOf(name)}; ${value === '' ? 'empty' : value})\n    ${text}`);
  }
} else {
  const log = createLog({ component: 'operator' });
  try {
    await run(readOptions(process.argv.slice(2), process.env), log);
  } catch (error) {
    log.error(toFailure(error).message, { stack: error instanceof Error ? error.stack : undefined });
    process.exitCode = exitCodeOf(error);
  }
  // Connections and timers that others hold must not keep a program alive that has come to its end.
  setTimeout(() => process.exit(), 1000).unref();
}

/** Runs until SIGTERM or SIGINT. */
async function run(options: Options, log: Log): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info(`${signal}: finishing what is under way`);
      stop.abort();
    });
  }
  const metrics = new Metrics();
  const access = await accessFromEnvironment(options.serviceAccountFolder);
  const onAnswer = (answered: Answered) => metrics.count('motherload_api_requests_total', { ...answered });
  let wroteAt = 0;
  const api = new KubernetesApi(access, (answered) => {
    if (answered.method !== 'GET') wroteAt = Date.now();
    onAnswer(answered);
  });
  const isLeader = () => leader === undefined || leader.isLeader;
  const { caches, controller } = assemble(options, api, metrics, log, isLeader);
  // Connections of its own: the Lease must not wait until those of the work are free.
  const leaseApi = new KubernetesApi(access, onAnswer);
  const leader =
    options.leaderElection &&
    new Leader({ api: leaseApi, ...options.leaderElection, onTrouble: troubleWith(log, 'the Lease') });
  const endpoints = await serveEndpoints(options.port, {
    unhealthy: () => {
      const hangs = controller.longestMilliseconds > HUNG_MILLISECONDS && Date.now() - wroteAt > IDLE_MILLISECONDS;
      return hangs ? ['a reconcile hangs'] : [];
    },
    unready: () => caches.problems(OUT_OF_REACH_MILLISECONDS),
    metrics: () => renderMetrics(metrics, caches, controller, isLeader()),
  });
  log.info('the operator has started', {
    port: endpoints.port,
    namespaces: options.namespaces,
    runnerImage: options.jobs.runnerImage,
  });
  const watching = new AbortController();
  const watched = caches.run(watching.signal);
  const end = await lead({
    isReady: () => caches.isSynced,
    lease: leader,
    start: () => {
      if (leader !== undefined) log.info('this replica is the leader');
      controller.start(Array.from(caches.ingestions.all(), keyOf));
    },
    stop: () => controller.stop(),
    signal: stop.signal,
    drainMilliseconds: STOP_MILLISECONDS,
  });
  if (end === 'Lost') {
    log.error('this replica is not the leader any more and ends, since another may act by now');
    process.exit(1);
  }
  watching.abort();
  await watched;
  endpoints.close();
  log.info('the operator has stopped');
}

interface Assembled {
  readonly caches: Caches;
  readonly controller: Controller;
}

function assemble(
  options: Options,
  api: KubernetesApi,
  metrics: Metrics,
  log: Log,
  isLeader: () => boolean,
): Assembled {
  const onChange = (key: string) => controller.enqueue(key);
  const caches = new Caches({
    api,
    namespaces: options.namespaces,
    onChange,
    // All replicas watch; counted by each of them, a Job would be two.
    onJob: (job, previous) => {
      if (isLeader()) measureJob(metrics, job, previous);
    },
    onTrouble: (resource, error) => {
      metrics.count('motherload_watch_failures_total', { resource });
      troubleWith(log, `the watch of ${resource}`)(error);
    },
    onRelist: (resource) => metrics.count('motherload_relists_total', { resource }),
  });
  const world = new ClusterWorld({ api, caches, settings: options.jobs, log, onChange });
  const controller: Controller = new Controller({ world, metrics, log, concurrency: options.concurrency });
  return { caches, controller };
}

function renderMetrics(metrics: Metrics, caches: Caches, controller: Controller, isLeader: boolean): string {
  measureCaches(metrics, caches);
  const { user, system } = process.cpuUsage();
  metrics.set('motherload_queue_depth', controller.depth);
  metrics.set('motherload_leader', isLeader ? 1 : 0);
  metrics.set('process_resident_memory_bytes', process.memoryUsage.rss());
  metrics.set('process_cpu_seconds_total', (user + system) / 1e6);
  return metrics.render();
}

function troubleWith(log: Log, what: string): (error: unknown) => void {
  return (error) => log.warn(`trouble with ${what}`, { error: error instanceof Error ? error.message : String(error) });
}
