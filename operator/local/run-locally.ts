import { randomUUID } from 'node:crypto';
import type { Log } from '../../crds/contract/log.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import type { Decryption } from '../../crds/contract/task.ts';
import { isTrue } from '../decide/conditions.ts';
import type { ObservedIngestion } from '../decide/observed.ts';
import { reconcile } from '../engine/reconcile.ts';
import { DEFAULT_BACK_OFF, type BackOff } from '../engine/back-off.ts';
import { SYSTEM_CLOCK, WorkQueue } from '../engine/work-queue.ts';
import { ThrottledNotifier, INTERVAL_MILLISECONDS } from './throttled-notifier.ts';
import { ChildProcesses } from './child-processes.ts';
import type { Runners } from './runners.ts';
import { LocalWorld, type LocalView } from './world.ts';

export type { LocalView } from './world.ts';

export interface LocalRunOptions {
  readonly manifest: DumpIngestionManifest;
  /** The folder used instead of the manifest's volume; `spec.source.path` is relative to it. */
  readonly dumpsFolder: string;
  /** The folder used instead of the volume of `spec.archive`, if that is another one. */
  readonly archiveFolder?: string | undefined;
  /** The files of the Secrets of a bucket or a server. */
  readonly sourceSecretsFolder?: string | undefined;
  /** What encrypted dumps are decrypted with. */
  readonly decryption?: Decryption | undefined;
  /** The type map files of `spec.format.dialects`, by dialect name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
  /** Runners that have been started already get its first tasks. The caller ends those that are idle afterwards. */
  readonly runners: Runners;
  /** Called for each change of state at once, and for changes of numbers up to four times per second. */
  readonly onChange?: (view: LocalView) => void;
  readonly log: Log;
  /** Suspends the run and stops its runners. Loaded tables are kept; running the manifest again continues from there. */
  readonly signal?: AbortSignal;
  /** Between the attempts of a Job; by default `DEFAULT_BACK_OFF`. */
  readonly backOff?: BackOff;
}

/** Runs a manifest on this machine to its end: complete, failed, or suspended or stalled with no Job running. */
export async function runLocally(options: LocalRunOptions): Promise<LocalView> {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<undefined>();
  const notifier = new ThrottledNotifier(SYSTEM_CLOCK, options.onChange ?? (() => undefined));
  const throttle = new Throttle();
  const { world, jobs } = createWorld(
    options,
    () => queue.addAfter(world.key, throttle.delay),
    () => queue.addAfter(world.key, Math.max(throttle.delay, INTERVAL_MILLISECONDS)),
  );
  const queue: WorkQueue = new WorkQueue({
    process: async (key) => {
      const requeue = await throttle.time(() => reconcile(key, world));
      notifier.update(world.view);
      if (hasEnded(world.view, jobs)) end(undefined);
      return requeue && requeue.afterSeconds * 1000;
    },
    concurrency: 1,
    backOff: DEFAULT_BACK_OFF,
    clock: SYSTEM_CLOCK,
    // Local reconciles depend on nothing external, so a failure is a bug and a retry would not help.
    onFailure: (_key, error) => fail(error),
  });
  const abort = () => {
    world.suspend();
    jobs.stopAll().catch(fail);
  };
  options.signal?.addEventListener('abort', abort);
  try {
    if (options.signal?.aborted === true) abort();
    queue.add(world.key);
    await ended;
    return world.view;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await queue.shutDown();
    notifier.end();
    await jobs.stopAll();
  }
}

interface RunParts {
  readonly world: LocalWorld;
  readonly jobs: ChildProcesses;
}

function createWorld(options: LocalRunOptions, onChange: () => void, onProgress: () => void): RunParts {
  const ingestion = newIngestion(options.manifest);
  const { namespace, name } = ingestion.metadata;
  const log = options.log.child({ namespace, ingestion: name });
  const clock = SYSTEM_CLOCK;
  const { runners, backOff = DEFAULT_BACK_OFF } = options;
  const jobs = new ChildProcesses({ runners, backOff, clock, log, onChange, onProgress });
  const taskContext = {
    volumeFolder: options.dumpsFolder,
    archiveFolder: options.archiveFolder,
    sourceSecretsFolder: options.sourceSecretsFolder,
    decryption: options.decryption,
    dialectFiles: options.dialectFiles,
    records: 'Shown' as const,
  };
  return { jobs, world: new LocalWorld({ ingestion, jobs, taskContext, clock, log, onChange }) };
}

/**
 * A reconcile takes longer the more tables a run has, and some of a thousand small tables change every second. The pause between two
 * reconciles is at least as long as the last one took, so that the runners get at least half of the CPU.
 */
class Throttle {
  #lastEnd = 0;
  #lastDuration = 0;

  /** Milliseconds until the next reconcile may start. */
  get delay(): number {
    return Math.max(0, this.#lastEnd + this.#lastDuration - performance.now());
  }

  async time<Result>(work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#lastEnd = performance.now();
      this.#lastDuration = this.#lastEnd - start;
    }
  }
}

/**
 * Each `motherload run` is a new run with its own uid; the ledger records what earlier runs loaded. There are no pods to start, and a runner does one
 * task after the other, so nothing is saved by tables that share a Job.
 */
function newIngestion({ metadata, spec }: DumpIngestionManifest): ObservedIngestion {
  return {
    metadata: { namespace: metadata.namespace, name: metadata.name, uid: randomUUID(), generation: 1 },
    spec: { ...spec, loading: { ...spec.loading, tablesPerJob: 1 } },
    status: {},
  };
}

function hasEnded({ ingestion }: LocalView, jobs: ChildProcesses): boolean {
  if (isTrue(ingestion.conditions, 'Complete') || isTrue(ingestion.conditions, 'Failed')) return true;
  // Whoever runs it can do something about it, and the next run continues from there.
  const isStalled = isTrue(ingestion.conditions, 'Stalled');
  return (
    (ingestion.phase === 'Suspended' || isStalled) &&
    !jobs.observe().some(({ state }) => state === 'Pending' || state === 'Running')
  );
}
