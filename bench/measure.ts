import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Command } from './contenders/contender.ts';

/** The cost of one command. Some figures are available only on Linux. */
export interface Measurement {
  readonly seconds: number;
  /** User and system time of the command and all its child processes. */
  readonly clientCpuSeconds: number;
  readonly serverCpuSeconds: number | undefined;
  /** The largest resident set of one process. */
  readonly peakBytes: number | undefined;
}

/** bash's own `time` includes all processes of a pipeline and their children, and needs no package. Its output goes to descriptor 3. */
const TIMED = 'TIMEFORMAT="%U %S"; { time "$@" 2>&4; } 4>&2 2>&3';
const SAMPLE_MILLISECONDS = 50;
/** A backend is counted while it runs and after the postmaster has waited for it, but not in between. */
const BACKEND_ENDS_MILLISECONDS = 300;

export async function measure(command: Command, postmaster: number | undefined): Promise<Measurement> {
  const serverBefore = serverCpuSeconds(postmaster);
  const started = performance.now();
  const child = spawn('bash', ['-c', TIMED, 'bash', command.program, ...command.parameters], {
    env: { ...process.env, ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const peaks = new Map<number, number>();
  const sampler = setInterval(() => samplePeaks(child.pid ?? 0, command.runner, peaks), SAMPLE_MILLISECONDS);
  try {
    const [output, times] = await Promise.all([textOf(child.stdio[1], child.stdio[2]), textOf(child.stdio[3])]);
    const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)));
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0)
      throw new Error(
        `${command.program} ${command.parameters.join(' ')}\nended with ${code ?? 'a signal'}:\n${output}`,
      );
    await setTimeout(BACKEND_ENDS_MILLISECONDS);
    const serverAfter = serverCpuSeconds(postmaster);
    return {
      seconds,
      clientCpuSeconds: times
        .trim()
        .split(' ')
        .map(Number)
        .reduce((sum, part) => sum + part, 0),
      serverCpuSeconds:
        serverBefore === undefined || serverAfter === undefined ? undefined : serverAfter - serverBefore,
      peakBytes: peaks.size === 0 ? undefined : Math.max(...peaks.values()),
    };
  } finally {
    clearInterval(sampler);
  }
}

async function textOf(...streams: unknown[]): Promise<string> {
  let text = '';
  await Promise.all(
    streams.map(async (stream) => {
      for await (const chunk of stream as AsyncIterable<Buffer>) text = (text + chunk.toString()).slice(-10_000);
    }),
  );
  return text;
}

/** The peak memory of each process below this one. It never decreases, so the last sample of a process is its peak. */
function samplePeaks(pid: number, runner: string | undefined, peaks: Map<number, number>): void {
  for (const child of childrenOf(pid)) {
    samplePeaks(child, runner, peaks);
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${child}/status`))?.[1];
    if (peak === undefined) continue;
    if (runner === undefined || readOrEmpty(`/proc/${child}/cmdline`).includes(runner))
      peaks.set(child, Number(peak) * 1024);
  }
}

function childrenOf(pid: number): number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}

/** Of the server's running processes, and of all that it has waited for. proc(5) documents the fields of `stat`. */
export function serverCpuSeconds(postmaster: number | undefined): number | undefined {
  if (postmaster === undefined) return undefined;
  const fields = (pid: number) =>
    readOrEmpty(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')
      .slice(11, 15)
      .map(Number);
  const own = fields(postmaster);
  if (own.length < 4) return undefined;
  const running = childrenOf(postmaster).flatMap((pid) => fields(pid).slice(0, 2));
  return [...own, ...running].reduce((sum, ticks) => sum + ticks, 0) / CLOCK_TICKS;
}

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const CLOCK_TICKS = 100;

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process has just ended, or this is not Linux.
  }
}

export function postmasterOf(serverFolder: string): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return Number(readFileSync(join(serverFolder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}
