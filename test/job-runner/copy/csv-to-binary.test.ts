import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { from as copyFrom } from 'pg-copy-streams';
import { binaryKinds } from '../../../job-runner/copy/binary-columns.ts';
import { createCopyInput } from '../../../job-runner/copy/copy-input.ts';
import { CsvToBinary, NotForBinary } from '../../../job-runner/copy/csv-to-binary.ts';
import type { CopyFormat, TablePlan } from '../../../job-runner/plan/table-plan.ts';
import { createTestDatabase } from '../../database.ts';

const REFERENCE: CopyFormat = { delimiter: '|', quote: '`', escape: '`', nullMarker: 'NULL', encoding: 'LATIN1' };

/** A plan as far as the conversion looks at it. */
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

const quoted = (value: string) => `\`${value.replaceAll('`', '``')}\``;
const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const two = fc.integer({ min: 0, max: 61 }).map((number) => String(number).padStart(2, '0'));
const large = fc.constantFrom(
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '18446744073709551617',
  '99999999999999999999',
);
const number = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(fc.constantFrom('', '', '', '-', '+'), digits(20)).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: large },
);
const decimal = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '', '-'), digits(6), digits(8))
    .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
  fc
    .tuple(fc.constantFrom('', '-'), digits(19), digits(17))
    .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
  fc.constantFrom(
    ...[
      '0',
      '-0',
      '-0.00',
      '.5',
      '-.25',
      '5.',
      '.',
      '-',
      '',
      '1e5',
      '1E-3',
      'NaN',
      'Infinity',
      ' 1',
      '1 ',
      '1_000',
      '0x1F',
    ],
  ),
  fc.constantFrom(
    '000012.50',
    '9007199254740993',
    '9000000000000000',
    '9000000000000001',
    '0.1',
    '123456789012345678.5',
    '0.000000000000001',
    '9.999999999999999',
    '9.007199254740993',
    '18446744073709551617.5',
    '18446744073709552.000',
  ),
  number,
);
const day = fc
  .tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
  .map(([year, month, date]) =>
    [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-'),
  );
const recentDay = fc
  .date({ min: new Date('1890-01-01'), max: new Date('2110-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const time = fc.tuple(two, two, two).map((parts) => parts.join(':'));
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec', 'jan', 'Xyz'];
const monthFirst = fc
  .tuple(
    fc.constantFrom(...months),
    fc.integer({ min: 0, max: 32 }),
    fc.integer({ min: 0, max: 9999 }),
    fc.integer({ min: 0, max: 13 }),
    two,
  )
  .chain(([month, date, year, hour, minute]) =>
    fc.constantFrom('AM', 'PM', 'am', '').map((half) => {
      const padded = (value: number) => String(value).padStart(2);
      return `${month} ${padded(date)} ${String(year).padStart(4, '0')} ${padded(hour)}:${minute}${half}`;
    }),
  );
const timestamp = fc.oneof(
  fc.tuple(fc.oneof(recentDay, day), fc.constantFrom(' ', 'T', 't'), time).map((parts) => parts.join('')),
  fc.tuple(recentDay, time, digits(10)).map(([date, clock, fraction]) => `${date} ${clock}.${fraction}`),
  monthFirst,
  day,
  fc.constantFrom(
    'infinity',
    'epoch',
    '2020-02-30 00:00:00',
    '1900-02-29 00:00:00',
    '2000-02-29 23:59:59.999999',
    '2020-01-01 24:00:00',
    '2020-1-1 00:00:00',
  ),
  fc.constantFrom(
    '0001-01-01 00:00:00',
    '9999-12-31 23:59:59.9999995',
    '2020-01-01 00:00:00.0000005',
    '2020-01-01 00:00:00.0000015',
    '2020-01-01 00:00:00.9999995',
    '2020-01-01 00:00:00+02',
    '2020-01-01 00:00:00 BC',
    '2020-01-01 00:00',
  ),
);
const uuid = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.uuid().map((id) => `{${id}}`),
  fc.uuid().map((id) => id.replaceAll('-', '')),
);
const text = fc.oneof(
  fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,60}$/),
  fc.constantFrom(
    '',
    'NULL',
    'N',
    'NULLS',
    '\\.',
    '\\N',
    '\r',
    '\n',
    '\r\n',
    'a|b',
    '`',
    '``',
    '\\',
    'x\\',
    '\t',
    '\u0080',
    'é',
    'a'.repeat(5000),
  ),
);

/** A spelling with one character of it another one, of Latin-1, or the next one, by which digits and letters end. */
const damaged = (values: fc.Arbitrary<string>) =>
  fc
    .tuple(values, fc.nat(), fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constant(undefined)))
    .map(([value, place, code]) => {
      const at = place % (value.length + 1);
      const letter = String.fromCharCode((code ?? ((value.charCodeAt(at) || 0x40) + 1) & 0xff) || 1);
      return value.slice(0, at) + letter + value.slice(at + 1);
    });

/** For each type: spellings of which some leave no doubt, how many of a thousand of them must be converted, and some that each must be. */
const TYPES: Readonly<Record<string, { values: fc.Arbitrary<string>; atLeast: number; always: readonly string[] }>> = {
  smallint: { values: fc.oneof(digits(5), number), atLeast: 300, always: ['0', '-32768', '32767', '007'] },
  integer: { values: fc.oneof(digits(10), number), atLeast: 400, always: ['-2147483648', '2147483647', '0'] },
  bigint: {
    values: fc.oneof(digits(18), number),
    atLeast: 600,
    always: ['-999999999999999999', '999999999999999999', '-0'],
  },
  boolean: {
    values: fc.constantFrom('0', '1', 't', 'f', 'true', 'no', 'T', '', ' 1', '2'),
    atLeast: 300,
    always: ['0', '1', 't', 'f'],
  },
  'double precision': {
    values: decimal,
    atLeast: 200,
    always: ['0.1', '-0', '29.12345', '9000000000000000', '.5', '-123456.789'],
  },
  numeric: {
    values: decimal,
    atLeast: 300,
    always: ['0.00', '-0', '10000', '99999999.00010000', '123456789012345678', '0.000000000000001'],
  },
  'numeric(12,2)': { values: decimal, atLeast: 300, always: ['0.005', '1.995', '-1.005', '9999999999.994'] },
  'numeric(19,4)': { values: decimal, atLeast: 300, always: ['89999.1234', '-0.00005'] },
  date: {
    values: fc.oneof(recentDay, day),
    atLeast: 500,
    always: ['2000-02-29', '0001-01-01', '9999-12-31', '1899-12-31'],
  },
  'timestamp without time zone': {
    values: timestamp,
    atLeast: 200,
    always: ['Jan  3 2019 12:30PM', 'Nov 30 2020 12:00AM', '2019-01-03 12:30:00.123456', '2019-12-31 23:59:59.9999999'],
  },
  'timestamp(3) without time zone': {
    values: timestamp,
    atLeast: 200,
    always: ['2019-01-03 12:30:00.1235', '1969-12-31T23:59:59.9995', '2019-01-03'],
  },
  'timestamp(0) without time zone': {
    values: timestamp,
    atLeast: 200,
    always: ['2019-12-31 23:59:59.5', 'Feb 29 2000  1:05AM'],
  },
  uuid: { values: uuid, atLeast: 300, always: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'] },
  text: { values: text, atLeast: 1000, always: ['', 'NULL', '\\.'] },
  'character varying(70)': { values: text.filter((value) => value.length < 70), atLeast: 1000, always: ['x'] },
};

const FORMATS: readonly CopyFormat[] = [
  REFERENCE,
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '' },
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: 'n' },
  { ...REFERENCE, delimiter: '\t', quote: "'", escape: '#', nullMarker: '#N' },
  { ...REFERENCE, delimiter: ';', quote: '', escape: '', nullMarker: '\\N' },
];

/** A field in parts, quoted and not, with all that such a part may hold. */
function fieldOf({ delimiter, quote, escape, nullMarker }: CopyFormat): fc.Arbitrary<string> {
  const plain = fc
    .oneof(
      fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,20}$/),
      fc.constantFrom(nullMarker, escape, '', `${'x'.repeat(40)}é`),
    )
    .map((text) => (quote === '' ? text : text.replaceAll(quote, '')).replaceAll(delimiter, '').replace(/^\\\.$/, ''));
  if (quote === '') return plain;
  const own = escape === '' ? quote : escape;
  const inner = fc.oneof(
    fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,20}$/).map((text) => text.replaceAll(quote, '').replaceAll(own, '')),
    fc.constantFrom(own + quote, own + own, delimiter, '\n', '\r\n', nullMarker.replaceAll(own, ''), 'é'.repeat(20)),
  );
  const quotedPart = fc.array(inner, { maxLength: 4 }).map((parts) => quote + parts.join('') + quote);
  return fc.oneof(
    { weight: 3, arbitrary: quotedPart },
    { weight: 3, arbitrary: plain },
    { weight: 1, arbitrary: fc.array(fc.oneof(quotedPart, plain), { maxLength: 4 }).map((parts) => parts.join('')) },
  );
}

const database = await createTestDatabase();

describe('csv to binary', () => {
  async function copy(statement: string, bytes: Buffer): Promise<void> {
    await pipeline(Readable.from([bytes]), database.client.query(copyFrom(statement)));
  }

  for (const [type, { values, atLeast, always }] of Object.entries(TYPES)) {
    it(`makes of a ${type} what PostgreSQL makes of it, or leaves it to PostgreSQL`, async () => {
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

  it('gives PostgreSQL the same rows, wherever chunks end, for LF and CRLF, and where the last record has no line end', async () => {
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

  it('does for a table in the memory of another one what it does in new memory', () => {
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

  it('leaves UTF-8 as it is', () => {
    const plan = planOf({ rider: 'text' }, { ...REFERENCE, encoding: 'UTF8' });
    const bytes = convertAll(plan, Buffer.from('`Zoë — ✓`\n'));
    assert(bytes.includes('Zoë — ✓'));
  });

  it('leaves records of another shape to PostgreSQL, and such as are too long to be kept until their end has come', () => {
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

  it('is for tables of which it can write all columns, in encodings that it can read', () => {
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
