import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { EncryptedScene, runBatch } from './encrypted-scene.ts';
import { idsOf, LEDGER_TABLES, relationsOf } from './load-scene.ts';

const scene = await EncryptedScene.create();
const SCHEMA = '[{"column_name": "ride_id", "column_type": "int"}, {"column_name": "rider", "column_type": "varchar"}]';
const rides = (ids: readonly number[], more = '') =>
  `ride_id|rider\n${ids.map((id) => `${id}|\`rider ${id}\`\n`).join('')}${more}`;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
/** Of these tables; in the ZIP each DAT file comes before its schema file. */
const filesOf = (tables: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(tables).flatMap(([name, text]) => [
      [`${name}.dat`, text],
      [`${name}.json`, SCHEMA],
    ]),
  );
const OWN_TABLES = 'motherTables: { withoutMother: Load }\n';

const ledger = async (database: TestDatabase) =>
  await database.query('SELECT version_table AS name, rows::int, rejects::int FROM motherload.loads ORDER BY 1');

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadDump on PostgreSQL ${version}`, () => {
    test('loads the tables of a dump while it is read once, and nothing the second time', async () => {
      const database = await createTestDatabase(version);
      const tables = { one: rides(range(0, 40_000)), two: rides([]), three: rides([7]), four: rides(range(5, 9000)) };
      const folder = scene.write(filesOf(tables));
      const { result: task, messages: forCatalogue } = await scene.countingMessages(() =>
        scene.batch(database, folder, OWN_TABLES),
      );
      assert.equal(forCatalogue, 1);
      const { result, messages } = await scene.countingMessages(() => runBatch(database, task));
      assert.equal(result.result.outcome, 'Succeeded');
      assert.deepEqual(result.byTable, {
        one: 'Loaded 40000',
        two: 'Loaded 0',
        three: 'Loaded 1',
        four: 'Loaded 8995',
      });
      assert.equal(messages, 1);
      assert.deepEqual(await idsOf(database, 'v1_one'), range(0, 40_000));
      assert.deepEqual(await idsOf(database, 'v1_three'), [7]);
      const again = await runBatch(database, await scene.batch(database, folder, OWN_TABLES, 'run-2'));
      assert.deepEqual(new Set(Object.values(again.byTable)), new Set(['AlreadyLoaded 0']));
    });

    test('reads a dump again for tables that need another way to copy, all of them at once', async () => {
      const database = await createTestDatabase(version);
      const prices =
        '[{"column_name": "ride_id", "column_type": "int"}, {"column_name": "price", "column_type": "decimal(8,2)"}]';
      const text = `ride_id|price\n${range(0, 30_000)
        .map((id) => `${id}|12.50\n`)
        .join('')}`;
      // In digits with an exponent only PostgreSQL reads it.
      const files = { one: `${text}30000|1e1\n`, two: text, three: `${text}30000|2e1\n` };
      const folder = scene.write(
        Object.fromEntries(
          Object.entries(files).flatMap(([name, dat]) => [
            [`${name}.dat`, dat],
            [`${name}.json`, prices],
          ]),
        ),
      );
      const task = await scene.batch(database, folder, OWN_TABLES);
      const { result, messages } = await scene.countingMessages(() => runBatch(database, task));
      assert.deepEqual(result.byTable, { one: 'Loaded 30001', three: 'Loaded 30001', two: 'Loaded 30000' });
      assert.equal(messages, 2);
      assert.deepEqual(await database.query('SELECT sum(price)::float8 AS sum FROM v1_one'), [{ sum: 375_010 }]);
    });

    test('fails a bad table alone, and keeps the rejects of others with the place in their files', async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE one (ride_id bigint CHECK (ride_id > 0), rider text)');
      await database.query('CREATE TABLE two (ride_id bigint CHECK (ride_id > 0), rider text)');
      const bad = '-1|`nobody`\nx|`text`\n';
      const folder = scene.write(
        filesOf({
          one: rides(range(1, 3000), bad),
          two: rides([1], bad),
          three: 'ride_id|rider\n',
          bad: rides([1], 'x|y\n'.repeat(9)),
        }),
      );
      const spec = `${OWN_TABLES}rejects: { limit: 3 }\n`;
      const { result, byTable, results } = await runBatch(database, await scene.batch(database, folder, spec));
      assert.equal(result.outcome, 'Succeeded');
      assert.deepEqual(byTable, { bad: 'TooManyRejects', one: 'Loaded 2999', three: 'Loaded 0', two: 'Loaded 1' });
      assert.deepEqual(await ledger(database), [
        { name: 'v1_one', rows: 2999, rejects: 2 },
        { name: 'v1_three', rows: 0, rejects: 0 },
        { name: 'v1_two', rows: 1, rejects: 2 },
      ]);
      const rejects = await database.query(
        `SELECT version_table AS name, line::int, convert_from(raw, 'UTF8') AS raw FROM motherload.rejects JOIN motherload.loads USING (load_id) ORDER BY 1, 2`,
      );
      assert.deepEqual(rejects, [
        { name: 'v1_one', line: 3001, raw: '-1|`nobody`' },
        { name: 'v1_one', line: 3002, raw: 'x|`text`' },
        { name: 'v1_two', line: 3, raw: '-1|`nobody`' },
        { name: 'v1_two', line: 4, raw: 'x|`text`' },
      ]);
      assert.equal(results.length, 4);
      assert.deepEqual(await idsOf(database, 'ONLY one'), []);
      assert.equal((await idsOf(database, 'one')).length, 2999);
      const failures = await database.query(
        "SELECT version_table AS name FROM motherload.history WHERE outcome = 'Failed'",
      );
      assert.deepEqual(failures, [{ name: 'v1_bad' }]);
    });

    test('names the line of a record that cannot be loaded', async () => {
      const database = await createTestDatabase(version);
      const folder = scene.write(filesOf({ one: rides(range(0, 20_000), 'x|y\n'), two: rides([1]) }));
      const { results, byTable } = await runBatch(database, await scene.batch(database, folder, OWN_TABLES));
      assert.equal(byTable['two'], 'Loaded 1');
      const [failed] = results;
      assert(failed?.outcome === 'Failed');
      assert.equal(failed.failure.line, 20_002);
    });

    test('loads a table in chunks, packed files and tables of a ZIP whose entries end by descriptors', async () => {
      const database = await createTestDatabase(version);
      const files = {
        'one.1.dat': rides([1, 2]),
        'two.dat': rides([5]),
        'one.0.dat': rides([0]),
        'one.json': SCHEMA,
        'two.json': SCHEMA,
      };
      for (const method of ['Stored', 'Deflate'] as const) {
        const folder = scene.write(files, { method, descriptor: 'Signed' });
        const run = `run-${method}`;
        const { byTable } = await runBatch(database, await scene.batch(database, folder, OWN_TABLES, run));
        const isFirst = method === 'Stored';
        assert.deepEqual(
          byTable,
          isFirst ? { one: 'Loaded 3', two: 'Loaded 1' } : { one: 'AlreadyLoaded 0', two: 'AlreadyLoaded 0' },
        );
      }
      assert.deepEqual(await idsOf(database, 'v1_one'), [0, 1, 2]);
    });

    test('replaces tables of an earlier dump', async () => {
      const database = await createTestDatabase(version);
      const spec = `${OWN_TABLES}loading: { onExisting: Replace }\n`;
      for (const [run, ids] of [
        ['run-1', [1, 2]],
        ['run-2', [3]],
      ] as const) {
        const folder = scene.write(filesOf({ one: rides(ids), two: rides(ids) }));
        const { result } = await runBatch(database, await scene.batch(database, folder, spec, run));
        assert.equal(result.outcome, 'Succeeded');
        assert.deepEqual(await idsOf(database, 'v1_two'), ids);
      }
    });

    test('loads nothing of a message that was changed since the catalogue', async () => {
      const database = await createTestDatabase(version);
      const folder = scene.write(filesOf({ one: rides(range(0, 100_000)), two: rides(range(0, 100_000)) }), {
        method: 'Stored',
      });
      const file = join(folder, 'crm_v1.zip.gpg');
      for (const [change, code] of [
        [(bytes: Buffer) => Buffer.concat([bytes, Buffer.from('more')]), 'MessageFollowed'],
        [(bytes: Buffer) => bytes.subarray(0, -5), 'MessageTruncated'],
        [
          (bytes: Buffer) =>
            bytes.fill(
              bytes.subarray(-1).map((byte) => byte ^ 1),
              bytes.length - 1,
            ),
          'MessageDamaged',
        ],
      ] as const) {
        const whole = readFileSync(file);
        const task = await scene.batch(database, folder, OWN_TABLES);
        writeFileSync(file, change(Buffer.from(whole)));
        const { byTable } = await runBatch(database, task);
        assert.deepEqual(byTable, { one: code, two: code });
        writeFileSync(file, whole);
      }
      assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.one', 'public.two']);
      assert.deepEqual(await idsOf(database, 'one'), []);
    });

    test('loads nothing of another dump that took its place', async () => {
      const database = await createTestDatabase(version);
      const folder = scene.write(filesOf({ one: rides([1]), two: rides([2]) }));
      const task = await scene.batch(database, folder, OWN_TABLES);
      const other = scene.write(filesOf({ one: rides([3]), two: rides([2]) }));
      writeFileSync(join(folder, 'crm_v1.zip.gpg'), readFileSync(join(other, 'crm_v1.zip.gpg')));
      const { byTable } = await runBatch(database, task);
      assert.deepEqual(byTable, { one: 'DumpChanged', two: 'Loaded 1' });
    });
  });
}
