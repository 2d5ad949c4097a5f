/** The operator: watches DumpIngestions and their schedules, and creates the Jobs that load them. `--help` lists the options. */
import { exitCodeOf, toFailure } from '../crds/contract/errors.ts';
import { createLog, type Log } from '../crds/contract/log.ts';
import { Controller } from './engine/controller.ts';
import { serveEndpoints, type Endpoints } from './engine/endpoints.ts';
import { serveSecureMetrics } from './engine/secure-metrics.ts';
import { accessFromEnvironment } from './kubernetes/client/access.ts';
import { KubernetesApi, type ResponseInfo } from './kubernetes/client/api.ts';
import { Caches } from './kubernetes/cache/caches.ts';
import { measureCaches, measureJob } from './kubernetes/cluster-metrics.ts';
import { Leader } from './kubernetes/leader.ts';
import { MetricsAccess } from './kubernetes/metrics-access.ts';
import { keyOf } from './kubernetes/cache/store.ts';
import { ClusterScheduleWorld } from './kubernetes/schedule-world.ts';
import { ClusterWorld } from './kubernetes/world.ts';
import { reconcileSchedule } from './engine/reconcile-schedule.ts';
import { reconcile } from './engine/reconcile.ts';
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
/** A reconcile that starts a run is two requests, and nothing else takes time in it. */
const PARALLEL_SCHEDULES = 8;

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
  const stop = stopSignal(log);
  const metrics = new Metrics();
  const access = await accessFromEnvironment(options.serviceAccountFolder);
  const onResponse = (response: ResponseInfo) => metrics.count('motherload_api_requests_total', { ...response });
  const onSilence = () => metrics.count('motherload_api_silences_total');
  let wroteAt = -Infinity;
  const onApiResponse = (response: ResponseInfo) => {
    if (response.method !== 'GET') wroteAt = performance.now();
    onResponse(response);
  };
  const api = new KubernetesApi(access, onApiResponse, onSilence);
  const isLeader = () => leader === undefined || leader.isLeader;
  const { caches, ...controllers } = createControllers(options, api, metrics, log, isLeader);
  // Separate connections: renewing the Lease must not wait until one of the others is free.
  const leaseApi = new KubernetesApi(access, onResponse, onSilence);
  const leader =
    options.leaderElection &&
    new Leader({ api: leaseApi, ...options.leaderElection, onError: warnAbout(log, 'a request for the Lease failed') });
  const endpoints = await serve(options, api, log, {
    unhealthy: () => {
      const hangs =
        performance.now() - wroteAt > IDLE_MILLISECONDS &&
        Object.values(controllers).some((one) => one.longestRunningMilliseconds > HUNG_MILLISECONDS);
      return hangs ? ['a reconcile hangs'] : [];
    },
    unready: () => caches.problems(UNREACHABLE_MILLISECONDS),
    metrics: () => renderMetrics(metrics, caches, Object.values(controllers), isLeader()),
  });
  log.info('the operator has started', {
    ...endpoints.ports,
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
      controllers.ingestions.start(Array.from(caches.ingestions.all(), keyOf));
      controllers.schedules.start(Array.from(caches.schedules.all(), keyOf));
    },
    stop: async () => {
      await Promise.all(Object.values(controllers).map((one) => one.stop()));
    },
    signal: stop,
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

function stopSignal(log: Log): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info(`received ${signal}; waiting for running reconciles to end`);
      stop.abort();
    });
  }
  return stop.signal;
}

interface ControllerParts {
  readonly caches: Caches;
  readonly ingestions: Controller;
  readonly schedules: Controller;
}

function createControllers(
  options: Options,
  api: KubernetesApi,
  metrics: Metrics,
  log: Log,
  isLeader: () => boolean,
): ControllerParts {
  const onChange = (key: string) => ingestions.enqueue(key);
  const onScheduleChange = (key: string) => schedules.enqueue(key);
  const caches = new Caches({
    api,
    namespaces: options.namespaces,
    onChange,
    onScheduleChange,
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
  const { concurrency } = options;
  const ingestions: Controller = new Controller({
    ...{ kind: 'DumpIngestion', metrics, log, concurrency },
    reconcile: (key) => reconcile(key, world),
    refreshAfter: (key) => world.refreshAfter(key),
    isNew: (key) => caches.ingestions.get(key)?.status === undefined,
  });
  const scheduleWorld = new ClusterScheduleWorld({
    ...{ api, caches, log, now: Date.now },
    onRun: onChange,
    onChange: onScheduleChange,
  });
  // A queue of their own: hundreds of schedules of the same minute must not delay runs, nor wait for them.
  const schedules: Controller = new Controller({
    ...{ kind: 'ScheduledDumpIngestion', metrics, log, concurrency: PARALLEL_SCHEDULES },
    reconcile: (key) => reconcileSchedule(key, scheduleWorld),
  });
  return { caches, ingestions, schedules };
}

/** Probes by http, and with them the metrics unless these have a certificate. */
async function serve(
  { port, secureMetrics }: Options,
  api: KubernetesApi,
  log: Log,
  endpoints: Endpoints & { readonly metrics: () => string },
): Promise<{ readonly ports: Readonly<Record<string, number>>; close(): void }> {
  if (secureMetrics === undefined) {
    const server = await serveEndpoints(port, endpoints);
    return { ports: { port: server.port }, close: () => server.close() };
  }
  const access = new MetricsAccess(api);
  const probes = await serveEndpoints(port, { ...endpoints, metrics: undefined });
  const metrics = await serveSecureMetrics({
    ...{ port: secureMetrics.port, certificateFolder: secureMetrics.certificateFolder, metrics: endpoints.metrics },
    authorize: secureMetrics.authentication ? (token) => access.permissionOf(token) : undefined,
    onError: warnAbout(log, '/metrics cannot be served as it should'),
  });
  const close = () => {
    probes.close();
    metrics.close();
  };
  return { ports: { port: probes.port, metricsPort: metrics.port }, close };
}

function renderMetrics(
  metrics: Metrics,
  caches: Caches,
  controllers: readonly Controller[],
  isLeader: boolean,
): string {
  measureCaches(metrics, caches, Date.now());
  const { user, system } = process.cpuUsage();
  for (const { kind, depth } of controllers) metrics.set('motherload_queue_depth', depth, { kind });
  metrics.set('motherload_leader', isLeader ? 1 : 0);
  metrics.set('process_resident_memory_bytes', process.memoryUsage.rss());
  metrics.set('process_cpu_seconds_total', (user + system) / 1e6);
  return metrics.render();
}

function warnAbout(log: Log, message: string): (error: unknown) => void {
  return (error) => log.warn(message, { error: error instanceof Error ? error.message : String(error) });
}
