import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { installPackages } from './packages.ts';

/** A MariaDB with a folder of its own, reachable by a socket, and by a port if there is one. */
export interface MariadbServer {
  readonly folder: string;
  readonly socket: string;
  /** Runs statements; each line of the answer is a row, its columns separated by tabs. */
  readonly query: (sql: string) => string[];
  /** Ends it by this signal and starts it again, with the same data. `meanwhile` is called while there is none. */
  readonly restart: (signal: 'SIGTERM' | 'SIGKILL', meanwhile?: () => Promise<void>) => Promise<void>;
  /** Ends it, and removes its folder. */
  readonly stop: () => Promise<void>;
}

export interface MariadbOptions {
  /** On 127.0.0.1. */
  readonly port?: number;
  /** The server's own. */
  readonly options?: readonly string[];
}

const OPTIONS = ['--secure-file-priv=', '--innodb-flush-log-at-trx-commit=0', '--skip-name-resolve'];

export async function startMariadbServer(given: MariadbOptions = {}): Promise<MariadbServer> {
  await installPackages(
    { mariadbd: 'mariadb-server-core', mariadb: 'mariadb-client-core', 'mariadb-dump': 'mariadb-client' },
    "install Debian's mariadb-server-core and mariadb-client",
  );
  const folder = mkdtempSync(join(tmpdir(), 'motherload-mariadb-'));
  chmodSync(folder, 0o755);
  const [data, socket] = [join(folder, 'data'), join(folder, 'socket')];
  const user = ownUser();
  // A server that starts removes the temporary tables of all others in the same folder.
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  const install = [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    user,
    '--auth-root-authentication-method=normal',
  ];
  execFileSync('mariadb-install-db', [...install, '--skip-test-db'], { stdio: 'pipe' });
  const all = [
    user,
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--tmpdir=${temporary}`,
    ...OPTIONS,
    ...networkOptions(given),
    ...(given.options ?? []),
  ];
  return await serve({ folder, socket, command: ['mariadbd', '--no-defaults', ...all] });
}

/** What is to be started: its folder goes with it. */
export interface Server {
  readonly folder: string;
  readonly socket: string;
  readonly command: readonly string[];
  /** How it spells statements that are MariaDB's. */
  readonly spell?: (sql: string) => string;
}

/** Starts it, and waits until it answers. */
export async function serve({ folder, socket, command, spell = (sql) => sql }: Server): Promise<MariadbServer> {
  const [program = '', ...parameters] = command;
  const start = () => {
    const server = spawn(program, parameters, { stdio: 'ignore' });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    return async (signal: 'SIGTERM' | 'SIGKILL') => {
      server.kill(signal);
      await ended;
    };
  };
  let end = start();
  const stop = async () => {
    await end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const restart: MariadbServer['restart'] = async (signal, meanwhile) => {
    await end(signal);
    await meanwhile?.();
    end = start();
    await untilItAnswers(query);
  };
  const query = (sql: string): string[] =>
    execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '--skip-column-names', '--batch'], {
      input: `SET NAMES utf8mb4; ${spell(sql)}`,
      encoding: 'utf8',
      stdio: 'pipe',
    })
      .split('\n')
      .slice(0, -1);
  try {
    await untilItAnswers(query);
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, socket, query, restart, stop };
}

/** The account that a server runs as. */
export function ownUser(): string {
  return `--user=${process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? '')}`;
}

/** By a port, or not at all. */
export function networkOptions({ port }: MariadbOptions): readonly string[] {
  return port === undefined ? ['--skip-networking'] : [`--port=${port}`, '--bind-address=127.0.0.1'];
}

async function untilItAnswers(query: MariadbServer['query']): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      query('SELECT 1');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await setTimeout(100);
    }
  }
}
