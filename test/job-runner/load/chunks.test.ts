import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Failure } from '../../../crds/contract/errors.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { HEADER, loadChunks } from './chunks-scene.ts';

const rowsOf = async (database: TestDatabase) =>
  (await database.query('SELECT id, name FROM v1_t ORDER BY id')).map(({ id, name }) => [id, name]);

interface Unfinished {
  readonly title: string;
  readonly chunks: readonly string[];
  readonly spec?: string;
  readonly failure: Partial<Failure>;
  readonly message: RegExp;
}

const OUTFILE = 'format: { preset: mysql-outfile }';
const TERMINATOR = 'format: { header: false, recordTerminator: "&|\\n" }';
const WITHIN = /^the file ends within a quoted or escaped value/;
const FIRST = 'crm_v1.zip:t.00000.dat';
const SECOND = 'crm_v1.zip:t.00001.dat';
const UNFINISHED: readonly Unfinished[] = [
  {
    title: 'within quotes, and the next one closes them',
    chunks: [`${HEADER}1|one\n2|\`two\n`, `${HEADER}3|three\`\n`],
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 3, record: '2|`two' },
    message: WITHIN,
  },
  {
    title: 'within quotes, and the next one begins with another header',
    chunks: [`${HEADER}1|\`one`, 'not it\n2|two\n'],
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 2 },
    message: WITHIN,
  },
  {
    title: 'within quotes, and is not the first one',
    chunks: [`${HEADER}1|one\n2|two`, `${HEADER}3|three\n4|\`four\n`, `${HEADER}5|five\`\n`],
    failure: { code: 'UnterminatedQuote', file: SECOND, line: 3, record: '4|`four' },
    message: WITHIN,
  },
  {
    title: 'within quotes, where records may be left out',
    chunks: [`${HEADER}1|\`one\n`, `${HEADER}2|two\`\n`],
    spec: 'rejects: { limit: 100 }',
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 2 },
    message: WITHIN,
  },
  {
    title: 'behind an escape',
    chunks: ['1\tone\\', '2\ttwo\n'],
    spec: OUTFILE,
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 1 },
    message: WITHIN,
  },
  {
    title: 'behind an escape, where lines end with CRLF',
    chunks: ['1\tone\r\n2\ttwo\\', '3\tthree\r\n'],
    spec: 'format: { preset: mysql-outfile, recordTerminator: "" }',
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 2 },
    message: WITHIN,
  },
  {
    title: 'with an escaped line end',
    chunks: ['1\tone\\\n', '2\ttwo\n'],
    spec: OUTFILE,
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 1 },
    message: WITHIN,
  },
  {
    title: 'before the last field',
    chunks: [`${HEADER}1|one\n2`, `${HEADER}3|three\n`],
    failure: { code: 'FieldCount', file: FIRST, line: 3, record: '2' },
    message: /has 1 fields/,
  },
  {
    title: 'in the middle of a character of UTF-8',
    chunks: [`${HEADER}1|on\xc3`, `${HEADER}\xa92|two\n`],
    spec: 'format: { encoding: UTF8 }',
    failure: { code: 'Sql22021', file: FIRST, line: 2 },
    message: /invalid byte sequence/,
  },
  {
    title: 'in the middle of a character of GBK, whose second byte could be a line feed',
    chunks: [`${HEADER}1|on\x83`, `${HEADER}2|two\n`],
    spec: 'format: { encoding: GBK }',
    failure: { code: 'UnterminatedQuote', file: FIRST, line: 2 },
    message: WITHIN,
  },
  {
    title: 'with a line feed where records end otherwise',
    chunks: ['1|one\n', '2|two&|\n'],
    spec: TERMINATOR,
    failure: { code: 'FieldCount', file: FIRST },
    message: /ends with a line feed and not with the record terminator/,
  },
  {
    title: 'in the middle of a record terminator',
    chunks: ['1|one&|', '2|two&|\n'],
    spec: TERMINATOR,
    failure: { code: 'FieldCount', file: FIRST },
    message: /^the file ends within the record terminator/,
  },
];

suite('a table in chunks', () => {
  for (const { title, chunks, spec, failure, message } of UNFINISHED)
    test(`is refused where a chunk ends ${title}`, async () => {
      const { failure: found } = await loadChunks(chunks, spec);
      assert.deepEqual({ ...found, ...failure }, found);
      assert.match(found?.message ?? '', message);
    });

  test('has the records of each chunk, with line ends in values, and none at the end of a chunk', async () => {
    const { database } = await loadChunks([`${HEADER}1|\`one\n\`\n`, `${HEADER}2|two`, `${HEADER}3|three\n\n\n`, '']);
    const values = [['1', 'one\n'], ['2', 'two'], ['3', 'three']]; // prettier-ignore
    assert.deepEqual(await rowsOf(database), values);
  });

  test('may have line ends of its own in each chunk, where either is one', async () => {
    const dos = (text: string) => text.replaceAll('\n', '\r\n');
    for (const chunks of [
      [dos(`${HEADER}1|one\n`), `${HEADER}2|two\n`],
      [`${HEADER}1|one`, dos(`${HEADER}2|two\n`)],
    ]) {
      const { database } = await loadChunks(chunks);
      assert.deepEqual(await rowsOf(database), [['1', 'one'], ['2', 'two']]); // prettier-ignore
    }
    const { failure } = await loadChunks(
      ['id|name\n1|one\n', 'id|name\r\n2|two\n'],
      'format: { recordTerminator: "\\n" }',
    );
    assert.equal(failure?.code, 'ChunkHeader');
  });

  test('may have empty lines and the DOS end of file behind the records of each chunk, as a file may', async () => {
    for (const spec of ['', 'rejects: { limit: 100 }']) {
      const { database, table } = await loadChunks(
        [`${HEADER}1|one\n\n\n`, `${HEADER}2|two\n\x1a`, `${HEADER}3|x\n`],
        spec,
      );
      assert(table?.outcome === 'Loaded');
      assert.deepEqual([table.rejects, table.warnings], [0, []]);
      assert.deepEqual(await rowsOf(database), [['1', 'one'], ['2', 'two'], ['3', 'x']]); // prettier-ignore
    }
  });

  test('is reported where chunks have the same bytes, which are loaded all the same', async () => {
    const copy = `${HEADER}1|one\n`;
    const { table } = await loadChunks([copy, `${HEADER}2|two\n`, copy, `${HEADER}2|two\n`, copy]);
    assert(table?.outcome === 'Loaded');
    assert.equal(table.rows, 5);
    assert.deepEqual(
      table.warnings.map((warning) => warning.split(': all of')[0]),
      ['the chunk t.00002.dat has the same bytes as t.00000.dat, and 2 more chunks are copies as well'],
    );
    for (const chunks of [
      [copy, HEADER, HEADER, '', ''],
      [copy, copy.replace('one', 'two')],
    ]) {
      const { table: other } = await loadChunks(chunks);
      assert(other?.outcome === 'Loaded');
      assert.deepEqual(other.warnings, []);
    }
  });

  test('is reported where the DOS end of file is part of a value in any chunk', async () => {
    const { table } = await loadChunks([`${HEADER}1|one\x1a`, `${HEADER}2|two\n`]);
    assert(table?.outcome === 'Loaded');
    assert.match(table.warnings.join(), /its last byte is 0x1A/);
  });

  test('has its errors by the record of the chunk that they name, where records do not end with line feeds', async () => {
    const spec = 'format: { recordTerminator: "#~" }';
    const chunks = ['id|name#~1|one#~2|two', 'id|name#~3|`three#~\n`#~4|four|vier#~5|x#~'];
    const { failure } = await loadChunks(chunks, spec);
    assert.deepEqual(
      [failure?.code, failure?.file, failure?.line, failure?.record],
      ['FieldCount', SECOND, 4, '4|four|vier'],
    );
    const { database } = await loadChunks(chunks, `${spec}\nrejects: { limit: 100 }`);
    const rejects = await database.query('SELECT record::int, line::int FROM motherload.rejects');
    assert.deepEqual(rejects, [{ record: 4, line: 6 }]);
  });

  test('has its errors by the line of the chunk that they name', async () => {
    const { failure } = await loadChunks([`${HEADER}1|one\n2|two`, `${HEADER}3|\`three\n\`\n4|four|vier\n`]);
    assert.deepEqual([failure?.code, failure?.file, failure?.line], ['FieldCount', SECOND, 4]);
  });

  test('says which of them was cut off where its tool ends each record', async () => {
    const { table } = await loadChunks(['1\tone\n2\ttw', '3\tthree\n4\tf'], OUTFILE);
    const warnings = table?.outcome === 'Loaded' ? table.warnings : [];
    assert.equal(warnings.length, 2, warnings.join());
    assert.match(warnings[0] ?? '', /^the last record of t\.00000\.dat has no end, which MySQL's server always writes/);
    assert.match(warnings[1] ?? '', /^the last record has no end/);
    const whole = await loadChunks(['1\tone\n', '2\ttwo\n'], OUTFILE);
    assert.deepEqual(whole.table?.outcome === 'Loaded' && whole.table.warnings, []);
  });

  for (const version of SUPPORTED_VERSIONS)
    test(`has its rejects by line and byte in its chunks put together, whoever finds them, on PostgreSQL ${version}`, async () => {
      const chunks = [
        `${HEADER}1|one\nbad\n2|two|bad\n-3|bad\n3|ok`,
        `${HEADER}-4|\`bad\n\`\nbad\n\n`,
        `${HEADER}bad\n-5|bad\n4|four\n-6|bad\nbad`,
      ];
      const database = await createTestDatabase(version);
      await database.query("CREATE TABLE t (id text CHECK (id NOT LIKE '-%'), name text)");
      const { table } = await loadChunks(chunks, 'rejects: { limit: 100 }', database);
      assert.equal(table?.outcome, 'Loaded');
      const together = chunks.join('');
      const rejects = await database.query(
        `SELECT line::int, byte_offset::int AS at, convert_from(raw, 'LATIN1') AS raw FROM motherload.rejects ORDER BY record`,
      );
      const found = ['bad', '2|two|bad', '-3|bad', '-4|`bad\n`', 'bad', 'bad', '-5|bad', '-6|bad', 'bad'];
      assert.deepEqual(rejects.map(({ raw }) => raw), found); // prettier-ignore
      for (const { line, at, raw } of rejects as { line: number; at: number; raw: string }[]) {
        assert.equal(together.slice(at, at + raw.length), raw);
        assert.equal(together.slice(0, at).split('\n').length, line);
      }
      assert.deepEqual((await rowsOf(database)).flat(), ['1', 'one', '3', 'ok', '4', 'four']);
    });
});
