import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { motherload, ROOT, startMotherload, temporaryFolder } from '../cli.ts';

const parent = temporaryFolder();
chmodSync(parent, 0o711); // Started by root, the server runs as another user.
const folder = join(parent, 'postgresql');
const query = (sql: string) => ['query', sql, '--data-folder', folder];
const lockFile = join(folder, 'data', 'postmaster.pid');
const isRunning = () => existsSync(lockFile);
/** The user that the server runs as if root starts it. */
const serverUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    assert(Date.now() < deadline, 'the condition has not become true in 30 s');
    await sleep(50);
  }
}

/** A command in the middle of its query. */
async function startQuery(sql: string) {
  const started = startMotherload(query(sql));
  let ended = false;
  void started.result.then(() => (ended = true));
  await until(async () => {
    if (ended) assert.fail(`it ended: ${(await started.result).stderr}`);
    const { stdout } = await motherload(
      query(`SELECT count(*) FROM pg_stat_activity WHERE query = '${sql}' AND state = 'active'`),
    );
    return stdout === 'count\n1\n';
  });
  return started;
}

describe('the embedded PostgreSQL', () => {
  it('is stopped by the last command that uses it, whichever started it, also if several start and end at once', async () => {
    const one = await motherload(query('SELECT 1 AS one'));
    assert.deepEqual([one.code, one.stdout, isRunning()], [0, 'one\n1\n', false]);
    const together = await Promise.all(
      [0, 0, 0.5, 1].map(async (seconds) => await motherload(query(`SELECT pg_sleep(${seconds})`))),
    );
    assert.deepEqual(
      together.map(({ code, stderr }) => [code, stderr]),
      Array.from({ length: 4 }, () => [0, '']),
    );
    assert.equal(isRunning(), false);
  });

  it('is used if --data-folder is given, even if a Secret or the variable names a database', async () => {
    const environment = { MOTHERLOAD_DATABASE_URI: 'postgresql://nobody@127.0.0.1:1/real' };
    const asked = await motherload(query('SELECT current_database() AS name'), { environment });
    assert.deepEqual([asked.code, asked.stdout], [0, 'name\nmotherload\n']);
    const input = `kind: Secret\nmetadata: { name: motherload-database }\nstringData: { uri: 'postgresql://nobody@127.0.0.1:1/real' }\n`;
    for (const command of ['run', 'plan']) {
      const parameters = [
        command,
        '-f',
        'examples/quickstart.yaml',
        '-f',
        '-',
        '--dumps',
        'examples/dumps',
        '--data-folder',
        folder,
      ];
      const { code, stderr } = await motherload(parameters, { input, environment });
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`embedded PostgreSQL, data in ${folder}$`, 'm'));
    }
  });

  it('can be started while another command is stopping it', async () => {
    for (let round = 1; round <= 5; round++) {
      const results = await Promise.all(
        [0, 60, 120, 180, 240, 300].map(async (milliseconds) => {
          await sleep(milliseconds);
          return await motherload(query('SELECT 1 AS one'));
        }),
      );
      for (const { code, stdout, stderr } of results) assert.deepEqual([code, stdout, stderr], [0, 'one\n1\n', '']);
      assert.equal(isRunning(), false);
    }
  });

  it('is created once if several commands start it for the first time at once', async () => {
    const first = join(parent, 'first');
    const results = await Promise.all(
      [1, 2, 3].map(async () => await motherload(['query', 'SELECT 1 AS one', '--data-folder', first])),
    );
    for (const { code, stdout, stderr } of results) assert.deepEqual([code, stdout, stderr], [0, 'one\n1\n', '']);
    assert.deepEqual(readdirSync(first).toSorted(), ['data', 'server.log']);
  });

  it('is stopped when its command is interrupted', async () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const { child, result } = await startQuery('SELECT pg_sleep(600)');
      child.kill(signal);
      assert.deepEqual(await result, { code: 130, stdout: '', stderr: '' });
      assert.equal(isRunning(), false);
    }
  });

  it('is stopped by the next command after a killed one has left it running', async () => {
    const { child, result } = await startQuery('SELECT pg_sleep(601)');
    child.kill('SIGKILL');
    await result;
    assert.equal(isRunning(), true);
    await until(async () => {
      await motherload(query('SELECT 1'));
      return !isRunning();
    });
  });
});

describe('the data folder of the embedded PostgreSQL', () => {
  const refuses = async (dataFolder: string, message: RegExp) => {
    const { code, stdout, stderr } = await motherload(['status', '--data-folder', dataFolder]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert(stderr.includes(dataFolder) && stderr.includes('--data-folder'), stderr);
  };
  const ownership = (path: string) => {
    const { uid, gid, mode } = statSync(path);
    return { uid, gid, mode: mode & 0o777 };
  };
  const holding = (name: string, files: readonly string[]) => {
    const path = join(parent, name);
    mkdirSync(path, { mode: 0o755 });
    for (const file of files) writeFileSync(join(path, file), '');
    return path;
  };

  it('is refused and left unchanged if it holds other files', async () => {
    for (const [name, files] of [
      ['documents', ['a.txt', 'b.txt', 'c.txt', 'd.txt']],
      ['logs', ['server.log']],
      ['other-data', ['data']],
    ] as const) {
      const path = holding(name, files);
      const before = ownership(path);
      await refuses(
        path,
        /holds other files \((a\.txt, b\.txt, c\.txt, …|server\.log|data)\): choose an empty or a new folder with --data-folder$/m,
      );
      assert.deepEqual([ownership(path), readdirSync(path)], [before, files]);
    }
  });

  it('may be empty, or left by a command that was killed while it created the data', async () => {
    const killedAt = holding('killed', ['server.log']);
    mkdirSync(join(killedAt, 'data.unfinished-Abc123'));
    if (serverUser.uid !== undefined) chownSync(join(killedAt, 'server.log'), serverUser.uid, serverUser.gid);
    for (const path of [holding('empty', []), killedAt]) {
      const { code, stderr } = await motherload(['query', 'SELECT 1 AS one', '--data-folder', path]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(readdirSync(path).toSorted(), ['data', 'server.log']);
      assert.equal(ownership(path).mode, 0o700);
    }
  });

  it('is created with its parents, accessible to the server whatever the umask; its path may be long and relative', async () => {
    const path = join(parent, 'parent', 'a'.repeat(100), 'postgresql');
    const dataFolder = relative(ROOT, path);
    const command = `umask 077; exec "$0" bin/motherload.js query 'SELECT 1 AS one' --data-folder '${dataFolder}'`;
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command, process.execPath], { cwd: ROOT });
    assert.equal(stdout, 'one\n1\n');
    const socketFolder =
      /^unix_socket_directories = '(.*)'$/m.exec(readFileSync(join(path, 'data', 'postgresql.conf'), 'utf8'))?.[1] ??
      '';
    assert.match(socketFolder, /motherload-[0-9a-f]{12}$/);
    rmSync(socketFolder, { recursive: true });
    const afterReboot = await motherload(['query', 'SELECT 1 AS one', '--data-folder', path]);
    assert.deepEqual([afterReboot.code, afterReboot.stdout, afterReboot.stderr], [0, 'one\n1\n', '']);
    rmSync(socketFolder, { recursive: true });
    symlinkSync(holding('elsewhere', []), socketFolder);
    const refused = await motherload(['query', 'SELECT 1 AS one', '--data-folder', path]);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      new RegExp(`cannot create its socket in ${socketFolder}, which belongs to another user.*--data-folder`),
    );
    rmSync(socketFolder);
  });

  it('is refused with its name if it cannot be created, written or reached', async () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    await refuses(file, /EEXIST/);
    await refuses(join(file, 'below'), /ENOTDIR/);
    await refuses('/proc/motherload', /ENOENT/);
    const closed = join(parent, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    if (process.getuid?.() === 0) await refuses(join(closed, 'postgresql'), /Permission denied/);
  });
});

describe('the lock file of a killed server', () => {
  /** A process of the server's user that the lock file names. */
  const alive = (name: string) => {
    const child = spawn('sleep', ['600'], { argv0: name, stdio: 'ignore', ...serverUser });
    after(() => child.kill());
    return child;
  };
  const leaveLockFile = (process: string) => {
    const text = [process, join(folder, 'data'), '1700000000', '5432', '.', '', '', 'ready   ', ''].join('\n');
    writeFileSync(lockFile, text);
    return text;
  };

  for (const [what, name, message, seconds] of [
    [
      'another program',
      'sleep',
      /names process PID, which is not a server of this folder\. .*remove it, or end that process/,
      5,
    ],
    [
      'a possible server',
      '/usr/bin/postgres',
      /names process PID, which does not answer as a server of this folder\. /,
      20,
    ],
  ] as const) {
    it(`is reported with the process if it names ${what}, and both are left alone`, async () => {
      assert.equal((await motherload(query('SELECT 1'))).code, 0);
      const child = alive(name);
      const pid = String(child.pid);
      const text = leaveLockFile(pid);
      const began = Date.now();
      const { code, stderr } = await motherload(query('SELECT 1'));
      assert.equal(code, 2, stderr);
      assert(stderr.includes(lockFile), stderr);
      assert.match(stderr, new RegExp(message.source.replace('PID', pid)));
      assert(Date.now() - began < seconds * 1000, stderr);
      assert.deepEqual([readFileSync(lockFile, 'utf8'), child.exitCode, child.signalCode], [text, null, null]);
      child.kill();
      await new Promise((resolve) => child.once('exit', resolve));
      assert.equal((await motherload(query('SELECT 1'))).code, 0, 'the server starts once the process has ended');
    });
  }

  it('does not keep others from a server that recovers from its crash', async () => {
    const { child, result } = await startQuery('SELECT pg_sleep(602)');
    process.kill(Number(readFileSync(lockFile, 'utf8').split('\n')[0]), 'SIGKILL');
    await result;
    assert.notEqual(child.exitCode, 0);
    const together = await Promise.all([1, 2, 3].map(async () => await motherload(query('SELECT 1 AS one'))));
    for (const { code, stdout, stderr } of together) assert.deepEqual([code, stdout, stderr], [0, 'one\n1\n', '']);
    assert.equal(isRunning(), false);
  });
});

describe('Ctrl-C while a database does not answer', () => {
  for (const command of [['run', '-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps'], ['status']]) {
    it(`ends motherload ${command[0] ?? ''} at once`, async () => {
      const silent = createServer((socket) => {
        socket.on('error', () => undefined);
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      after(() => silent.close());
      const address = silent.address();
      assert(typeof address === 'object' && address !== null);
      const connected = new Promise((resolve) => silent.once('connection', resolve));
      const { child, result } = startMotherload([
        ...command,
        '--database',
        `postgresql://nobody@127.0.0.1:${address.port}/none`,
      ]);
      await connected;
      const interrupted = Date.now();
      child.kill('SIGINT');
      assert.equal((await result).code, 130);
      assert(Date.now() - interrupted < 10_000);
    });
  }
});
