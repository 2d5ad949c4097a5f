import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import {
  duringCopy,
  failureOf,
  idsOf,
  LEDGER_TABLES,
  load,
  relationsOf,
  ridesDatabase,
  ridesText,
} from './load-scene.ts';

const TWO = ridesText([1, 2]);
const OTHER = ridesText([1, 2, 3]);

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable with a table that exists, on PostgreSQL ${version}`, () => {
    test('loads the same content once: another run skips it, a later attempt of the same run reports it as its own', async () => {
      const database = await ridesDatabase(version);
      const first = await load(database, { text: TWO });
      const again = await load(database, { text: TWO });
      assert.deepEqual([again.outcome, again.rows, again.seconds], ['Loaded', 2, first.seconds]);
      const other = await load(database, { text: TWO, run: 'run-2' });
      assert.deepEqual([other.outcome, other.rows], ['AlreadyLoaded', 0]);
      assert.deepEqual(await idsOf(database, 'rides'), [1, 2]);
    });

    test('does not accept the same content as loaded where the table does not inherit from its mother', async () => {
      const database = await ridesDatabase(version);
      const columns = { ride_id: 'bigint', rider: 'varchar' };
      await load(database, { text: TWO, columns, mother: undefined });
      const failure = await failureOf(load(database, { text: TWO, columns, run: 'run-2' }));
      assert.equal(failure.code, 'OtherContentLoaded');
      assert.match(
        failure.message,
        /^v1_rides holds the same content \(.*\) below no mother table, not below public\.rides: set .*onExisting to Replace/,
      );
      await load(database, { text: TWO, columns, run: 'run-2', spec: 'loading: { onExisting: Replace }' });
      assert.deepEqual(await idsOf(database, 'rides'), [1, 2]);
      await database.query('ALTER TABLE rides RENAME TO rides_old; CREATE TABLE rides (LIKE rides_old)');
      const other = await failureOf(load(database, { text: TWO, columns, run: 'run-3' }));
      assert.match(other.message, /below public\.rides_old, not below public\.rides/);
      await load(database, { text: TWO, columns, run: 'run-3', spec: 'loading: { onExisting: Replace }' });
      assert.deepEqual([await idsOf(database, 'rides'), await idsOf(database, 'rides_old')], [[1, 2], []]);
      const alone = await failureOf(load(database, { text: TWO, columns, run: 'run-4', mother: undefined }));
      assert.match(alone.message, /below public\.rides, not below no mother table/);
    });

    test('loads again where the first line turns out to be a header', async () => {
      const database = await ridesDatabase(version);
      const scene = { text: 'rider\n1\n2\n', columns: { rider: 'varchar' }, mother: undefined };
      assert.equal((await load(database, { ...scene, spec: 'format: { header: false }' })).rows, 3);
      const spec = 'loading: { onExisting: Replace }';
      assert.equal((await load(database, { ...scene, spec, run: 'run-2' })).rows, 2);
    });

    test('treats a column of another type as other content', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      const columns = { ride_id: 'int', rider: 'varchar', price: 'int' };
      await load(database, { text: 'ride_id|price\n1|2\n', columns, version: 'v2' });
      const changed = {
        text: 'ride_id|price\n1|2\n',
        columns: { ...columns, price: 'bigint' },
        version: 'v2',
        run: 'run-2',
      };
      assert.equal((await failureOf(load(database, changed))).code, 'OtherContentLoaded');
    });

    test('fails for other content, skips or replaces it, as the manifest says', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      const failure = await failureOf(load(database, { text: OTHER }));
      assert.deepEqual(
        [failure.kind, failure.code, failure.file],
        ['Manifest', 'OtherContentLoaded', 'crm_v1.zip:rides.dat'],
      );
      assert.match(failure.message, /^v1_rides holds other content \(crm_v1\.zip:rides\.dat, loaded at /);
      const otherwise = await failureOf(load(database, { text: TWO, spec: 'format: { nullMarker: nil }' }));
      assert.match(otherwise.message, /^v1_rides holds the same file, read by another format or into other columns \(/);
      const skipped = await load(database, { text: OTHER, spec: 'loading: { onExisting: Skip }' });
      assert.deepEqual([skipped.outcome, skipped.rows], ['Skipped', 0]);
      assert.deepEqual(await idsOf(database, 'rides'), [1, 2]);
      for (const [index, text] of [OTHER, TWO].entries()) {
        const replaced = await load(database, {
          text,
          spec: `loading: { onExisting: Replace, streamsPerTable: ${index + 1} }`,
        });
        assert.equal(replaced.outcome, 'Loaded');
        assert.deepEqual(await idsOf(database, 'rides'), text === OTHER ? [1, 2, 3] : [1, 2]);
      }
      assert.deepEqual(await database.query('SELECT rows::int AS rows FROM motherload.loads'), [{ rows: 2 }]);
      assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides', 'public.v1_rides']);
    });

    for (const streams of [1, 2]) {
      test(`refuses to replace a table that a view depends on, names the view and copies nothing (streams: ${streams})`, async () => {
        const database = await ridesDatabase(version);
        await load(database, { text: TWO });
        await database.query('CREATE VIEW report AS SELECT ride_id FROM v1_rides');
        const spec = `loading: { onExisting: Replace, streamsPerTable: ${streams} }`;
        const copying = duringCopy(() => Promise.resolve());
        const failure = await failureOf(load(database, { text: OTHER, spec }, copying.log));
        assert.deepEqual([failure.kind, failure.code], ['Manifest', 'TableInUse']);
        assert.match(failure.message, /v1_rides cannot be dropped, other objects depend on it \(view report\)/);
        await assert.rejects(copying.done(), /there was no COPY/);
        assert.deepEqual(await idsOf(database, 'rides'), [1, 2]);
        assert.deepEqual(await relationsOf(database), [
          ...LEDGER_TABLES,
          'public.report',
          'public.rides',
          'public.v1_rides',
        ]);
      });
    }

    for (const [what, statement] of Object.entries({
      table: 'CREATE TABLE v1_rides (mine integer)',
      'table that inherits': 'CREATE TABLE v1_rides () INHERITS (rides)',
      view: 'CREATE VIEW v1_rides AS SELECT 1 AS mine',
      sequence: 'CREATE SEQUENCE v1_rides',
      'composite type': 'CREATE TYPE v1_rides AS (mine integer)',
    })) {
      test(`never touches a ${what} that somebody created under the name`, async () => {
        const database = await ridesDatabase(version);
        await database.query(statement);
        const before = await relationsOf(database);
        const failure = await failureOf(load(database, { text: TWO, spec: 'loading: { onExisting: Replace }' }));
        assert.deepEqual([failure.kind, failure.code], ['Manifest', 'NotOurs']);
        assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, ...before]);
      });
    }

    test('never touches a table that somebody recreated after the load', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      await database.query(
        `DROP TABLE v1_rides; CREATE TABLE v1_rides AS SELECT 99 AS ride_id; COMMENT ON TABLE v1_rides IS 'mine'`,
      );
      const failure = await failureOf(load(database, { text: TWO, spec: 'loading: { onExisting: Replace }' }));
      assert.equal(failure.code, 'NotOurs');
      assert.deepEqual(await idsOf(database, 'v1_rides'), [99]);
    });

    for (const [how, sql, now] of [
      ['renamed', 'ALTER TABLE v1_rides RENAME TO "Mine"', 'public.Mine'],
      ['moved', 'CREATE SCHEMA mine; ALTER TABLE v1_rides SET SCHEMA mine', 'mine.v1_rides'],
    ] as const)
      test(`does not load a table again that somebody has ${how} and that is still below the mother`, async () => {
        const database = await ridesDatabase(version);
        await load(database, { text: TWO });
        await database.query(sql);
        for (const spec of ['', 'loading: { onExisting: Replace }']) {
          const failure = await failureOf(load(database, { text: OTHER, run: 'run-2', spec }));
          assert.deepEqual([failure.kind, failure.code], ['Manifest', 'VersionTableRenamed']);
          const says = `the table that was loaded as v1_rides is ${now} by now, still below the mother table public.rides, which would have its rows twice: `;
          assert(failure.message.startsWith(says), failure.message);
          assert.deepEqual(await idsOf(database, 'rides'), [1, 2]);
        }
        const statement = / \((ALTER TABLE .*)\)$/;
        const { message } = await failureOf(load(database, { text: TWO, run: 'run-2' }));
        await database.query(statement.exec(message)?.[1] ?? '');
        await load(database, { text: OTHER, run: 'run-2' });
        assert.deepEqual(await idsOf(database, 'rides'), [1, 2, 3]);
      });

    test('loads again where the table was dropped and only the ledger still has it', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: TWO });
      await database.query('DROP TABLE v1_rides');
      const result = await load(database, { text: TWO, run: 'run-2' });
      assert.equal(result.outcome, 'Loaded');
      assert.deepEqual(await idsOf(database, 'rides'), [1, 2]);
    });
  });
}
