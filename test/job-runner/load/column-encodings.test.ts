import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { COLUMNS, encodingsScene, UTF16LE } from './encodings-scene.ts';
import { failureOf, load } from './load-scene.ts';

for (const version of SUPPORTED_VERSIONS) {
  suite(`columns in encodings of their own on PostgreSQL ${version}`, async () => {
    const { database, loadAnew, loaded } = await encodingsScene(version);

    for (const [way, mother] of Object.entries({ binary: undefined, text: 'rides' })) {
      test(`reads columns in encodings of their own, in ${way}`, async () => {
        const cases = [
          ['encoding: LATIN1, columnEncodings: { B: UTF8 }', 'Zo\xeb|`\xe2\x82\xac \xc3\xa9`\n\xe9|\xc3\xa9\n'],
          [
            'encoding: UTF8, columnEncodings: { a: latin1, other: SJIS }',
            'Zo\xeb|`\xe2\x82\xac \xc3\xa9`\n\xe9|\xc3\xa9\n',
          ],
          ['encoding: WIN1252, columnEncodings: { a: CP850 }', 'Zo\x89|`\x80 \xe9`\n\x82|\xe9\n'],
        ] as const;
        for (const [format, text] of cases) {
          const result = await loadAnew({ text: `a|b\n${text}`, mother, spec: `format: { ${format} }` });
          assert.deepEqual(await loaded(), [
            ['Zoë', '€ é'],
            ['é', 'é'],
          ]);
          assert(!result.warnings.some((warning) => /UTF-8|0x80/.test(warning)));
        }
      });
    }

    test('counts the characters of a column by its own encoding', async () => {
      const columns = { a: 'varchar(2)', b: 'varchar(2)' };
      const spec = 'format: { columnEncodings: { b: UTF8 } }';
      await loadAnew({ text: 'a|b\n\xe9\xe9|\xc3\xa9\xc3\xa9\n', columns, mother: undefined, spec });
      assert.deepEqual(await loaded(), [['éé', 'éé']]);
    });

    test('refuses encodings of columns that are not single bytes, alone or beside those of the file', async () => {
      for (const format of [
        'columnEncodings: { b: SJIS }',
        'encoding: SJIS, columnEncodings: { b: UTF8 }',
        'encoding: UTF16LE, columnEncodings: { b: LATIN1 }',
      ]) {
        const text = format.includes('UTF16') ? UTF16LE('a|b\n1|2\n') : 'a|b\n1|2\n';
        const scene = { text, columns: COLUMNS, mother: undefined, spec: `format: { ${format} }` };
        const failure = await failureOf(load(database, scene));
        assert.deepEqual([failure.kind, failure.code], ['Manifest', 'ColumnEncoding'], format);
      }
    });
  });
}
