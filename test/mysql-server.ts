import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand, runDownload } from './cluster/commands.ts';
import { untilItAnswers, type MariadbOptions, type MariadbServer } from './mariadb-server.ts';

/** 50 MB of packages, and 320 MB of them unpacked. It may be deleted at any time. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'motherload', 'mysql');
const SOURCE = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main\n';
/** Perl is for scripts that are not used. */
const UNUSED = /perl/;

/**
 * MySQL in place of MariaDB, for the same tests. Debian's stable releases have none, so it is that of the unstable one, in a folder of its own with all
 * libraries that it needs: nothing is installed.
 */
export async function startMysqlServer({ port, options = [] }: MariadbOptions = {}): Promise<MariadbServer> {
  await unpackMysql();
  const folder = mkdtempSync(join(tmpdir(), 'motherload-mysql-'));
  chmodSync(folder, 0o755);
  const socket = join(folder, 'socket');
  const [loader = ''] = globSync(join(CACHE, 'usr/lib/*/ld-linux-*.so.?'));
  const command = ['--library-path', dirname(loader), join(CACHE, 'usr/sbin/mysqld'), '--no-defaults'];
  const user = `--user=${process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? '')}`;
  const common = [...command, user, `--basedir=${join(CACHE, 'usr')}`, `--datadir=${join(folder, 'data')}`];
  execFileSync(loader, [...common, '--initialize-insecure', '--secure-file-priv='], { stdio: 'pipe' });
  const network = port === undefined ? ['--skip-networking'] : [`--port=${port}`, '--bind-address=127.0.0.1'];
  const own = ['--secure-file-priv=', '--mysqlx=OFF', '--skip-log-bin', '--innodb-flush-log-at-trx-commit=0'];
  const all = [...common, `--socket=${socket}`, ...own, '--cte-max-recursion-depth=4294967295', ...network, ...options];
  const server = spawn(loader, all, { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const client = ['--no-defaults', `--socket=${socket}`, '--user=root', '--skip-column-names', '--batch'];
  const query = (sql: string): string[] =>
    execFileSync('mariadb', client, {
      input: `SET NAMES utf8mb4; ${withoutSequences(sql)}`,
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
  return { folder, socket, query, stop };
}

/** MariaDB has tables of numbers. */
function withoutSequences(sql: string): string {
  const numbers = (first: string, last: string) =>
    `(WITH RECURSIVE numbers (seq) AS (SELECT ${first} UNION ALL SELECT seq + 1 FROM numbers WHERE seq < ${last}) SELECT seq FROM numbers) AS numbers`;
  return sql.replaceAll(/\b(?:crm\.)?seq_(\d+)_to_(\d+)\b/g, (_, first: string, last: string) => numbers(first, last));
}

async function unpackMysql(): Promise<void> {
  if (existsSync(CACHE)) return;
  const work = `${CACHE}.${process.pid}`;
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  mkdirSync(join(work, 'archives/partial'), { recursive: true });
  writeFileSync(join(work, 'sources.list'), SOURCE);
  const places = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': work,
    'APT::Sandbox::User': 'root',
  };
  const get = ['apt-get', ...Object.entries(places).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  console.error('Downloading MySQL');
  await runDownload([...get, 'update', '-qq']);
  const plan = await runCommand([...get, 'install', '--no-install-recommends', '--simulate', 'mysql-server-core']);
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name).filter((name) => !UNUSED.test(name));
  await runDownload([...get, 'download', ...names], { folder: join(work, 'archives') });
  const unpacked = join(work, 'unpacked');
  for (const file of globSync(join(work, 'archives/*.deb'))) await runCommand(['dpkg-deb', '-x', file, unpacked]);
  try {
    renameSync(unpacked, CACHE);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(CACHE)) throw error;
  }
  rmSync(work, { recursive: true });
}
