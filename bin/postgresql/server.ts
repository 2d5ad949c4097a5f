import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManifestError, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Binaries } from './binaries.ts';
import { dataFolderError, isFull, LOG_FILE, socketFolder } from './data-folder.ts';
import { isOtherProgram, listens, lockFileError, readLockFile } from './lock-file.ts';

/** A server that another process is stopping keeps a new one from starting, and may have ended by the time we check. */
const MAX_START_FAILURES = 5;
const START_PAUSE_MILLISECONDS = 300;
/** While other processes start and stop theirs. */
const MAX_START_MILLISECONDS = 30_000;

/** A server that is just starting needs a moment until it listens; a process that does not by then is not a server. */
const MAX_SILENT_MILLISECONDS = 10_000;
const LISTEN_PAUSE_MILLISECONDS = 100;

/** As long as pg_ctl would wait. */
const MAX_STOP_MILLISECONDS = 60_000;
const STOP_PAUSE_MILLISECONDS = 50;

/**
 * Starts the server unless it runs. For pg_ctl any process of the same user whose number is in the lock file is the server, also one that was
 * given the number after the server had died. So a server that was not started here has to accept a connection. Otherwise neither the file nor
 * the process is touched: only the user can know.
 */
export async function ensureRunning(data: string, binaries: Binaries): Promise<void> {
  let silentProcess: string | undefined;
  let deadline = 0;
  for (;;) {
    if (!(await isRunning(data, binaries)) && (await start(data, binaries))) return;
    const lock = readLockFile(data);
    if (lock !== undefined) {
      if (await listens(join(socketFolder(data), `.s.PGSQL.${lock.port}`))) return;
      if (lock.process !== silentProcess) deadline = performance.now() + MAX_SILENT_MILLISECONDS;
      silentProcess = lock.process;
      const isCertain = isOtherProgram(lock.process);
      if (isCertain || performance.now() > deadline) throw lockFileError(lock, isCertain);
    }
    await sleep(LISTEN_PAUSE_MILLISECONDS);
  }
}

/** Waits here and not in pg_ctl, which would wait for the next server where another process starts one right after. */
export async function stop(data: string, binaries: Binaries): Promise<void> {
  const ending = readLockFile(data)?.process;
  await pgCtl(data, binaries, ['stop', '-W', '-s', '-m', 'fast']);
  const deadline = performance.now() + MAX_STOP_MILLISECONDS;
  while (ending !== undefined && readLockFile(data)?.process === ending) {
    if (performance.now() > deadline) {
      const message = `the embedded PostgreSQL in ${dirname(data)} (process ${ending}) has not stopped after ${MAX_STOP_MILLISECONDS / 1000} s`;
      throw new TransientError('EmbeddedPostgresqlNotStopped', message);
    }
    await sleep(STOP_PAUSE_MILLISECONDS);
  }
}

async function isRunning(data: string, binaries: Binaries): Promise<boolean> {
  return await pgCtl(data, binaries, ['status']).then(
    () => true,
    () => false,
  );
}

/** Whether it was started here, and not by another process at the same moment. */
async function start(data: string, binaries: Binaries): Promise<boolean> {
  const log = join(dirname(data), LOG_FILE);
  const logged = readLog(log).length;
  const deadline = performance.now() + MAX_START_MILLISECONDS;
  for (let failures = 0; ;) {
    const before = readLockFile(data);
    try {
      await pgCtl(data, binaries, ['start', '-w', '-t', '60', '-s', '-l', log]);
      return true;
    } catch (error) {
      if (await isRunning(data, binaries)) return false;
      // With a lock file it was another process's server, which is starting or stopping; without one the server itself fails.
      if (before === undefined && readLockFile(data) === undefined) failures++;
      if (failures === MAX_START_FAILURES || performance.now() > deadline) throw startError(log, logged, error);
    }
    await sleep(START_PAUSE_MILLISECONDS);
  }
}

async function pgCtl(data: string, binaries: Binaries, parameters: readonly string[]): Promise<void> {
  await binaries.run('pg_ctl', [...parameters, '-D', data], { cwd: dirname(data) });
}

/** With the end of what the log got meanwhile: what was in it before would name the cause of another failure. */
function startError(log: string, logged: number, cause: unknown): MotherloadError {
  const lines = readLog(log).subarray(logged).toString().trim();
  // A disk that is full, or read-only so that there is not even a log.
  if (lines === '' || isFull(lines)) return dataFolderError(dirname(log), lines === '' ? cause : new Error(lines));
  const message = `the embedded PostgreSQL did not start. The last lines of its log:\n${lines.split('\n').slice(-5).join('\n')}`;
  return new ManifestError('EmbeddedPostgresql', message, { file: log }, { cause });
}

function readLog(log: string): Buffer {
  return existsSync(log) ? readFileSync(log) : Buffer.alloc(0);
}
