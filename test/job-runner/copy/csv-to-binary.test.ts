import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { from as copyFrom } from 'pg-copy-streams';
import { binaryKinds } from '../../../job-runner/copy/binary-columns.ts';
import { createCopyInput } from '../../../job-runner/copy/copy-input.ts';
import { CsvToBinary, NotForBinary } from '../../../job-runner/copy/csv-to-binary.ts';
import type { TablePlan } from '../../../job-runner/plan/table-plan.ts';
import { createTestDatabase } from '../../database.ts';
import { damaged, fieldOf, FORMATS, quoted, REFERENCE, TYPES } from './spellings.ts';

/** The parts of a plan that the conversion reads. */
function planOf(types: Readonly<Record<string, string>>, format = REFERENCE): TablePlan {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type, origin: 'Header' as const }));
  const versionTable = { schema: 'public', name: 'v1_rides' };
  return { versionTable, columns, copyColumns: Object.keys(types), format, warnings: [], digest: '' };
}

function kindsOf(plan: TablePlan): Uint8Array {
  const kinds = binaryKinds(plan);
  assert(kinds !== undefined);
  return kinds;
}

/** The file as COPY's binary format, in chunks of these lengths, or the reason why it cannot be that. */
function convertAll(plan: TablePlan, file: Buffer, chunkLengths: readonly number[] = [1000]): Buffer {
  const input = createCopyInput(plan, 'binary', { chunkBytes: 4096, outputSlots: 2 });
  const parts = [input.frame.header];
  for (let at = 0, index = 0; at < file.length; index++) {
    const chunk = file.subarray(at, at + (chunkLengths[index % chunkLengths.length] ?? file.length));
    parts.push(Buffer.from(input.take(chunk, index % 2).bytes));
    at += chunk.length;
  }
  parts.push(Buffer.from(input.end(0).bytes), input.frame.trailer);
  input.release?.();
  return Buffer.concat(parts);
}

const database = await createTestDatabase();

describe('CsvToBinary', () => {
  async function copy(statement: string, bytes: Buffer): Promise<void> {
    await pipeline(Readable.from([bytes]), database.client.query(copyFrom(statement)));
  }

  for (const [type, { values, atLeast, always }] of Object.entries(TYPES)) {
    it(`converts a ${type} as PostgreSQL does, or leaves it to PostgreSQL`, async () => {
      const spellings = fc.sample(values, { seed: 42, numRuns: 1000 });
      const plan = planOf({ value: type });
      const converter = CsvToBinary.acquire(REFERENCE, kindsOf(plan), { chunkBytes: 16_384, outputSlots: 1 });
      const isTaken = (value: string): boolean => {
        try {
          return converter.convert(Buffer.from(`${quoted(value)}\n`, 'latin1'), 0).length > 0;
        } catch (error) {
          assert(error instanceof NotForBinary, String(error));
          return false;
        }
      };
      assert.deepEqual(
        always.filter((value) => !isTaken(value)),
        [],
      );
      const taken = spellings.filter(isTaken);
      assert(taken.length >= atLeast, `only ${taken.length} of 1000 were converted`);
      taken.push(...fc.sample(damaged(values), { seed: 43, numRuns: 1000 }).filter(isTaken));

      const valid: string[] = [];
      for (const value of [...always, ...taken]) {
        const [row] = await database.query('SELECT pg_input_is_valid($1, $2) AS valid', [value, type]);
        if (row?.['valid'] === true) valid.push(value);
        else await assert.rejects(copyOne(type, value), `${value} is no ${type}, and was loaded`);
      }
      assert(valid.length > atLeast / 4, `only ${valid.length} values to compare`);
      const file = Buffer.from([...valid.map(quoted), 'NULL'].map((field) => `${field}\n`).join(''), 'latin1');
      await database.query(
        `DROP TABLE IF EXISTS read, made; CREATE TABLE read (id serial, value ${type}); CREATE TABLE made (LIKE read INCLUDING ALL)`,
      );
      await copy(
        "COPY read (value) FROM STDIN WITH (FORMAT csv, DELIMITER '|', QUOTE '`', NULL 'NULL', ENCODING 'LATIN1')",
        file,
      );
      await copy('COPY made (value) FROM STDIN WITH (FORMAT binary)', convertAll(plan, file));
      // The stored bytes: `=` would call 1.0 and 1.00 the same, and 0 and -0.
      const rows = 'SELECT row_number() OVER (ORDER BY id) AS at, value::text, pg_column_size(value) AS bytes FROM';
      assert.deepEqual(await database.query(`(${rows} made) EXCEPT (${rows} read)`), []);
      assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM made'), [{ rows: valid.length + 1 }]);
    });
  }

  async function copyOne(type: string, value: string): Promise<void> {
    await database.query(`DROP TABLE IF EXISTS one; CREATE TABLE one (value ${type})`);
    const bytes = convertAll(planOf({ value: type }), Buffer.from(`${quoted(value)}\n`, 'latin1'));
    await copy('COPY one (value) FROM STDIN WITH (FORMAT binary)', bytes);
  }

  const RIDES = { id: 'integer', rider: 'text', at: 'timestamp without time zone', price: 'numeric(8,2)' };
  const RECORDS = [
    '1|`Zo\xeb`|`Nov  3 2019 12:30PM`|9.50',
    '2|`a|b`|`2020-02-29 00:00:00.5`|`-0.01`',
    '`3`|NULL|NULL|NULL',
    '4|`NULL`|NULL|0',
    '5|`x\r\ny``\\`|`Dec 31 1999 11:59PM`|`12345.60`',
    '6||NULL|1',
    '7|NULL\\x|NULL|1',
  ];

  async function load(table: string, statement: string, bytes: Buffer): Promise<unknown> {
    const columns = Object.entries(RIDES).map((column) => column.join(' '));
    await database.query(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${columns.join(', ')})`);
    await copy(statement, bytes);
    return await database.query(`SELECT id, rider, at::text, price FROM ${table} ORDER BY 1`);
  }

  it('gives PostgreSQL the same rows, wherever chunks end, for LF and CRLF, with and without a last line end', async () => {
    const csv = "COPY csv FROM STDIN WITH (FORMAT csv, DELIMITER '|', QUOTE '`', NULL 'NULL', ENCODING 'LATIN1')";
    for (const lineEnd of ['\n', '\r\n']) {
      for (const last of ['', lineEnd]) {
        const file = Buffer.from(RECORDS.join(lineEnd) + last, 'latin1');
        const expected = await load('csv', csv, file);
        const whole = convertAll(planOf(RIDES), file);
        assert.deepEqual(await load('made', 'COPY made FROM STDIN WITH (FORMAT binary)', whole), expected);
        for (const lengths of [[1], [2], [3, 1], [16], [17, 5], [50]])
          assert.deepEqual(convertAll(planOf(RIDES), file, lengths), whole);
      }
    }
  });

  for (const format of FORMATS) {
    it(`reads fields as COPY does, with quotes, escapes and line ends in them: ${JSON.stringify(format)}`, async () => {
      const columns = { a: 'text', b: 'text', c: 'text' };
      const records = fc.sample(fc.array(fieldOf(format), { minLength: 3, maxLength: 3 }), { seed: 44, numRuns: 3000 });
      const lines = records.map((fields) => `${fields.join(format.delimiter)}\n`);
      const file = Buffer.from(lines.join(''), 'latin1');
      await database.query(
        'DROP TABLE IF EXISTS read, made; CREATE TABLE read (a text, b text, c text); CREATE TABLE made (LIKE read)',
      );
      const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
      const { delimiter, quote, escape, nullMarker } = format;
      const quoting = `QUOTE ${quote === '' ? "E'\\x01'" : literal(quote)} ${escape === '' ? '' : `, ESCAPE ${literal(escape)}`}`;
      await copy(
        `COPY read FROM STDIN WITH (FORMAT csv, DELIMITER ${literal(delimiter)}, ${quoting}, NULL ${literal(nullMarker)}, ENCODING 'LATIN1')`,
        file,
      );
      for (const lengths of [[1000], [17, 1, 300]]) {
        await database.query('TRUNCATE made');
        await copy('COPY made FROM STDIN WITH (FORMAT binary)', convertAll(planOf(columns, format), file, lengths));
        const rows = 'SELECT row_number() OVER (ORDER BY ctid) AS at, a, b, c FROM';
        assert.deepEqual(await database.query(`(${rows} made) EXCEPT (${rows} read)`), []);
        assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM made'), [{ rows: 3000 }]);
      }
    });
  }

  it('converts a table in the memory of another table as in new memory', () => {
    const before = Buffer.from(`${RECORDS.join('\r\n')}\r\n`, 'latin1');
    const plan = planOf(
      { rider: 'text', at: 'date' },
      { delimiter: ',', quote: '"', escape: '\\', nullMarker: '\\N', encoding: 'UTF8' },
    );
    const file = Buffer.from('"Zoë \\" ✓",2020-02-29\nNULL,\\N\n`|`,2021-01-01\n');
    const converters = [0, 1].map(() =>
      CsvToBinary.acquire(plan.format, kindsOf(plan), { chunkBytes: 4096, outputSlots: 2 }),
    );
    const [inNew = Buffer.alloc(0), inOld] = converters.map((converter, index) => {
      const first = converter.convert(file, 0);
      if (index === 0) return Buffer.from(first);
      converter.release();
      convertAll(planOf(RIDES), before);
      const again = CsvToBinary.acquire(plan.format, kindsOf(plan), { chunkBytes: 4096, outputSlots: 2 });
      const converted = again.convert(file, 0);
      assert.equal(converted.buffer, first.buffer);
      assert.equal(again.records, 3);
      return Buffer.from(converted);
    });
    assert.ok(inNew.length > 0);
    assert.deepEqual(inOld, inNew);
  });

  it('leaves UTF-8 unchanged', () => {
    const plan = planOf({ rider: 'text' }, { ...REFERENCE, encoding: 'UTF8' });
    const bytes = convertAll(plan, Buffer.from('`Zoë — ✓`\n'));
    assert(bytes.includes('Zoë — ✓'));
  });

  it('leaves records with other columns or line ends, and records that are too long, to PostgreSQL', () => {
    const plan = planOf({ id: 'integer', rider: 'text' });
    const refused = (file: string) => {
      assert.throws(() => convertAll(plan, Buffer.from(file, 'latin1')), NotForBinary, file.slice(0, 50));
    };
    for (const file of [
      '1|a\n2\n',
      '1|a\n2|b|c\n',
      '1|a\n\n2|b\n',
      '1|a\r\n2|b\n',
      '1|a\n2|b\r\n',
      '1|a\rb\n',
      '1|a\n2',
    ])
      refused(file);
    refused(`1|${'a'.repeat(300_000)}\n`);
    assert.equal(convertAll(plan, Buffer.from(`1|${'a'.repeat(200_000)}\n`)).length, 19 + 2 + 8 + 4 + 200_000 + 2);
  });

  it('is used for tables if it can write all their columns and read their encoding', () => {
    assert.deepEqual([...kindsOf(planOf({ id: 'bigint', rider: 'varchar(5)', at: 'timestamp(3)' }))], [2, 9, 7]);
    for (const type of [
      'real',
      'jsonb',
      'bytea',
      'timestamptz',
      'integer[]',
      'character(3)',
      'xml',
      'interval',
      'public.mood',
    ]) {
      assert.equal(binaryKinds(planOf({ id: 'bigint', other: type })), undefined, type);
    }
    for (const encoding of ['WIN1252', 'SQL_ASCII', 'EUC_JP']) {
      assert.equal(binaryKinds(planOf({ id: 'bigint' }, { ...REFERENCE, encoding })), undefined, encoding);
    }
    assert(binaryKinds(planOf({ id: 'bigint' }, { ...REFERENCE, encoding: 'iso-8859-1' })) !== undefined);
  });
});
