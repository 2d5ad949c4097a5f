import fc from 'fast-check';

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
export const damaged = (values: fc.Arbitrary<string>) =>
  fc
    .tuple(values, fc.nat(), fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constant(undefined)))
    .map(([value, place, code]) => {
      const at = place % (value.length + 1);
      const letter = String.fromCharCode((code ?? ((value.charCodeAt(at) || 0x40) + 1) & 0xff) || 1);
      return value.slice(0, at) + letter + value.slice(at + 1);
    });

/** For each type: spellings of which some leave no doubt, how many of a thousand of them must be converted, and some that each must be. */
export const TYPES: Readonly<
  Record<string, { values: fc.Arbitrary<string>; atLeast: number; always: readonly string[] }>
> = {
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
  'numeric(12,2)': { values: decimal, atLeast: 300, always: ['0.05', '1.990', '-1', '9999999999.99'] },
  'numeric(19,4)': { values: decimal, atLeast: 300, always: ['89999.1234', '-0.0005', '1.50000'] },
  date: {
    values: fc.oneof(recentDay, day),
    atLeast: 500,
    always: ['2000-02-29', '0001-01-01', '9999-12-31', '1899-12-31'],
  },
  'timestamp without time zone': {
    values: timestamp,
    atLeast: 200,
    always: ['Jan  3 2019 12:30PM', 'Nov 30 2020 12:00AM', '2019-01-03 12:30:00.123456', '2019-12-31 13:59:59.9999999'],
  },
  'timestamp(3) without time zone': {
    values: timestamp,
    atLeast: 200,
    always: ['2019-01-03 12:30:00.123', '1969-12-31T23:59:59.999000', '2019-01-03'],
  },
  'timestamp(0) without time zone': {
    values: timestamp,
    atLeast: 200,
    always: ['2019-12-31 23:59:59.0', 'Feb 29 2000  1:05AM'],
  },
  'timestamp with time zone': {
    values: fc
      .tuple(timestamp, fc.constantFrom('', 'Z', '+02', '-0530', ' +05:30', '+14:00', ' UTC', '+99'))
      .map((parts) => parts.join('')),
    atLeast: 150,
    always: ['2019-01-03 12:30:00', '2019-01-03 12:30:00.5+05:30', '2000-01-01 00:30:00 +01:00'],
  },
  uuid: { values: uuid, atLeast: 300, always: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'] },
  text: { values: text, atLeast: 1000, always: ['', 'NULL', '\\.'] },
  'character varying(70)': { values: text.filter((value) => value.length < 70), atLeast: 1000, always: ['x'] },
};
