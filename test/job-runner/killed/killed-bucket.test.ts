import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../../../bench/columns.ts';
import type { LoadTask } from '../../../crds/contract/task.ts';
import { assertRides, load, onlyEntry, rideRows, ridesDatabase, tasksFrom } from '../../bucket/bucket-scene.ts';
import { FaultProxy } from '../../bucket/fault-proxy.ts';
import { Gateway } from '../../bucket/gateway.ts';
import type { TestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
const ROWS = rideRows(150_000);
const MOMENTS = 10;
/** The fixed seed of all moments. */
const random = randomFrom(20_261_129);

const gateway = await Gateway.start();
const proxy = await FaultProxy.start(gateway);
const folder = temporaryFolder();
await writeDump(folder, 'crm_v1.zip', { rides: { columns: { ride_id: 'int', rider: 'varchar' }, rows: ROWS } });
gateway.createBucket('dumps');
await gateway.put('dumps', 'crm_v1.zip', readFileSync(join(folder, 'crm_v1.zip')));
Object.assign(process.env, gateway.environment);

const tasks = tasksFrom(`{ s3: { bucket: dumps, endpoint: "${proxy.endpoint}" } }`);
/** Each chunk of the entry is held up a little, so that moments are spread over the whole transfer. */
proxy.bytesPerMillisecond = 1500;

async function loadTask(database: TestDatabase): Promise<LoadTask> {
  return tasks.loadOf(await onlyEntry(tasks, database));
}

/** The real runner in a process of its own. */
function startRunner(database: TestDatabase, task: LoadTask) {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...gateway.environment,
      PATH: process.env['PATH'],
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: database.uri,
      MOTHERLOAD_RESULT_FILE: join(folder, `result-${task.ingestion.run}-${random(1_000_000)}.json`),
    },
    stdio: 'ignore',
  });
  return { child, ended: new Promise<number | null>((resolve) => child.once('close', resolve)) };
}

async function assertNothingOrAll(database: TestDatabase): Promise<void> {
  const [row] = await database.query('SELECT count(*)::int AS rows FROM rides');
  assert(row?.['rows'] === 0 || row?.['rows'] === ROWS.length, `readers see ${String(row?.['rows'])} rows`);
}

/** The directory, the schema file and the DAT file. */
const UNDISTURBED_REQUESTS = 4;
let [killed, disturbed] = [0, 0];

describe('a load from a bucket, killed at random moments,', () => {
  for (let number = 1; number <= MOMENTS; number++) {
    const milliseconds = 200 + random(2500);
    it(`has nothing or all when the runner is killed after ${milliseconds} ms, and all of it, once, when it is repeated`, async () => {
      const database = await ridesDatabase();
      const task = await loadTask(database);
      const { child, ended } = startRunner(database, task);
      await wait(milliseconds);
      if (child.exitCode === null) killed += Number(child.kill('SIGKILL'));
      await ended;
      await assertNothingOrAll(database);
      assert.equal((await load(database, task)).rows, ROWS.length);
      await assertRides(database, ROWS);
    });
  }

  for (let number = 1; number <= MOMENTS; number++) {
    const [milliseconds, pause] = [random(1200), random(800)];
    it(`has all rows when the gateway is killed after ${milliseconds} ms and is back ${pause} ms later`, async () => {
      const database = await ridesDatabase();
      const task = await loadTask(database);
      proxy.requests.length = 0;
      const loading = load(database, task);
      // It fails below, and must not be unhandled until then.
      loading.catch(() => undefined);
      await proxy.interrupt(milliseconds, pause);
      assert.equal((await loading).rows, ROWS.length);
      await assertRides(database, ROWS);
      if (proxy.requests.length > UNDISTURBED_REQUESTS) disturbed++;
    });
  }

  it('was in fact killed and disturbed', () =>
    assert(Math.min(killed, disturbed) >= MOMENTS / 3, `${killed} and ${disturbed} of ${MOMENTS} loads`));
});
