import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../../../bench/columns.ts';
import type { LoadBatchTask } from '../../../crds/contract/task.ts';
import { createTestDatabase, type TestDatabase } from '../../database.ts';
import { EncryptedScene, runBatch } from '../load/encrypted-scene.ts';
import { idsOf } from '../load/load-scene.ts';
import { startDatabaseProxy } from './database-proxy.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
const MOMENTS = 8;
const ROWS = 60_000;
const TABLES = ['one', 'two', 'three'];
/** The fixed seed of all moments. */
const random = randomFrom(20_261_130);

const scene = await EncryptedScene.create();
const SCHEMA = '[{"column_name": "ride_id", "column_type": "int"}, {"column_name": "rider", "column_type": "varchar"}]';
const IDS = Array.from({ length: ROWS }, (_, index) => index);
const TEXT = `ride_id|rider\n${IDS.map((id) => `${id}|\`rider ${id} ${'x'.repeat(id % 60)}\`\n`).join('')}`;
const folder = scene.write(
  Object.fromEntries(
    TABLES.flatMap((name) => [
      [`${name}.dat`, TEXT],
      [`${name}.json`, SCHEMA],
    ]),
  ),
);

async function prepared(): Promise<{ readonly database: TestDatabase; readonly task: LoadBatchTask }> {
  const database = await createTestDatabase();
  return { database, task: await scene.batch(database, folder) };
}

/** The real runner in a process of its own. */
function startRunner({ uri }: Pick<TestDatabase, 'uri'>, task: LoadBatchTask) {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: uri,
      MOTHERLOAD_RESULT_FILE: join(scene.gpg.folder, `result-${random(1_000_000_000)}.json`),
    },
    stdio: 'ignore',
  });
  return { child, ended: new Promise<number | null>((resolve) => child.once('close', resolve)) };
}

/** Each table has nothing or all, and either all tables have it or none. */
async function assertNothingOrAll(database: TestDatabase): Promise<void> {
  // In one snapshot: the server may still be committing what the runner had sent.
  const each = TABLES.map((name) => `(SELECT count(*)::int FROM ${name}) AS ${name}`);
  const [row = {}] = await database.query(`SELECT ${each.join(', ')}`);
  const counts = new Set(Object.values(row));
  assert(counts.size === 1 && (counts.has(0) || counts.has(ROWS)), `readers see ${[...counts].join(', ')} rows`);
}

async function assertExact(database: TestDatabase): Promise<void> {
  for (const name of TABLES) assert.deepEqual(await idsOf(database, name), IDS);
  const staging = await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'staging%' AND relkind = 'r'");
  assert.deepEqual(staging, []);
}

/** The gpg that a runner has started to decrypt with; not its agent. */
function gpgOf(runner: number | undefined): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(runner)]);
  return [...stdout.toString().matchAll(/^ *(\d+) gpg$/gm)].map(([, id]) => Number(id));
}

/** Whether it was still there. */
function kill(id: number): boolean {
  try {
    return process.kill(id, 'SIGKILL');
  } catch {
    return false;
  }
}

describe('a load of an encrypted dump, killed at random moments,', () => {
  const killed = { runner: 0, gpg: 0 };

  for (let number = 1; number <= MOMENTS; number++) {
    const milliseconds = 150 + random(1800);
    it(`has nothing or all when the runner is killed after ${milliseconds} ms, and all of it, once, when it is repeated`, async () => {
      const { database, task } = await prepared();
      const { child, ended } = startRunner(database, task);
      await wait(milliseconds);
      if (child.exitCode === null) killed.runner += Number(child.kill('SIGKILL'));
      await ended;
      await assertNothingOrAll(database);
      const { byTable } = await runBatch(database, task);
      for (const name of TABLES) assert.equal(byTable[name], `Loaded ${ROWS}`);
      await assertExact(database);
    });
  }

  for (let number = 1; number <= MOMENTS; number++) {
    const milliseconds = random(400);
    it(`has nothing or all when gpg is killed ${milliseconds} ms after its start, and all of it, once, when it is repeated`, async () => {
      const { database, task } = await prepared();
      const { child, ended } = startRunner(database, task);
      while (child.exitCode === null && gpgOf(child.pid).length === 0) await wait(5);
      await wait(milliseconds);
      killed.gpg += gpgOf(child.pid).filter(kill).length;
      await ended;
      await assertNothingOrAll(database);
      const { byTable } = await runBatch(database, task);
      for (const name of TABLES) assert.equal(byTable[name], `Loaded ${ROWS}`);
      await assertExact(database);
    });
  }

  it('was in fact killed', () => assert(killed.runner >= 3 && killed.gpg >= 3, JSON.stringify(killed)));

  it('has nothing when gpg is killed in the middle of the data, and all of it, once, when it is repeated', async () => {
    const { database, task } = await prepared();
    const held = Promise.withResolvers<undefined>();
    let isHeld = false;
    // While the server takes nothing, neither does the runner, and gpg waits.
    const proxy = await startDatabaseProxy(database.uri, {
      onClientBytes: (sent, way) => {
        if (sent < 100_000 || isHeld) return;
        isHeld = true;
        way.hold();
        held.resolve(undefined);
      },
    });
    const { child, ended } = startRunner(proxy, task);
    await held.promise;
    assert.deepEqual(gpgOf(child.pid).map(kill), [true]);
    proxy.release();
    assert.notEqual(await ended, 0);
    await proxy.close();
    const each = TABLES.map((name) => `(SELECT count(*)::int FROM ${name}) AS ${name}`);
    assert.deepEqual(await database.query(`SELECT ${each.join(', ')}`), [{ one: 0, two: 0, three: 0 }]);
    const { byTable } = await runBatch(database, task);
    for (const name of TABLES) assert.equal(byTable[name], `Loaded ${ROWS}`);
    await assertExact(database);
  });
});
