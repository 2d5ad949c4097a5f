import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProcessRecord {
  readonly pid: number;
  /** The kernel's start time of the process: a pid alone may belong to somebody else by now. */
  readonly started: string;
  /** Empty where another program started it. */
  readonly command: readonly string[];
}

/**
 * Runs a command again whenever it ends, as an init system does: Kubernetes' components end themselves when they cannot go on. Told to end,
 * the shell waits for the command, which got the same signal.
 */
const KEEP = 'trap "ended=yes" TERM INT; until [ "$ended" = yes ]; do "$@"; [ "$ended" = yes ] || sleep 0.5; done';

/**
 * Processes that outlive the program which started them, each known by a record file, so that a later program can tell whether they run
 * and stop them, and nothing else.
 */
export class Processes {
  readonly #records: string;
  readonly #logs: string;

  constructor(folder: string) {
    this.#records = join(folder, 'processes');
    this.#logs = join(folder, 'logs');
  }

  /** The file that takes what the process says. */
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

  /** Starts the process unless it runs. */
  start(name: string, command: readonly string[]): void {
    if (this.isRunning(name)) return;
    mkdirSync(this.#logs, { recursive: true });
    const log = openSync(this.log(name), 'a');
    const [program = '', ...parameters] = command;
    // Detached: the leader of a process group of its own, by which its children are reached, too.
    const child = spawn(program, parameters, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
    closeSync(log);
    child.once('error', () => undefined).unref();
    if (child.pid === undefined) throw new Error(`${program} cannot be started`);
    this.#write(name, { pid: child.pid, started: startTime(child.pid) ?? '', command });
  }

  /** Starts the process unless it runs, and again whenever it ends. */
  keep(name: string, command: readonly string[]): void {
    this.start(name, ['/bin/sh', '-c', KEEP, name, ...command]);
  }

  /** Takes over a process that another program started for us, to be stopped like the others. */
  adopt(name: string, pid: number): void {
    this.#write(name, { pid, started: startTime(pid) ?? '', command: [] });
  }

  /** Starts a process that was stopped or killed once more, as it was started before. */
  startAgain(name: string): void {
    const record = this.#read(name);
    if (record === undefined || record.command.length === 0) throw new Error(`${name} was never started here`);
    this.start(name, record.command);
  }

  /** Sends the signal and waits for the end; a process that is still there after the given time is killed. */
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

  /** Stops the process for good. */
  async remove(name: string, signal?: NodeJS.Signals): Promise<void> {
    await this.stop(name, signal);
    rmSync(this.#file(name), { force: true });
  }

  /** An error with the end of the process's log, for one that does not come up. */
  complaint(name: string): string {
    const log = this.log(name);
    const said = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n') : '';
    return `${name} ${this.isRunning(name) ? 'is running' : 'has ended'}; its log ${log} ends:\n${said}`;
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
    // It ended in between, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined where there is no such process, or only its corpse (state Z). */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name in parentheses, may itself hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
