/** The operator: watches DumpIngestions and creates the Jobs that load them. `--help` lists the options. */
import { exitCodeOf, toFailure } from '../crds/contract/errors.ts';
import { createLog, type Log } from '../crds/contract/log.ts';
import { Controller } from './engine/controller.ts';
import { serveEndpoints } from './engine/endpoints.ts';
import { accessFromEnvironment } from './kubernetes/client/access.ts';
import { KubernetesApi, type ResponseInfo } from './kubernetes/client/api.ts';
import { Caches } from './kubernetes/cache/caches.ts';
import { measureCaches, measureJob } from './kubernetes/cluster-metrics.ts';
import { Leader } from './kubernetes/leader.ts';
import { keyOf } from './kubernetes/cache/store.ts';
import { ClusterWorld } from './kubernetes/world.ts';
import { runAsLeader } from './engine/leadership.ts';
import { Metrics } from './engine/metrics.ts';
import { OPTIONS, readOptions, variableOf, type Options } from './options.ts';

/** A watch reconnects after 20 s of silence, so after twice that without contact the apiserver is unreachable. */
const UNREACHABLE_MILLISECONDS = 40_000;
/** Creating tens of thousands of TableIngestions takes minutes. A reconcile that takes longer and has not written for a while hangs: restart. */
const HUNG_MILLISECONDS = 600_000;
const IDLE_MILLISECONDS = 120_000;
/** Kubernetes sends SIGKILL 30 s after SIGTERM. */
const DRAIN_MILLISECONDS = 20_000;

if (process.argv.includes('--help')) {
  for (const [name, { default: value = 'required', text }] of Object.entries(OPTIONS)) {
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
  // Open connections and timers of libraries must not keep a finished process alive.
  setTimeout(() => process.exit(), 1000).unref();
}

/** Runs until SIGTERM or SIGINT. */
async function run(options: Options, log: Log): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info(`received ${signal}; waiting for running reconciles to end`);
      stop.abort();
    });
  }
  const metrics = new Metrics();
  const access = await accessFromEnvironment(options.serviceAccountFolder);
  const onResponse = (response: ResponseInfo) => metrics.count('motherload_api_requests_total', { ...response });
  const onSilence = () => metrics.count('motherload_api_silences_total');
  let wroteAt = 0;
  const onApiResponse = (response: ResponseInfo) => {
    if (response.method !== 'GET') wroteAt = Date.now();
    onResponse(response);
  };
  const api = new KubernetesApi(access, onApiResponse, onSilence);
  const isLeader = () => leader === undefined || leader.isLeader;
  const { caches, controller } = createController(options, api, metrics, log, isLeader);
  // Separate connections: renewing the Lease must not wait until one of the others is free.
  const leaseApi = new KubernetesApi(access, onResponse, onSilence);
  const leader =
    options.leaderElection &&
    new Leader({ api: leaseApi, ...options.leaderElection, onError: warnAbout(log, 'a request for the Lease failed') });
  const endpoints = await serveEndpoints(options.port, {
    unhealthy: () => {
      const hangs =
        controller.longestRunningMilliseconds > HUNG_MILLISECONDS && Date.now() - wroteAt > IDLE_MILLISECONDS;
      return hangs ? ['a reconcile hangs'] : [];
    },
    unready: () => caches.problems(UNREACHABLE_MILLISECONDS),
    metrics: () => renderMetrics(metrics, caches, controller, isLeader()),
  });
  log.info('the operator has started', {
    port: endpoints.port,
    namespaces: options.namespaces,
    runnerImage: options.jobs.runnerImage,
  });
  const watching = new AbortController();
  const watched = caches.run(watching.signal);
  const end = await runAsLeader({
    isReady: () => caches.isSynced,
    lease: leader,
    start: () => {
      if (leader !== undefined) log.info('this replica is the leader');
      controller.start(Array.from(caches.ingestions.all(), keyOf));
    },
    stop: () => controller.stop(),
    signal: stop.signal,
    drainMilliseconds: DRAIN_MILLISECONDS,
  });
  if (end === 'Lost') {
    log.error('this replica is no longer the leader and exits, since another one may act now');
    process.exit(1);
  }
  watching.abort();
  await watched;
  endpoints.close();
  log.info('the operator has stopped');
}

interface ControllerParts {
  readonly caches: Caches;
  readonly controller: Controller;
}

function createController(
  options: Options,
  api: KubernetesApi,
  metrics: Metrics,
  log: Log,
  isLeader: () => boolean,
): ControllerParts {
  const onChange = (key: string) => controller.enqueue(key);
  const caches = new Caches({
    api,
    namespaces: options.namespaces,
    onChange,
    // All replicas watch Jobs; only the leader measures them, so that each Job is counted once.
    onJob: (job, previous) => {
      if (isLeader()) measureJob(metrics, job, previous);
    },
    onError: (resource, error) => {
      metrics.count('motherload_watch_failures_total', { resource });
      warnAbout(log, `the watch of ${resource} failed and will be retried`)(error);
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

function warnAbout(log: Log, message: string): (error: unknown) => void {
  return (error) => log.warn(message, { error: error instanceof Error ? error.message : String(error) });
}
