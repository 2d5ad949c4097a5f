import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '../../../job-runner/database/connection.ts';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

const SECOND = { columns: { ride_id: 'int', km: 'bigint' }, lines: ['2|3000000000'] };

for (const version of SUPPORTED_VERSIONS) {
  const loaded = async (columns: Record<string, string>, line: string, made = ''): Promise<ContractScene> => {
    const scene = await ContractScene.create(version);
    if (made !== '') await scene.database.query(made);
    await scene.release('v1', { columns, lines: [line] });
    assert.deepEqual(await scene.run(), ['v1 Loaded']);
    return scene;
  };
  const rides = () => loaded({ ride_id: 'int', km: 'int' }, '1|10');

  suite(`a mother that is widened, on PostgreSQL ${version}`, () => {
    test('keeps collations, so that searches and unique indexes find what they found', async () => {
      const made = `CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE rides (ride_id int, rider varchar(5) COLLATE blind); CREATE UNIQUE INDEX ON rides (rider)`;
      const scene = await loaded({ ride_id: 'int', rider: 'nvarchar(5)' }, '1|`Ann`', made);
      await scene.release('v2', { columns: { ride_id: 'int', rider: 'nvarchar(9)' }, lines: ['2|`Marianne`'] });
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await scene.columns('v1_rides'), 'ride_id integer, rider text');
      assert.deepEqual(await scene.rows("SELECT ride_id FROM rides WHERE rider = 'ANN'"), [[1]]);
      await assert.rejects(scene.database.query("INSERT INTO v1_rides VALUES (3, 'ANN')"), { code: '23505' });
    });

    test('has all digits of its numbers where they become exact', async () => {
      const scene = await loaded({ ride_id: 'int', km: 'float' }, '1|0.12345678901234566');
      await scene.release('v2', { columns: { ride_id: 'int', km: 'bigint' }, lines: ['2|9007199254740993'] });
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.deepEqual(await scene.rows('SELECT km::text FROM rides ORDER BY ride_id'), [
        ['0.12345678901234566'],
        ['9007199254740993'],
      ]);
    });

    test('has statistics again, and indexes on all its versions', async () => {
      const scene = await loaded(
        { ride_id: 'int', km: 'int' },
        '1|10',
        'CREATE TABLE rides (ride_id int, km int); CREATE INDEX ON rides (km)',
      );
      await scene.release('v2', SECOND);
      await scene.catalogue();
      const statistics = "SELECT tablename, attname FROM pg_stats WHERE attname = 'km' AND NOT inherited";
      assert.deepEqual(await scene.rows(statistics), [['v1_rides', 'km']]);
      const indexes = "SELECT tablename FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
      assert.deepEqual(await scene.rows(indexes), [['rides'], ['v1_rides']]);
    });

    test('has a sequence that counts on where its integer column ended', async () => {
      const scene = await loaded({ ride_id: 'int', km: 'int' }, '1|10', 'CREATE TABLE rides (ride_id serial, km int)');
      await scene.release('v2', { columns: { ride_id: 'bigint', km: 'int' }, lines: ['3000000000|20'] });
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.deepEqual(
        await scene.rows("SELECT data_type::text FROM pg_sequences WHERE sequencename = 'rides_ride_id_seq'"),
        [['bigint']],
      );
    });

    test('stays as it is where a value is beyond the wider type, and the version is refused', async () => {
      const scene = await loaded({ ride_id: 'int', day: 'date' }, '1|2024-01-31');
      await scene.database.query("INSERT INTO v1_rides VALUES (2, '300000-01-01')");
      await scene.release('v2', { columns: { ride_id: 'int', day: 'datetime' }, lines: [] });
      assert.match(await scene.refusal(), /^MotherCannotChange: .*nothing was changed: .*SQLSTATE 22008/);
      assert.equal(await scene.columns(), 'ride_id integer, day date');
      assert.deepEqual(await scene.run('motherTables: { contract: { changedTypes: Freeze } }\n'), [
        'v1 AlreadyLoaded',
        'v2 Loaded',
      ]);
    });

    test('is not rewritten above allowRewrite, and a change that rewrites nothing has no bound', async () => {
      const scene = await rides();
      await scene.release('v2', SECOND);
      assert.match(
        await scene.refusal('motherTables: { allowRewrite: 1Ki }\n'),
        /^RewriteTooLarge: .*2 tables with \d+ bytes, would be rewritten.* allows 1024 bytes: raise it/,
      );
      assert.equal(await scene.columns(), 'ride_id integer, km integer');
      const text = await loaded({ ride_id: 'int', km: 'numeric(8,2)' }, '1|1.50');
      await text.release('v2', { columns: { ride_id: 'int', km: 'numeric(12,2)' }, lines: ['2|1.50'] });
      assert.deepEqual(await text.run('motherTables: { allowRewrite: 0 }\n'), ['v1 AlreadyLoaded', 'v2 Loaded']);
    });

    test('is widened once by two runs at the same time', async () => {
      const scene = await rides();
      await scene.release('v2', SECOND);
      const both = await Promise.all([scene.catalogue(), scene.catalogue(scene.task())]);
      for (const { entries } of both)
        assert.deepEqual(
          entries.map(({ decision }) => decision),
          ['Keep', 'Load'],
        );
      assert.equal(await scene.columns('v1_rides'), 'ride_id integer, km bigint');
      assert.deepEqual(await scene.rows('SELECT loaded_as FROM motherload.loads'), [[{ km: 'integer' }]]);
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
    });

    test('waits for its readers without keeping others waiting for long, and is widened when they are done', async () => {
      const scene = await rides();
      await scene.release('v2', SECOND);
      const reader = await connect(scene.database.uri);
      await reader.query('BEGIN; SELECT * FROM v1_rides');
      const running = scene.run();
      await wait(3500);
      // The change has given up its place in the queue by now, and tries again.
      await scene.database.query("SET lock_timeout = '10s'");
      assert.deepEqual(await scene.rows('SELECT km FROM rides'), [[10]]);
      await reader.query('COMMIT');
      await reader.end();
      assert.deepEqual(await running, ['v1 AlreadyLoaded', 'v2 Loaded']);
    });

    test('is unchanged where the connection is lost meanwhile, and is widened by the next attempt', async () => {
      const scene = await rides();
      await scene.release('v2', SECOND);
      const reader = await connect(scene.database.uri);
      await reader.query('BEGIN; SELECT * FROM v1_rides');
      const running = scene.catalogue().then(
        () => 'done',
        () => 'lost',
      );
      // Of this database: other test files wait for locks at the same time.
      const waiting = "datname = current_database() AND query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'";
      const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${waiting}`;
      while ((await scene.rows(end)).length === 0) await wait(20);
      assert.equal(await running, 'lost');
      await reader.query('COMMIT');
      await reader.end();
      assert.equal(await scene.columns(), 'ride_id integer, km integer');
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
    });
  });
}
