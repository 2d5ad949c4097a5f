import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

const BASE = String.raw`dialect: mysql, delimiter: ',', header: false, quote: '', nullMarker: '\N', escape: '\'`;
/** A column of this type forces COPY's text format. */
const MORE = { binary: {}, text: { more: 'json' } };

for (const version of SUPPORTED_VERSIONS) {
  suite(`values of bytes and bits on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);

    async function loadAnew(column: string, values: readonly string[], format: string, way: keyof typeof MORE) {
      await database.query('DROP TABLE IF EXISTS v1_rides');
      const text = values.map((value) => `${value}${way === 'text' ? ',{}' : ''}\n`).join('');
      const columns = { value: column, ...MORE[way] };
      return await load(database, { text, columns, mother: undefined, spec: `format: { ${BASE}, ${format} }` });
    }

    async function check(
      column: string,
      values: Readonly<Record<string, string | null>>,
      format: string,
    ): Promise<void> {
      for (const way of ['binary', 'text'] as const) {
        await loadAnew(column, Object.keys(values), format, way);
        const rows = await database.query('SELECT value::text FROM v1_rides ORDER BY ctid');
        assert.deepEqual(
          rows.map((row) => row['value']),
          Object.values(values),
          `${format}, in ${way}`,
        );
      }
    }

    async function refused(
      column: string,
      values: readonly string[],
      format: string,
      code: string,
      says = /set spec.format.binaryValues|check spec.format.binaryValues/,
    ): Promise<void> {
      for (const way of ['binary', 'text'] as const) {
        const failure = await failureOf(loadAnew(column, values, format, way));
        assert.deepEqual(
          [failure.kind, failure.code, failure.column],
          ['Data', code, 'value'],
          `${values.join()} in ${way}`,
        );
        assert.match(failure.message, says);
      }
    }

    const LONG = 'ab'.repeat(300_000);

    test('are read from hexadecimal digits', async () => {
      const values = {
        '0x00fF': '\\x00ff',
        '4142': '\\x4142',
        '': '\\x',
        '0X': '\\x',
        '\\N': null,
        [LONG]: `\\x${LONG}`,
      };
      await check('varbinary(9)', values, 'binaryValues: Hex');
      for (const value of ['0x0', 'zz', '0x4g']) await refused('blob', [value], 'binaryValues: Hex', 'NotHexadecimal');
    });

    test('are read from base64, with the line ends of MySQL', async () => {
      const values = {
        'AP8=': '\\x00ff',
        QUJD: '\\x414243',
        'QQ==': '\\x41',
        'QU\\nJDQU\\nJD': '\\x414243414243',
        '+/+/': '\\xfbffbf',
        '': '\\x',
        '\\N': null,
      };
      await check('blob', values, 'binaryValues: Base64');
      for (const value of ['QQ', 'QQ=', '=QQQ', 'QQ==QUJD', 'Q===', 'Q-__'])
        await refused('blob', [value], 'binaryValues: Base64', 'NotBase64');
    });

    test('are taken as they are, whatever bytes they are', async () => {
      const values = {
        '\\0': '\\x00',
        'a\\,\\\\\\n\\t\xff\x80': '\\x612c5c0a09ff80',
        '4142': '\\x34313432',
        '': '\\x',
        '\\N': null,
      };
      await check('mediumblob', values, 'binaryValues: Raw');
      await check('mediumblob', { ...values, QUJD: '\\x51554a44' }, 'preset: mysql-outfile, binaryValues: Raw');
      await check('blob', { '\xc3(': '\\xc328', '\xff': '\\xff' }, 'encoding: UTF8, binaryValues: Raw');
    });

    test('are refused where they may be raw, or digits, and the manifest does not say which', async () => {
      const open = 'preset: mysql-outfile';
      await refused('blob', ['', 'ab', '4142'], open, 'BinaryUnclear');
      await refused('blob', ['QUJD', '\\N', 'AP8='], open, 'BinaryUnclear');
      await check('blob', { ab: '\\x6162', QUJD: '\\x51554a44', 'a:': '\\x613a' }, open);
      await check('blob', { '': '\\x', '\\N': null }, open);
      const long = '00'.repeat(400_000);
      await check('blob', { ':': '\\x3a', [long]: `\\x${'30'.repeat(800_000)}`, '00': '\\x3030' }, open);
    });

    test('of bits are numbers, digits of 0 and 1, or raw bytes', async () => {
      await check('bit(4)', { '5': '0101', '0': '0000', '15': '1111', '\\N': null }, 'binaryValues: Hex');
      await check('bit(10)', { '5': '0000000101', '1023': '1111111111' }, 'binaryValues: Hex');
      await check(
        'bit(64)',
        { '18446744073709551615': '1'.repeat(64), '1': '1'.padStart(64, '0') },
        'binaryValues: Hex',
      );
      await check(
        'bit(10)',
        { '\x03\xff': '1111111111', '\\0\\n': '0000001010', '12': '0'.repeat(10) },
        'binaryValues: Raw',
      ).then(
        () => assert.fail('two raw bytes of 13 bits'),
        (error: unknown) => assert.match(String(error), /NotBits|bits/),
      );
      await check('bit(10)', { '\x03\xff': '1111111111', '\\0\\n': '0000001010' }, 'binaryValues: Raw');
      await check('bit(63)', { '\x7f\xff\xff\xff\xff\xff\xff\xff': '1'.repeat(63) }, 'binaryValues: Raw');
      for (const value of ['16', '', '-1', '2x', '\\0'])
        await refused('bit(4)', [value], 'binaryValues: Hex', 'NotBits');
      for (const value of ['18446744073709551616', '99999999999999999999', '111111111111111111111'])
        await refused('bit(64)', [value], 'binaryValues: Hex', 'NotBits');
      for (const value of ['\x10', '', '12']) await refused('bit(4)', [value], 'binaryValues: Raw', 'NotBits');
    });

    test('of bits are digits of 0 and 1 where each has all of them', async () => {
      await check('bit(4)', { '1010': '1010', '0001': '0001', '0000': '0000', '\\N': null }, 'binaryValues: Hex');
      await check('bit(10)', { '1000000001': '1000000001' }, 'binaryValues: Hex');
      const numbers = { '1': '1'.padStart(64, '0'), '18446744073709551615': '1'.repeat(64) };
      await check('bit(64)', numbers, 'binaryValues: Hex');
    });

    test('of bits are refused where some have all digits of 0 and 1 and others fewer, as BIN() writes them', async () => {
      for (const values of [
        ['101', '11111111'],
        ['11111111', '1', '\\N', '10'],
        ['10000000', '7'],
      ])
        await refused(
          'bit(8)',
          values,
          'binaryValues: Hex',
          'BinaryUnclear',
          /export the column as a number \(b \+ 0\)$/,
        );
    });

    test('of bits are read as decimal numbers with a warning where they have no other digits than 0 and 1', async () => {
      const warning =
        'the values of value are written with 0 and 1 alone, and were read as decimal numbers: if they are binary ones, as BIN() writes them, export the column as a number (b + 0)';
      const warningsOf = async (...values: string[]) =>
        (await loadAnew('bit(8)', values, 'binaryValues: Hex', 'binary')).warnings;
      assert.deepEqual(await warningsOf('0', '1', '101'), [warning]);
      assert.deepEqual([await warningsOf('0', '1', '101', '2'), await warningsOf('0', '1')], [[], []]);
    });

    test('of bits are what they can be alone, where the manifest does not say which', async () => {
      const open = 'preset: mysql-outfile';
      await check('bit(1)', { '\\0': '0', '\x01': '1', '0': '0', '1': '1', '\\N': null }, open);
      await check('bit(8)', { '\x05': '00000101', '255': '11111111', '\xff': '11111111' }, open);
      await refused('bit(8)', ['7'], open, 'BinaryUnclear');
      await refused('bit(16)', ['12'], open, 'BinaryUnclear');
      // Not escaped, the bytes of 23630 are \\N.
      await refused('bit(16)', ['\\N'], open, 'BinaryUnclear');
      await refused('bit(16)', ['\\N'], 'binaryValues: Raw', 'NotBits');
      await check('bit(16)', { '\\N': null, '1': '1'.padStart(16, '0') }, 'binaryValues: Hex');
    });

    test('of one raw bit become a boolean', async () => {
      const dialects = 'preset: mysql-outfile';
      await database.query('DROP TABLE IF EXISTS rides CASCADE; CREATE TABLE rides (value boolean)');
      await load(database, {
        text: '\\0\n\x01\n\\N\n1\n',
        columns: { value: 'bit(1)' },
        version: 'v2',
        spec: `format: { ${BASE}, ${dialects} }`,
      });
      assert.deepEqual(
        (await database.query('SELECT value FROM rides')).map((row) => row['value']),
        [false, true, null, true],
      );
    });

    test('cannot be raw where a byte may be a part of another character', async () => {
      const spec = `format: { ${BASE}, encoding: SJIS, binaryValues: Raw }`;
      const failure = await failureOf(
        load(database, { text: '1\n', columns: { value: 'blob' }, mother: undefined, version: 'v3', spec }),
      );
      assert.deepEqual([failure.kind, failure.code], ['Manifest', 'RawInEncoding']);
    });

    test('reach a domain of bytes as bytes', async () => {
      await database.query(
        "DROP TABLE IF EXISTS rides CASCADE; CREATE DOMAIN photo AS bytea CHECK (value <> ''); CREATE TABLE rides (value photo)",
      );
      await load(database, {
        text: '0x4142\n',
        columns: { value: 'blob' },
        version: 'v4',
        spec: `format: { ${BASE}, binaryValues: Hex }`,
      });
      assert.deepEqual(await database.query('SELECT value::text FROM rides'), [{ value: '\\x4142' }]);
    });
  });
}
