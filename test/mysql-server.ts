import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand, runDownload } from './cluster/commands.ts';
import { networkOptions, ownUser, serve, type MariadbOptions, type MariadbServer } from './mariadb-server.ts';

/** 50 MB of packages, and 320 MB of them unpacked. It may be deleted at any time. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'motherload', 'mysql');
const SIGNED_BY = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Perl is for scripts that are not used. */
const UNUSED = /perl/;

/**
 * MySQL in place of MariaDB, for the same tests. Debian's stable releases have none, so it is that of the unstable one, in a folder of its own with all
 * libraries that it needs: nothing is installed.
 */
export async function startMysqlServer(given: MariadbOptions = {}): Promise<MariadbServer> {
  await unpackMysql();
  const folder = mkdtempSync(join(tmpdir(), 'motherload-mysql-'));
  chmodSync(folder, 0o755);
  const socket = join(folder, 'socket');
  const [loader = ''] = globSync(join(CACHE, 'usr/lib/*/ld-linux-*.so.?'));
  const command = ['--library-path', dirname(loader), join(CACHE, 'usr/sbin/mysqld'), '--no-defaults'];
  const common = [...command, ownUser(), `--basedir=${join(CACHE, 'usr')}`, `--datadir=${join(folder, 'data')}`];
  execFileSync(loader, [...common, '--initialize-insecure', '--secure-file-priv='], { stdio: 'pipe' });
  const own = ['--secure-file-priv=', '--mysqlx=OFF', '--skip-log-bin', '--innodb-flush-log-at-trx-commit=0'];
  const all = [
    ...common,
    `--socket=${socket}`,
    ...own,
    '--cte-max-recursion-depth=4294967295',
    ...networkOptions(given),
    ...(given.options ?? []),
  ];
  return await serve({ folder, socket, command: [loader, ...all], spell: withoutSequences });
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
  // From where this machine has its own packages.
  const sites = await runCommand(['apt-get', 'indextargets', '--format', '$(SITE)', 'Created-By: Packages']);
  const [site = ''] = sites.split('\n').filter((each) => /\/debian\/?$/.test(each));
  if (site === '') throw new Error('MySQL is a package of Debian: run these tests where apt-get has a mirror of it');
  writeFileSync(join(work, 'sources.list'), `deb [signed-by=${SIGNED_BY}] ${site} sid main\n`);
  const places = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': work,
    'APT::Sandbox::User': 'root',
    // Without it a list that cannot be downloaded is a warning, and the package is said not to exist.
    'APT::Update::Error-Mode': 'any',
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
