import { randomUUID } from 'node:crypto';
import type { Log } from '../../crds/contract/log.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import { isTrue } from '../decide/conditions.ts';
import type { ObservedIngestion } from '../decide/observed.ts';
import { reconcile } from '../engine/reconcile.ts';
import { SYSTEM_CLOCK, WorkQueue, type BackOff } from '../engine/work-queue.ts';
import { ThrottledNotifier, INTERVAL_MILLISECONDS } from './throttled-notifier.ts';
import { ChildProcesses } from './child-processes.ts';
import type { Runners } from './runners.ts';
import { LocalWorld, type LocalView } from './world.ts';

export type { LocalView } from './world.ts';

export interface LocalRunOptions {
  readonly manifest: DumpIngestionManifest;
  /** The folder that takes the place of the manifest's volume; `spec.source.path` lies below it. */
  readonly dumpsFolder: string;
  /** The type map files of `spec.format.dialects`, by the dialect's name. */
  readonly dialectFiles: Readonly<Record<string, string>>;
  /** Started ones do its first tasks. Those that have nothing to do by its end are left to the caller. */
  readonly runners: Runners;
  /** Hears of each change of state at once, and of numbers four times a second. */
  readonly onChange?: (view: LocalView) => void;
  readonly log: Log;
  /** Suspends the run and stops its runners. What is loaded stays; the same run again goes on from there. */
  readonly signal?: AbortSignal;
  /** Between the attempts of a Job; by default 1 s, doubled each time up to 60 s. */
  readonly backOff?: BackOff;
}

/** Runs a manifest on this machine to its end: complete, failed, or suspended with nothing at work. */
export async function runLocally(options: LocalRunOptions): Promise<LocalView> {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<undefined>();
  const notice = new ThrottledNotifier(SYSTEM_CLOCK, options.onChange ?? (() => undefined));
  const pace = new RateLimit();
  const { world, jobs } = createWorld(
    options,
    () => queue.addAfter(world.key, pace.wait),
    () => queue.addAfter(world.key, Math.max(pace.wait, INTERVAL_MILLISECONDS)),
  );
  const queue: WorkQueue = new WorkQueue({
    process: async (key) => {
      const requeue = await pace.time(() => reconcile(key, world));
      notice.offer(world.view);
      if (hasEnded(world.view, jobs)) end(undefined);
      return requeue && requeue.afterSeconds * 1000;
    },
    concurrency: 1,
    backOff: { base: 1000, cap: 60_000 },
    clock: SYSTEM_CLOCK,
    // On this machine nothing outside can make reconciling fail, so it is a bug and trying again is no help.
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
    notice.end();
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
  const { runners, backOff = { base: 1000, cap: 60_000 } } = options;
  const jobs = new ChildProcesses({ runners, backOff, clock, log, onChange, onProgress });
  const surroundings = { volumeFolder: options.dumpsFolder, dialectFiles: options.dialectFiles };
  return { jobs, world: new LocalWorld({ ingestion, jobs, surroundings, clock, log, onChange }) };
}

/**
 * A look at a run takes the longer the more tables it has, and every second some of a thousand small ones change. Between two looks at least as
 * much time passes as the last one took, so that half of it is the runners'.
 */
class RateLimit {
  #ended = 0;
  #took = 0;

  /** Milliseconds until the next look. */
  get wait(): number {
    return Math.max(0, this.#ended + this.#took - performance.now());
  }

  async time<Result>(look: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    try {
      return await look();
    } finally {
      this.#ended = performance.now();
      this.#took = this.#ended - began;
    }
  }
}

/** Each `motherload run` is a new run, with a uid of its own; what earlier ones loaded, the ledger knows. */
function newIngestion({ metadata, spec }: DumpIngestionManifest): ObservedIngestion {
  return {
    metadata: { namespace: metadata.namespace, name: metadata.name, uid: randomUUID(), generation: 1 },
    spec,
    status: {},
  };
}

function hasEnded({ ingestion }: LocalView, jobs: ChildProcesses): boolean {
  if (isTrue(ingestion.conditions, 'Complete') || isTrue(ingestion.conditions, 'Failed')) return true;
  return (
    ingestion.phase === 'Suspended' && !jobs.observe().some(({ state }) => state === 'Pending' || state === 'Running')
  );
}
