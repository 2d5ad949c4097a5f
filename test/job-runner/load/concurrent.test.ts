import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SILENT_LOG, type Log } from '../../../crds/contract/log.ts';
import { connect, type Database } from '../../../job-runner/database/connection.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '../killed/database-proxy.ts';
import { failureOf, LEDGER_TABLES, load, relationsOf, ridesText, taskOf, upTo } from './load-scene.ts';

const ROWS = 60_000;
const TEXT = ridesText(upTo(ROWS));

async function newDatabase(version: PostgresqlVersion): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await database.query('CREATE TABLE rides (ride_id integer PRIMARY KEY, rider text)');
  return database;
}

async function assertRows(database: TestDatabase, relation: string, rows: number): Promise<void> {
  const [found] = await database.query(`SELECT count(*)::int AS rows FROM ${relation}`);
  assert.deepEqual(found, { rows });
}

/** A proxy that holds everything back once so many bytes have passed. */
async function startHoldingProxy(
  database: TestDatabase,
  bytes = TEXT.length / 2,
): Promise<DatabaseProxy & { readonly held: Promise<void> }> {
  let hold: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (hold = resolve));
  let once = false;
  const proxy = await startDatabaseProxy(database.uri, {
    onClientBytes: (sent, way) => {
      if (sent < bytes || once) return;
      once = true;
      way.hold();
      hold();
    },
  });
  after(() => proxy.close());
  return Object.assign(proxy, { held });
}

async function createReader({ uri }: TestDatabase): Promise<Database> {
  const reader = await connect(uri);
  after(() => reader.end());
  return reader;
}

/** Waits until a session of the database waits for a lock. */
async function waitForLockWaiter(database: TestDatabase): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const rows = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await sleep(50);
  }
  assert.fail('nobody waits for a lock');
}

const streamsSpec = (streams: number) => `loading: { streamsPerTable: ${streams} }`;

for (const version of SUPPORTED_VERSIONS) {
  suite(`concurrent runners on PostgreSQL ${version}`, () => {
    for (const streams of [1, 2]) {
      test(`load one table once (streams: ${streams})`, async () => {
        const database = await newDatabase(version);
        const runs = ['run-1', 'run-2', 'run-1', 'run-3'];
        const scenes = runs.map((run) => ({ text: TEXT, run, spec: streamsSpec(streams) }));
        const results = await Promise.all(scenes.map((scene) => load(database, scene)));
        assert(results.some(({ outcome }) => outcome === 'Loaded'));
        assert(results.every(({ outcome, rows }) => rows === (outcome === 'Loaded' ? ROWS : 0)));
        await assertRows(database, 'rides', ROWS);
        await assertRows(database, 'motherload.loads', 1);
        assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides', 'public.v1_rides']);
      });

      test(`do not wait for a runner that loads another version of the same mother (streams: ${streams})`, async () => {
        const database = await newDatabase(version);
        await load(database, { text: ridesText([1]), version: 'v0' });
        const proxy = await startHoldingProxy(database);
        const slow = load(proxy, { text: TEXT, spec: streamsSpec(streams) });
        await proxy.held;
        for (const [index, each] of [1, 2].entries()) {
          const result = await load(database, { text: TEXT, version: `v${2 + index}`, spec: streamsSpec(each) });
          assert.equal(result.outcome, 'Loaded');
        }
        await assertRows(database, 'rides', 2 * ROWS + 1);
        proxy.release();
        assert.equal((await slow).rows, ROWS);
        await assertRows(database, 'rides', 3 * ROWS + 1);
      });

      test(`wait for a runner whose node died until the server notices, and then load all rows (streams: ${streams})`, async () => {
        const database = await newDatabase(version);
        const proxy = await startHoldingProxy(database);
        const lost = failureOf(load(proxy, { text: TEXT, spec: streamsSpec(streams) }));
        await proxy.held;
        const warnings: string[] = [];
        const log: Log = { ...SILENT_LOG, warn: (message) => void warnings.push(message) };
        let ended = false;
        const next = load(database, await taskOf({ text: TEXT, spec: streamsSpec(streams) }), log).finally(
          () => (ended = true),
        );
        await waitForLockWaiter(database);
        await sleep(300);
        assert.equal(ended, false);
        assert.match(warnings.join(), /another runner is loading this table/);
        proxy.cut();
        assert.equal((await next).rows, ROWS);
        assert.equal((await lost).kind, 'Transient');
        await assertRows(database, 'rides', ROWS);
        assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides', 'public.v1_rides']);
      });
    }

    test('load eight versions of one mother at the same time', async () => {
      const database = await newDatabase(version);
      const scenes = Array.from({ length: 8 }, (_, index) => ({
        text: TEXT,
        version: `v${index}`,
        spec: streamsSpec(1 + (index % 2)),
      }));
      const results = await Promise.all(scenes.map((scene) => load(database, scene)));
      assert.deepEqual(
        results.map(({ outcome, rows }) => [outcome, rows]),
        scenes.map(() => ['Loaded', ROWS]),
      );
      await assertRows(database, 'rides', 8 * ROWS);
    });

    test('leave out the rows of a runner that lost its lock and goes on', async () => {
      const database = await newDatabase(version);
      const proxy = await startHoldingProxy(database);
      const first = failureOf(load(proxy, { text: TEXT, spec: streamsSpec(2) }));
      await proxy.held;
      // The session with the lock ends; those in COPY stay.
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      const second = load(database, { text: TEXT, spec: streamsSpec(2) });
      await waitForLockWaiter(database);
      // The first one's rows are all loaded and committed, into a table that the second one then drops.
      proxy.release();
      assert.equal((await second).rows, ROWS);
      assert.equal((await first).kind, 'Transient');
      await assertRows(database, 'rides', ROWS);
      assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides', 'public.v1_rides']);
    });

    test('leave out the rows of a runner that lost its lock before its streams began', async () => {
      const database = await newDatabase(version);
      // Enough for the session with the lock and its statements, up to the connections of the streams.
      let connections = 0;
      let reached: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (reached = resolve));
      const proxy = await startDatabaseProxy(database.uri, {
        onConnection: (way) => {
          if (++connections !== 2) return;
          way.hold();
          reached();
        },
      });
      after(() => proxy.close());
      const first = failureOf(load(proxy, { text: TEXT, spec: streamsSpec(2) }));
      await held;
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      const secondProxy = await startHoldingProxy(database);
      const second = load(secondProxy, { text: TEXT, spec: streamsSpec(2) });
      await secondProxy.held;
      proxy.release();
      const failure = await first;
      assert.deepEqual([failure.kind, failure.code], ['Transient', 'TableTakenOver']);
      secondProxy.release();
      assert.equal((await second).rows, ROWS);
      await assertRows(database, 'rides', ROWS);
    });

    test('attach while the mother is read, and wait for its ANALYZE without blocking readers', async () => {
      const database = await newDatabase(version);
      const reader = await createReader(database);
      await reader.query('BEGIN; SELECT * FROM rides');
      assert.equal((await load(database, { text: TEXT })).outcome, 'Loaded');
      await reader.query('LOCK TABLE rides IN SHARE UPDATE EXCLUSIVE MODE');
      const loading = load(database, { text: TEXT, version: 'v2' });
      await waitForLockWaiter(database);
      await assertRows(database, 'rides', ROWS);
      await sleep(2200);
      await reader.query('COMMIT');
      assert.equal((await loading).rows, ROWS);
      await assertRows(database, 'rides', 2 * ROWS);
    });
  });
}
