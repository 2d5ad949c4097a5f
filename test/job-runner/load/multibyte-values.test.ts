import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { failureOf, load, type Scene } from './load-scene.ts';
import { rejectsOf } from './rejects-scene.ts';

/** Three characters, some with bytes of a backslash, a brace or a digit. */
const CHARACTERS: Readonly<Record<string, readonly [bytes: string, text: string]>> = {
  BIG5: ['b35c a577 a4a4', '許叱中'],
  EUC_JP: ['c9bd 8fb0a1 8ea7', '表丂ｧ'],
  EUC_KR: ['c7d1 b1db a4a1', '한글ㄱ'],
  EUC_TW: ['c4e3 8ea1c4e3 c4e3', '中中中'],
  GB18030: ['d6d0 8130 8130 817b', '中\u0080亄'],
  GBK: ['d6d0 9d5c d7d6', '中漒字'],
  SJIS: ['955c 835c a7', '表ソｧ'],
  UHC: ['c7d1 8141 b1db', '한갂글'],
};

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1');

for (const version of SUPPORTED_VERSIONS) {
  suite(`values in encodings of several bytes a character, on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const rides = async (columns: string) => {
      await database.query('DROP TABLE IF EXISTS rides CASCADE; DROP SCHEMA IF EXISTS motherload CASCADE');
      await database.query(`CREATE TABLE rides (${columns})`);
    };

    for (const [encoding, [hex, text]] of Object.entries(CHARACTERS)) {
      test(`are as long as their characters, in ${encoding}`, async () => {
        await rides('ride_id integer, rider varchar(3)');
        const three = bytesOf(hex);
        const scene: Scene = {
          text: `ride_id|rider\n1|${three}\n2|${three}x\n`,
          spec: `format: { encoding: ${encoding} }\nrejects: { limit: 1 }`,
        };
        assert.equal((await load(database, scene)).rows, 1);
        assert.deepEqual(await database.query('SELECT rider FROM v1_rides'), [{ rider: text }]);
        assert.deepEqual(
          (await rejectsOf(database)).map(({ line, code }) => [line, code]),
          [[3, 'Sql22001']],
        );
      });
    }

    test('are what their characters say, whatever these have for bytes, in SJIS', async () => {
      // The last byte of the first character is a backslash, of the others a brace.
      const [zo, bo, ma] = ['\x95\x5c', '\x83\x7b', '\x83\x7d'];
      const spec = 'format: { encoding: SJIS, dialect: mysql }';
      await rides('ride_id integer, rider varchar(3), facts jsonb, photo bytea');
      const columns = { ride_id: 'int', rider: 'varchar', facts: 'json', photo: 'varchar' };
      const header = 'ride_id|rider|facts|photo\n';
      const facts = [`{"${zo}":"a","${zo}b":2}`, `{"${bo}":{"a":1},"b":{"a":"${ma}"},"a":2}`];
      const text = `${header}1|${zo}  |${facts[0]}|${zo}\n2||${facts[1]}|\n`;
      await load(database, { text, columns, spec });
      assert.deepEqual(await database.query('SELECT rider, facts, photo FROM v1_rides ORDER BY ride_id'), [
        { rider: '表  ', facts: { 表: 'a', 表b: 2 }, photo: Buffer.from('表') },
        { rider: '', facts: { ボ: { a: 1 }, b: { a: 'マ' }, a: 2 }, photo: Buffer.alloc(0) },
      ]);
      for (const [record, column] of [
        [`1|${zo}   |{}|`, 'rider'],
        [`1||{"${zo}":1,"${zo}":2}|`, 'facts'],
      ] as const) {
        const failure = await failureOf(load(database, { text: `${header}${record}\n`, columns, spec, version: 'v2' }));
        assert.deepEqual([failure.code, failure.line, failure.column], ['ValueCut', 2, column]);
      }
    });
  });
}
