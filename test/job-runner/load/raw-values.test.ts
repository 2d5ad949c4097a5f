import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

const BASE = String.raw`dialect: mysql, delimiter: ',', header: false, quote: '', nullMarker: '\N', escape: '\'`;

for (const version of SUPPORTED_VERSIONS) {
  suite(`raw bytes among texts on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);

    test('do not hide what is wrong with a record behind them', async () => {
      const rows = { 'bit(8)': '\\0,1\n\x81,2\n', blob: '\\0,1\n\x81,2\n\\0\x81,3\n' };
      for (const [column, before] of Object.entries(rows))
        for (const encoding of ['UTF8', 'WIN1252']) {
          const spec = `format: { ${BASE}, encoding: ${encoding}, binaryValues: Raw }`;
          const columns = { value: column, n: 'int' };
          const failure = await failureOf(
            load(database, { text: `${before}\\0,x\n`, columns, mother: undefined, spec }),
          );
          const line = before.split('\n').length;
          assert.deepEqual(
            [failure.code, failure.line, failure.column],
            ['Sql22P02', line, 'n'],
            `${column} ${encoding}`,
          );
        }
    });

    test('are no characters that must be of the encoding, where records may be left out', async () => {
      await database.query('DROP TABLE IF EXISTS v1_rides');
      for (const binaryValues of ['', ', binaryValues: Raw'])
        for (const [column, values] of Object.entries({ 'bit(9)': ['\x01\xff', '\0\x80'], blob: ['\xff', '\xc3'] })) {
          const text = values.map((value) => `${value.replace('\0', '\\0')}\n`).join('');
          const spec = `format: { ${BASE}, encoding: UTF8, preset: mysql-outfile${binaryValues} }\nrejects: { limit: 5 }`;
          const loaded = await load(database, { text, columns: { value: column }, mother: undefined, spec });
          assert.deepEqual([loaded.rows, loaded.rejects], [2, 0], `${column}${binaryValues}`);
          await database.query('DROP TABLE v1_rides');
        }
    });

    test('are empty where bcp writes a NUL byte for that', async () => {
      for (const notation of ['Hex', 'Base64']) {
        await database.query('DROP TABLE IF EXISTS v1_rides');
        const spec = `format: { preset: bcp-char, binaryValues: ${notation} }`;
        const columns = { id: 'int', value: 'varbinary' };
        await load(database, { text: '1\t\0\r\n2\t\r\n', columns, mother: undefined, spec });
        const rows = await database.query('SELECT value::text FROM v1_rides ORDER BY id');
        assert.deepEqual(rows, [{ value: '\\x' }, { value: null }], notation);
      }
    });
  });
}
