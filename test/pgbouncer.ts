import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { parseDatabaseUri } from '../job-runner/database/uri.ts';
import { installPackages } from './packages.ts';

export type PoolMode = 'session' | 'transaction' | 'statement';

/** Debian's PgBouncer in front of a database, reachable by a socket alone, which is stopped behind the tests; returns its URI. */
export async function startPgbouncer(uri: string, mode: PoolMode, poolSize = 5): Promise<string> {
  await installPackages({ pgbouncer: 'pgbouncer' }, "install Debian's pgbouncer");
  const { host, port, user, database } = parseDatabaseUri(uri);
  const folder = mkdtempSync(join(tmpdir(), 'motherload-pgbouncer-'));
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, 'users'), `"${user}" ""\n`);
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
${database} = host=${host} port=${port} dbname=${database} user=${user}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = ${folder}
auth_type = trust
auth_file = ${folder}/users
pool_mode = ${mode}
default_pool_size = ${poolSize}
`,
  );
  // It refuses to run as root.
  const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const server = spawn('/usr/sbin/pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...account });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  after(async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const pooled = `postgresql://${user}@/${database}?host=${encodeURIComponent(folder)}&port=6432`;
  await untilItAnswers(pooled);
  return pooled;
}

async function untilItAnswers(uri: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client(uri);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await setTimeout(50);
    }
  }
}
