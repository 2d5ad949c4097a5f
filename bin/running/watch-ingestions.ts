import { setTimeout as sleep } from 'node:timers/promises';
import { ManifestError, MotherloadError } from '../../crds/contract/errors.ts';
import { backOffDelay, type BackOff } from '../../operator/engine/back-off.ts';
import type { LocalView } from '../../operator/local/run-locally.ts';
import type { Runners } from '../../operator/local/runners.ts';
import type { RunOptions } from '../commands/options.ts';
import { archiveFolderOf } from '../input/archive-folder.ts';
import { describeSource } from '../input/dumps-source.ts';
import { withIngestions } from '../input/prepared-ingestion.ts';
import { interruptible } from '../interruption.ts';
import { refuseUnwritable } from '../report/report-file.ts';
import { DumpsWatch, refuseUnwatchable, withDumps, type Look } from './dumps-watch.ts';
import { printRun, runIngestion, writeReport, type FinishedRun } from './run-ingestions.ts';

const LOOK_MILLISECONDS = 1000;
/** After what may pass by itself: a database that does not answer, for instance. */
const RETRIES: BackOff = { base: 30_000, cap: 600_000 };

/** What is known of a watched DumpIngestion. */
interface Watched {
  readonly watch: DumpsWatch;
  /** Of the dumps that the last run was of. */
  digest?: string;
  /** Runs in a row that are to be tried again. */
  failures: number;
  retryAt?: number;
  /** The files whose problem has been printed. */
  readonly reported: Map<string, string>;
  finished?: FinishedRun;
}

/** Runs each manifest now and whenever a dump in its folder has come or changed, until it is interrupted. */
export async function watchIngestions(
  options: RunOptions,
  runnersFor: (databaseUri: string) => Runners,
): Promise<number> {
  if (options.report !== undefined) refuseUnwritable(options.report);
  return await interruptible((signal) =>
    withIngestions(options, async (ingestions) => {
      for (const prepared of ingestions) {
        refuseUnwatchable(prepared);
        archiveFolderOf(prepared.manifest, options.archive);
      }
      const all = ingestions.map((prepared): Watched => ({
        watch: new DumpsWatch(prepared),
        failures: 0,
        reported: new Map(),
      }));
      for (const { watch } of all) say(watch, `watching ${describeWatched(watch)} for dumps; Ctrl-C ends it`);
      for (;;) {
        for (const one of all) {
          signal.throwIfAborted();
          const look = await one.watch.look(steadyNow());
          report(one, look);
          if (!isDue(one, look, steadyNow())) continue;
          await run(one, look, () =>
            runIngestion(withDumps(one.watch.prepared, look.complete), options, runnersFor, signal),
          );
          if (one.finished !== undefined) printRun(one.finished, options);
          writeReport(
            options,
            all.flatMap(({ finished }) => finished ?? []),
          );
        }
        await sleep(LOOK_MILLISECONDS, undefined, { signal });
      }
    }),
  );
}

/** The time as of the start, to compare the times of files with, and from there on by a clock that nobody sets. */
function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

function isDue({ digest, retryAt }: Watched, look: Look, now: number): boolean {
  if (look.complete.length === 0) return false;
  return look.digest !== digest || (retryAt !== undefined && now >= retryAt);
}

async function run(one: Watched, look: Look, work: () => Promise<FinishedRun>): Promise<void> {
  delete one.finished;
  delete one.retryAt;
  one.digest = look.digest;
  try {
    one.finished = await work();
    if (mayPass(one.finished.view)) retryLater(one);
    else one.failures = 0;
  } catch (error) {
    if (!(error instanceof MotherloadError) || error instanceof ManifestError) throw error;
    say(one.watch, `${error.message}; the next try is in ${retryLater(one) / 1000} s`);
  }
}

/** Whether something failed that the next try may find repaired, without a change of the dumps or the manifest. */
function mayPass({ ingestion }: LocalView): boolean {
  return (ingestion.failures ?? []).some(({ kind }) => kind === 'Transient') || ingestion.stalled !== undefined;
}

/** Returns in how many milliseconds. */
function retryLater(one: Watched): number {
  const delay = backOffDelay(++one.failures, RETRIES);
  one.retryAt = steadyNow() + delay;
  return delay;
}

/** Once for each file, until it is complete or has another problem. */
function report({ watch, reported }: Watched, { problems }: Look): void {
  for (const file of reported.keys()) if (!problems.has(file)) reported.delete(file);
  for (const [file, problem] of problems) {
    if (reported.get(file) === problem) continue;
    reported.set(file, problem);
    say(watch, `${file} is not loaded before it changes: ${problem}`);
  }
}

function describeWatched({ prepared: { manifest, volumeFolder } }: DumpsWatch): string {
  return describeSource(manifest.spec.source, volumeFolder);
}

function say({ prepared }: DumpsWatch, message: string): void {
  process.stderr.write(`${prepared.manifest.metadata.name}: ${message}\n`);
}
