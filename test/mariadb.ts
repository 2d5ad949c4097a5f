import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { after } from 'node:test';
import { installPackages } from './packages.ts';

/** A MariaDB of its own, reachable by a socket alone, which is stopped behind the tests of the file. */
export interface Mariadb {
  /** Runs statements; each line of the answer is a row, its columns separated by tabs. */
  query(sql: string): string[];
  /** The bytes that a SELECT writes INTO OUTFILE, with these clauses behind the file's name. */
  outfile(select: string, clauses: string): Buffer;
  /** The files that `mariadb-dump --tab` writes of a database. */
  dump(database: string, ...options: string[]): Record<string, Buffer>;
}

const OPTIONS = [
  '--skip-networking',
  '--secure-file-priv=',
  '--innodb-flush-log-at-trx-commit=0',
  '--skip-name-resolve',
];

export async function startMariadb(): Promise<Mariadb> {
  await installPackages(
    { mariadbd: 'mariadb-server-core', mariadb: 'mariadb-client-core', 'mariadb-dump': 'mariadb-client' },
    "install Debian's mariadb-server-core and mariadb-client",
  );
  const folder = mkdtempSync(join(tmpdir(), 'motherload-mariadb-'));
  chmodSync(folder, 0o755);
  const [data, socket] = [join(folder, 'data'), join(folder, 'socket')];
  const user = `--user=${process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? '')}`;
  const install = ['--no-defaults', `--datadir=${data}`, user, '--auth-root-authentication-method=normal'];
  execFileSync('mariadb-install-db', [...install, '--skip-test-db'], { stdio: 'pipe' });
  const server = spawn('mariadbd', ['--no-defaults', user, `--datadir=${data}`, `--socket=${socket}`, ...OPTIONS], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  after(async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const query = (sql: string): string[] =>
    execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '--skip-column-names', '--batch'], {
      input: `SET NAMES utf8mb4; ${sql}`,
      encoding: 'utf8',
      stdio: 'pipe',
    })
      .split('\n')
      .slice(0, -1);
  await untilItAnswers(query);
  let files = 0;
  const outfile = (select: string, clauses: string): Buffer => {
    const file = join(folder, String(files++));
    query(`${select} INTO OUTFILE '${file}' ${clauses}`);
    return readFileSync(file);
  };
  const dump = (database: string, ...options: string[]): Record<string, Buffer> => {
    const tab = join(folder, String(files++));
    mkdirSync(tab);
    const all = ['--no-defaults', `--socket=${socket}`, '--user=root', `--tab=${tab}`, ...options, database];
    execFileSync('mariadb-dump', all, { stdio: 'pipe' });
    return Object.fromEntries(readdirSync(tab).map((name) => [name, readFileSync(join(tab, name))]));
  };
  return { query, outfile, dump };
}

async function untilItAnswers(query: Mariadb['query']): Promise<void> {
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
