import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProcessRecord {
  readonly pid: number;
  /** The start time of the process, since its ID may have been reused. */
  readonly started: string;
  /** Empty if another program started it. */
  readonly command: readonly string[];
}

/**
 * Restarts a command whenever it ends, as an init system does, since Kubernetes' components exit when they cannot continue. On a signal the
 * shell waits for the command, which received the same signal.
 */
const KEEP = 'trap "ended=yes" TERM INT; until [ "$ended" = yes ]; do "$@"; [ "$ended" = yes ] || sleep 0.5; done';

/**
 * Processes that keep running after the program that started them. Each has a record file, so that a later program can check whether it is
 * running, and stop exactly these.
 */
export class Processes {
  readonly #records: string;
  readonly #logs: string;

  constructor(folder: string) {
    this.#records = join(folder, 'processes');
    this.#logs = join(folder, 'logs');
  }

  /** The file with the output of the process. */
  log(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  names(): string[] {
    if (!existsSync(this.#records)) return [];
    return readdirSync(this.#records).map((file) => file.replace(/\.json$/, ''));
  }

  isRunning(name: string): boolean {
    const record = this.#read(name);
    return record !== undefined && startTime(record.pid) === record.started;
  }

  pid(name: string): number | undefined {
    return this.isRunning(name) ? this.#read(name)?.pid : undefined;
  }

  /** Starts the process unless it is running. */
  start(name: string, command: readonly string[]): void {
    if (this.isRunning(name)) return;
    mkdirSync(this.#logs, { recursive: true });
    const log = openSync(this.log(name), 'a');
    const [program = '', ...parameters] = command;
    // Detached, as the leader of its own process group, so that signals reach its children, too.
    const child = spawn(program, parameters, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
    closeSync(log);
    child.once('error', () => undefined).unref();
    if (child.pid === undefined) throw new Error(`${program} cannot be started`);
    this.#write(name, { pid: child.pid, started: startTime(child.pid) ?? '', command });
  }

  /** Starts the process unless it is running, and restarts it whenever it ends. */
  keep(name: string, command: readonly string[]): void {
    this.start(name, ['/bin/sh', '-c', KEEP, name, ...command]);
  }

  /** Records a process that another program has started, so that it is stopped like the others. */
  adopt(name: string, pid: number): void {
    this.#write(name, { pid, started: startTime(pid) ?? '', command: [] });
  }

  /** Restarts a process that was stopped or killed, with the same command. */
  startAgain(name: string): void {
    const record = this.#read(name);
    if (record === undefined || record.command.length === 0) throw new Error(`${name} was not started here`);
    this.start(name, record.command);
  }

  /** Sends the signal and waits until the process has ended; after the given time it is killed. */
  async stop(name: string, signal: NodeJS.Signals = 'SIGTERM', seconds = 15): Promise<void> {
    const record = this.#read(name);
    if (record === undefined || !this.isRunning(name)) return;
    const target = record.command.length === 0 ? record.pid : -record.pid;
    signalProcess(target, signal);
    const end = Date.now() + seconds * 1000;
    while (this.isRunning(name)) {
      if (Date.now() > end) signalProcess(target, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Stops the process and forgets it. */
  async remove(name: string, signal?: NodeJS.Signals): Promise<void> {
    await this.stop(name, signal);
    rmSync(this.#file(name), { force: true });
  }

  /** A message with the last lines of the log of a process that does not start. */
  complaint(name: string): string {
    const log = this.log(name);
    const tail = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n') : '';
    return `${name} ${this.isRunning(name) ? 'is running' : 'has ended'}; the last lines of its log ${log}:\n${tail}`;
  }

  #file(name: string): string {
    return join(this.#records, `${name}.json`);
  }

  #write(name: string, record: ProcessRecord): void {
    mkdirSync(this.#records, { recursive: true });
    writeFileSync(this.#file(name), JSON.stringify(record));
  }

  #read(name: string): ProcessRecord | undefined {
    const file = this.#file(name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord) : undefined;
  }
}

/** A negative number names a process group (kill(2)). */
function signalProcess(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Field 22 of /proc/PID/stat (proc(5)); undefined if there is no such process, or only a zombie (state Z) without other threads. While one of
 * them is still ending, the process has its ports and files: a killed apiserver's successor found its port taken.
 */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name in parentheses, may contain blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads, started] = [fields[0], Number(fields[17]), fields[19]];
    return state === 'Z' && threads <= 1 ? undefined : started;
  } catch {
    return undefined;
  }
}
