import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../../../bench/columns.ts';
import { assertNoRides, assertRides, rideRows, ridesDatabase, tasksFrom } from '../../bucket/bucket-scene.ts';
import { FaultProxy } from '../../bucket/fault-proxy.ts';
import { Gateway } from '../../bucket/gateway.ts';
import { EncryptedScene, entriesOf, runBatch } from '../load/encrypted-scene.ts';

const MOMENTS = 8;
const ROWS = rideRows(60_000);
/** The fixed seed of all moments. */
const random = randomFrom(20_261_201);

const gateway = await Gateway.start();
const proxy = await FaultProxy.start(gateway);
Object.assign(process.env, gateway.environment);
gateway.createBucket('dumps');
const scene = await EncryptedScene.create();
const messageOf = (rows: readonly [number, string][]): Buffer => {
  const text = rows.map(([id, rider]) => `${id}|\`${rider}\`\n`).join('');
  const schema =
    '[{"column_name": "ride_id", "column_type": "int"}, {"column_name": "rider", "column_type": "varchar"}]';
  const folder = scene.write({ 'rides.json': schema, 'rides.dat': `ride_id|rider\n${text}` });
  return readFileSync(join(folder, 'crm_v1.zip.gpg'));
};
const message = messageOf(ROWS);

/** A catalogue's entries as the task of a Job, which reads the message itself. */
async function prepared() {
  await gateway.put('dumps', 'crm_v1.zip.gpg', message);
  const gpg = { keyFile: scene.key.file, homeFolder: scene.gpg.folder };
  const tasks = tasksFrom(`{ s3: { bucket: dumps, endpoint: "${proxy.endpoint}" } }`, undefined, { gpg });
  const database = await ridesDatabase();
  const task = tasks.batchOf(await entriesOf(database, tasks.catalogue));
  proxy.requests.length = 0;
  // Moments are spread over the whole message.
  proxy.bytesPerMillisecond = message.length / 1500;
  return { database, task };
}

describe('a load of an encrypted dump from a bucket', () => {
  let [disturbed, undisturbedRequests] = [0, 0];

  before(async () => {
    const { database, task } = await prepared();
    await runBatch(database, task);
    undisturbedRequests = proxy.requests.length;
    await assertRides(database, ROWS);
  });

  for (let number = 1; number <= MOMENTS; number++) {
    const [milliseconds, pause] = [random(1800), random(800)];
    it(`has all rows, once, when the gateway is killed after ${milliseconds} ms and is back ${pause} ms later`, async () => {
      const { database, task } = await prepared();
      const loading = runBatch(database, task);
      // It fails below, and must not be unhandled until then.
      loading.catch(() => undefined);
      await proxy.interrupt(milliseconds, pause);
      assert.deepEqual((await loading).byTable, { rides: `Loaded ${ROWS.length}` });
      await assertRides(database, ROWS);
      if (proxy.requests.length > undisturbedRequests) disturbed++;
      proxy.reset();
    });
  }

  it('was in fact disturbed', () => assert(disturbed >= MOMENTS / 3, `${disturbed} of ${MOMENTS} loads`));

  it('is never half old and half new where the message is replaced and the connection breaks', async () => {
    const { database, task } = await prepared();
    const loading = runBatch(database, task);
    loading.catch(() => undefined);
    await wait(900);
    await gateway.put('dumps', 'crm_v1.zip.gpg', messageOf(rideRows(ROWS.length, 2)));
    proxy.cut();
    assert.deepEqual((await loading).byTable, { rides: 'DumpChanged' });
    await assertNoRides(database);
    proxy.reset();
  });
});
