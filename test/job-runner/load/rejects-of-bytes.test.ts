import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { load, ridesText, upTo } from './load-scene.ts';
import { rejectsOf } from './rejects-scene.ts';

for (const version of SUPPORTED_VERSIONS) {
  suite(`bytes that cannot be loaded, on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const rides = async (columns: string) => {
      await database.query('DROP TABLE IF EXISTS rides CASCADE; DROP SCHEMA IF EXISTS motherload CASCADE');
      await database.query(`CREATE TABLE rides (${columns})`);
    };

    // A real is copied as text.
    for (const [format, type] of [
      ['binary', 'integer'],
      ['text', 'real'],
    ] as const) {
      test(`are one NUL byte in quotes, which nulIsEmpty makes the empty text, copied as ${format}`, async () => {
        await rides(`ride_id ${type}, rider text`);
        const scene = { text: 'ride_id|rider\n1|`\0`\n2|two\n', columns: { ride_id: type, rider: 'varchar' } };
        const { rows, rejects } = await load(database, { ...scene, spec: 'rejects: { limit: 1 }' });
        assert.deepEqual([rows, rejects], [1, 1]);
        const [reject] = await rejectsOf(database);
        assert.deepEqual([reject?.['line'], reject?.['code'], reject?.['raw']], [2, 'NulByte', '317c600060']);
        await load(database, { ...scene, version: 'v2', spec: 'format: { nulIsEmpty: true }' });
        const loaded = await database.query('SELECT rider FROM v2_rides ORDER BY ride_id');
        assert.deepEqual(loaded, [{ rider: '' }, { rider: 'two' }]);
      });
    }

    test('are those of an open quote, at which the memory for a record is full', async () => {
      await rides('ride_id integer, rider text');
      const record = `2|\`first${'x'.repeat(256 * 1024 - 12)}last`;
      const text = `ride_id|rider\n1|one\n${record}`;
      assert.equal((await load(database, { text, spec: 'rejects: { limit: 1 }' })).rejects, 1);
      const [reject] = await rejectsOf(database);
      assert.equal(Buffer.from(String(reject?.['raw']), 'hex').toString('latin1'), record);
    });

    test('are not UTF-8, in a record whose end has no line feed, where a later record has one', async () => {
      await rides('ride_id integer, rider text');
      const good = (id: number) => (id === 20_000 ? 'line\nfeed' : `${'no more '.repeat(9)}${id}`);
      const text = ridesText(upTo(24_000), (id) => (id === 3 ? 'se\xebven' : good(id)))
        .replaceAll('\n', ';')
        .replace('line;feed', 'line\nfeed');
      const spec = 'format: { encoding: UTF8, recordTerminator: ";" }\nrejects: { limit: 1 }';
      assert.equal((await load(database, { text, spec })).rows, 23_999);
      const [reject] = await rejectsOf(database);
      assert.deepEqual([reject?.['line'], reject?.['code'], reject?.['raw']], [4, 'NotInEncoding', '337c7365eb76656e']);
    });
  });
}
