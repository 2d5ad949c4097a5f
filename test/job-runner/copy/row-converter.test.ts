import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { from as copyFrom } from 'pg-copy-streams';
import { copyFormatsOf, createCopyInput } from '../../../job-runner/copy/copy-input.ts';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import { NotForBinary } from '../../../job-runner/copy/doubtful-values.ts';
import { plainNumber } from '../../../job-runner/copy/values/formatted-number.ts';
import { createTestDatabase } from '../../database.ts';
import { convertAll, planOf, REFERENCE } from './plans.ts';
import { damaged, TYPES } from './spellings.ts';
import { fuzz } from '../../fuzz.ts';

const quoted = (value: string) => `\`${value.replaceAll('`', '``')}\``;
const database = await createTestDatabase();

const isNumber = /int|numeric|double/;

/** Rounded by COPY into the next day, where the last moment of a day stays in it. */
const isLastMoment = (value: string) => /23:59:59\.999999[5-9]/.test(value);

describe('rows in binary', () => {
  async function copy(statement: string, bytes: Buffer): Promise<void> {
    await pipeline(Readable.from([bytes]), database.client.query(copyFrom(statement)));
  }

  /** The bytes of a table with one value, or undefined where it is refused or left to PostgreSQL. */
  function convertOne(type: string, value: string): Buffer | undefined {
    try {
      return convertAll(planOf({ value: type }), 'binary', Buffer.from(`${quoted(value)}\n`, 'latin1'), [16_384]).bytes;
    } catch (error) {
      assert(error instanceof NotForBinary || error instanceof RecordProblem, String(error));
      return undefined;
    }
  }

  for (const [type, { values, atLeast, always }] of Object.entries(TYPES)) {
    it(`are of a ${type} what PostgreSQL makes of it, unless it is refused or left to PostgreSQL`, async () => {
      const isTaken = (value: string) => convertOne(type, value) !== undefined;
      assert.deepEqual(
        always.filter((value) => !isTaken(value)),
        [],
      );
      const taken = fc.sample(values, fuzz(42, 1000)).filter(isTaken);
      assert(taken.length >= atLeast, `only ${taken.length} of 1000 were converted`);
      taken.push(...fc.sample(damaged(values), fuzz(43, 1000)).filter(isTaken));

      const valid: string[] = [];
      for (const value of [...always, ...taken]) {
        const [row] = await database.query('SELECT pg_input_is_valid($1, $2) AS valid', [value, type]);
        // A number that only people spell so is read all the same: see formatted-number.ts.
        if (row?.['valid'] !== true && isNumber.test(type) && typeof plainNumber(value, undefined) === 'object')
          continue;
        // MySQL's BIT(1), which is read as a boolean in text.
        if (type === 'boolean' && (value === '\0' || value === '\x01')) continue;
        if (row?.['valid'] !== true)
          await assert.rejects(copyOne(type, value), `${value} is not a ${type}, and was loaded`);
        else if (!isLastMoment(value)) valid.push(value);
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
      const { bytes } = convertAll(planOf({ value: type }), 'binary', file, [16_384]);
      await copy('COPY made (value) FROM STDIN WITH (FORMAT binary)', bytes);
      // The stored bytes: `=` would call 1.0 and 1.00 the same, and 0 and -0.
      const rows = 'SELECT row_number() OVER (ORDER BY id) AS at, value::text, pg_column_size(value) AS bytes FROM';
      assert.deepEqual(await database.query(`(${rows} made) EXCEPT (${rows} read)`), []);
      assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM made'), [{ rows: valid.length + 1 }]);
      // As text the same values come out, and none that binary refuses is let through changed.
      await database.query('TRUNCATE made');
      await copy(
        "COPY made (value) FROM STDIN WITH (ENCODING 'UTF8')",
        convertAll(planOf({ value: type }), 'text', file, [16_384]).bytes,
      );
      assert.deepEqual(await database.query('SELECT value::text FROM made EXCEPT SELECT value::text FROM read'), []);
    });
  }

  async function copyOne(type: string, value: string): Promise<void> {
    await database.query(`DROP TABLE IF EXISTS one; CREATE TABLE one (value ${type})`);
    await copy('COPY one (value) FROM STDIN WITH (FORMAT binary)', convertOne(type, value) ?? Buffer.alloc(0));
  }

  it('keep every digit that the column has, and refuse a value with more, in text as well', () => {
    const cases: Readonly<Record<string, readonly string[]>> = {
      'numeric(10,2)': ['1.239', '-0.001', '1e-3'],
      'timestamp(3)': ['2020-01-01 10:00:00.1234', '2020-01-01 10:00:00.0001000'],
      timestamp: ['2020-01-01 10:00:00.12345678', '2020-01-01 10:00:00+05:30'],
      'timestamptz(0)': ['2020-01-01 10:00:00.5+02'],
      date: ['2020-01-01 10:00:00', '03/04/2020', 'today'],
      'time(0)': ['10:00:00.5'],
      'varchar(3)': ['abc '],
      integer: ['0x1F', '1_000'],
      boolean: ['2'],
      numeric: ['NaN'],
    };
    for (const [type, values] of Object.entries(cases)) {
      for (const value of values) {
        for (const format of copyFormatsOf(planOf({ value: type }))) {
          const file = Buffer.from(`\`${value}\`\n`);
          assert.throws(
            () => convertAll(planOf({ value: type }), format, file),
            RecordProblem,
            `${type} ${value} ${format}`,
          );
        }
      }
    }
  });

  it('keep the last moment of a day in its day', async () => {
    for (const type of ['timestamp', 'timestamptz']) {
      const file = Buffer.from('9999-12-31 23:59:59.9999999\n2024-02-29 12:00:00.1234567\n');
      for (const format of ['binary', 'text'] as const) {
        await database.query(`DROP TABLE IF EXISTS one; SET TimeZone = 'UTC'; CREATE TABLE one (value ${type})`);
        await copy(
          `COPY one FROM STDIN WITH (FORMAT ${format})`,
          convertAll(planOf({ value: type }), format, file).bytes,
        );
        const rows = await database.query("SELECT to_char(value, 'YYYY-MM-DD HH24:MI:SS.US') AS value FROM one");
        assert.deepEqual(rows, [{ value: '9999-12-31 23:59:59.999999' }, { value: '2024-02-29 12:00:00.123457' }]);
      }
    }
  });

  it('have numbers with thousands, currencies or a decimal comma as the plain number, in binary where a point is sure', () => {
    const columns = { price: 'numeric(12,2)', count: 'integer' };
    const text = (format: typeof REFERENCE, file: string) =>
      convertAll(planOf(columns, format), 'text', Buffer.from(file)).bytes.toString();
    assert.equal(text(REFERENCE, '$1,234.50|1,234,567\n(7.00)|5\n'), '1234.50\t1234567\n-7.00\t5\n');
    const plain = convertAll(planOf(columns), 'binary', Buffer.from('1234.50|1234567\n'));
    assert.deepEqual(convertAll(planOf(columns), 'binary', Buffer.from('$1,234.50|1,234,567\n')), plain);
    const comma = { ...REFERENCE, decimalSeparator: ',' } as const;
    assert.equal(text(comma, '1.234,50|1.234\n1.234|5\n12|NULL\n'), '1234.50\t1234\n1234\t5\n12\t\\N\n');
    assert.deepEqual(copyFormatsOf(planOf(columns, comma)), ['text']);
  });

  it('name the mother that is narrower, or what else to change', () => {
    const narrowedBy = { mother: 'items', sourceType: 'decimal(12,4)' };
    const narrow = planOf({ price: { type: 'numeric(10,2)', isLossy: true, narrowedBy } });
    assert.throws(() => convertAll(narrow, 'binary', Buffer.from('1.2345\n')), {
      message:
        "the value has 4 digits after the point, and numeric(10,2) keeps 2: it is decimal(12,4) in this dump and numeric(10,2) in the mother items. Widen the mother's column (ALTER TABLE), name its type in spec.motherTables.definitions, or set spec.motherTables.policy to Recreate",
    });
    const own = planOf({ price: { type: 'numeric(10,2)', sourceType: 'decimal(10,2)' } });
    assert.throws(
      () => convertAll(own, 'text', Buffer.from('1.2345\n')),
      /or map the type decimal\(10,2\) to another one in a dialect/,
    );
  });

  it('have NULL for a zero date where the format says so, and say how many', () => {
    const file = Buffer.from('0000-00-00|0000-00-00 00:00:00\n2020-02-29|NULL\n');
    const plan = planOf({ day: 'date', at: 'timestamp' }, { ...REFERENCE, zeroDates: 'Null' });
    const { bytes, warnings } = convertAll(plan, 'text', file);
    assert.equal(bytes.toString(), '\\N\t\\N\n2020-02-29\t\\N\n');
    assert.deepEqual(warnings, [
      '2 zero dates (0000-00-00) were loaded as NULL: set spec.format.zeroDates to Fail to refuse them, or to Text to keep them',
    ]);
    assert.throws(() => convertAll(planOf({ day: 'date', at: 'timestamp' }), 'text', file), /zeroDates/);
  });

  it('are the same in the memory of another table as in new memory', () => {
    const plan = planOf(
      { rider: 'text', at: 'date' },
      { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', encoding: 'UTF8' },
    );
    const file = Buffer.from('"Zoë \\" ✓",2020-02-29\nNULL,NULL\n`|`,2021-01-01\n');
    const first = convertAll(plan, 'binary', file);
    convertAll(
      planOf({ id: 'integer', at: 'timestamp', price: 'numeric(8,2)' }),
      'binary',
      Buffer.from('1|Nov  3 2019 12:30PM|9.50\n'),
    );
    assert.deepEqual(convertAll(plan, 'binary', file), first);
  });

  it('are for tables of which they can have all columns, in encodings that can become UTF-8', () => {
    const isBinary = (types: Readonly<Record<string, string>>, format = REFERENCE) =>
      copyFormatsOf(planOf(types, format)).includes('binary');
    assert.ok(isBinary({ id: 'bigint', rider: 'varchar(5)', at: 'timestamp(3)', seen: 'timestamptz' }));
    for (const type of [
      'real',
      'jsonb',
      'bytea',
      'integer[]',
      'character(3)',
      'xml',
      'interval',
      'public.mood',
      'time',
    ])
      assert.ok(!isBinary({ id: 'bigint', other: type }), type);
    for (const encoding of ['SJIS', 'SQL_ASCII', 'EUC_JP'])
      assert.ok(!isBinary({ id: 'bigint' }, { ...REFERENCE, encoding }));
    for (const encoding of ['iso-8859-1', 'WIN1252', 'CP850'])
      assert.ok(isBinary({ id: 'bigint' }, { ...REFERENCE, encoding }));
  });

  it('leave a record that is longer than they can keep to the text format', () => {
    const plan = planOf({ id: 'integer', rider: 'text' });
    const file = (length: number) => Buffer.from(`1|${'a'.repeat(length)}\n`);
    assert.throws(() => convertAll(plan, 'binary', file(300_000)), NotForBinary);
    assert.equal(convertAll(plan, 'binary', file(200_000)).bytes.length, 19 + 2 + 8 + 4 + 200_000 + 2);
    assert.equal(createCopyInput(plan, 'text', { chunkBytes: 1, outputSlots: 1 }).converter.records, 0);
  });
});
