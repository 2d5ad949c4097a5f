import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleRun, motherload, startMotherload, temporaryFolder } from '../cli.ts';

const parent = temporaryFolder();
chmodSync(parent, 0o711); // Started by root, the server runs as another user.
const folder = join(parent, 'postgresql');
const query = (sql: string) => ['query', sql, '--data-folder', folder];
const lockFile = join(folder, 'data', 'postmaster.pid');
const isRunning = () => existsSync(lockFile);
/** The user that the server runs as if root starts it. */
const serverUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await condition())) {
    assert(Date.now() < deadline, 'the condition has not become true in 120 s');
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
    const one = await motherload(exampleRun(folder));
    assert.deepEqual([one.code, isRunning()], [0, false], one.stderr);
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
      const [, ...example] = exampleRun(folder);
      const { code, stderr } = await motherload([command, ...example, '-f', '-'], { input, environment });
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`embedded PostgreSQL, data in ${folder}$`, 'm'));
    }
  });

  it('says why it does not start, and nothing of earlier failures in the same log', async () => {
    const settings = join(folder, 'data', 'postgresql.conf');
    const before = readFileSync(settings, 'utf8');
    const log = join(folder, 'server.log');
    appendFileSync(log, 'FATAL:  could not write lock file: No space left on device\n');
    writeFileSync(settings, `${before}\nnonsense = on\n`);
    const { code, stderr } = await motherload(query('SELECT 1'));
    writeFileSync(settings, before);
    assert.equal(code, 2);
    assert(stderr.startsWith(`error: ${log}: the embedded PostgreSQL did not start. The last lines of its log:\n`));
    assert.match(stderr, /unrecognized configuration parameter "nonsense"/);
    assert.doesNotMatch(stderr, /No space left|disk is full/);
    assert.equal((await motherload(query('SELECT 1'))).code, 0);
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
    const results = await Promise.all([1, 2, 3].map(async () => await motherload(exampleRun(first))));
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
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

  // Whoever may be a server is given ten seconds to answer.
  for (const [what, name, message, seconds] of [
    [
      'another program',
      'sleep',
      /names process PID, which is not a server of this folder\. .*remove it, or end that process/,
      10,
    ],
    [
      'a possible server',
      '/usr/bin/postgres',
      /names process PID, which does not answer as a server of this folder\. /,
      60,
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
