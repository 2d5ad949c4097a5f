import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import { check, column } from './readings.ts';

suite('values of numbers', () => {
  test('integers are digits; the literals of programs are refused', () => {
    check('integer', { '12': 'AsIs', ' -12 ': 'AsIs', '+7': 'AsIs', abc: 'AsIs', '0x1F': 'ValueUnclear' });
    check('bigint', { '1_000': 'ValueUnclear', '-0b1': 'ValueUnclear', '0o17': 'ValueUnclear', '007': 'AsIs' });
  });

  test('integers may have zeros behind a point, where that cannot be one between thousands', () => {
    const unclear = 'DecimalSeparatorUnknown';
    check('integer', { '5.0': '5', '-12.00': '-12', '0.000': '0', '1234.000': '1234', '5.0000': '5', '5.': 'AsIs' });
    check('bigint', { '5.000': unclear, '-999.000': unclear, '5.5': 'AsIs', '1.5e1': 'AsIs', NaN: 'ValueIsNull' });
    check('integer', { '5.000': '5', '5.0': '5' }, { decimalSeparator: '.' });
    check('integer', { '5.000': '5000', '5.0': 'AsIs' }, { decimalSeparator: ',' });
    check('integer', { '5.0': 'AsIs' }, { isFromText: true });
  });

  test('decimals keep all their digits, or are refused', () => {
    check('numeric(10,2)', { '10.25': 'AsIs', '10.2500': 'AsIs', '10.256': 'ValueRounded', '1e-2': 'AsIs' });
    check('numeric(10,2)', { '1e-3': 'ValueRounded', '1.5e1': 'AsIs', '.125': 'ValueRounded', '-0.000': 'AsIs' });
    check('numeric(10)', { '10.0': 'AsIs', '10.5': 'ValueRounded' });
    check('numeric', { '10.123456789012345678901234567890': 'AsIs', NaN: 'ValueUnclear', infinity: 'ValueUnclear' });
    check('numeric(10,2)', {
      '1_000.5': 'ValueUnclear',
      '0x1F': 'ValueUnclear',
      ten: 'AsIs',
      '': 'ValueEmpty',
      '.': 'AsIs',
    });
  });

  test('thousands, currencies, parentheses and signs at the end leave the number as it is', () => {
    check('numeric(19,4)', {
      '1,234.56': '1234.56',
      '-1,234,567': '-1234567',
      '$1,234.5': '1234.5',
      '€ 12.50': '12.50',
    });
    check('numeric(19,4)', { '(1,234.56)': '-1234.56', '12.5-': '-12.5', '-$3.00': '-3.00', '12.50 €': '12.50' });
    check('numeric(19,4)', { '1 234 567.5': '1234567.5', "1'234.5": '1234.5', '$1.23456': 'ValueRounded' });
    check('numeric(19,4)', {
      '1,23,456': 'AsIs',
      '12,34.5': 'AsIs',
      '(1': 'AsIs',
      '--1': 'AsIs',
      '(-1)': 'AsIs',
      $: 'AsIs',
    });
    check('integer', { '1,234,567': '1234567', '(12)': '-12', '1,234,567.5': 'AsIs' });
    check('double precision', { '1,234.5': '1234.5', $7: '7' });
  });

  test('a separator that could be either is refused, unless the format says which it is', () => {
    const unclear = 'DecimalSeparatorUnknown';
    check('numeric(19,4)', { '1,234': unclear, '1.234,56': unclear, '12,5': unclear, '0,125': unclear });
    check('integer', { '1,234': unclear });
    check(
      'numeric(19,4)',
      { '1,234': '1234', '1,234.5': '1234.5', '1.5': 'AsIs', '12,5': 'AsIs' },
      { decimalSeparator: '.' },
    );
    const comma = { decimalSeparator: ',' } as const;
    check(
      'numeric(19,4)',
      {
        '1,2345': '1.2345',
        '1.234,5': '1234.5',
        '1,5E+003': '1.5E+003',
        '-1,5e3': '-1.5e3',
        '1.234': '1234',
        '12': '12',
        '-,5': '-.5',
      },
      comma,
    );
    check(
      'numeric(10,2)',
      { '1,239': 'ValueRounded', '1.23': 'ValueUnclear', '1.5e3': 'ValueUnclear', '1.234.567,00': '1234567.00' },
      comma,
    );
    check('double precision', { '0,1': '0.1', '1.5': 'ValueUnclear', '1e5': '1e5' }, comma);
    check('integer', { '1.234': '1234', '12': 'AsIs' }, comma);
  });
});

suite('values of dates and times', () => {
  test('a date whose day and month could be either is refused unless the order is known', () => {
    check('date', { '03/04/2020': 'DateOrderUnknown', '03.04.20': 'DateOrderUnknown', '4-3-2020': 'DateOrderUnknown' });
    check(
      'date',
      { '03/04/2020': '2020-04-03', '3.4.2020': '2020-04-03', '01/02/29': '2029-02-01' },
      { dateOrder: 'DMY' },
    );
    check('date', { '03/04/2020': '2020-03-04', '01/02/70': '1970-01-02' }, { dateOrder: 'MDY' });
    check('date', { '20/03/04': '2020-03-04', '03/04/2020': 'DateOrderUnknown' }, { dateOrder: 'YMD' });
    check('date', { '13/04/2020': '2020-04-13', '04/13/2020': '2020-04-13', '05/05/2020': '2020-05-05' });
  });

  test('spellings that leave no doubt become ISO 8601', () => {
    check('date', { '2020-3-4': '2020-03-04', '20200304': '2020-03-04', '2020/03/04': '2020-03-04' });
    check('date', { '4 marraskuu 2020': 'ValueUnclear', '4 mars 2020': 'ValueUnclear', '4-Sept-2020': '2020-09-04' });
    check('date', { 'Mar 4 2020': '2020-03-04', '4-Mar-2020': '2020-03-04', 'March 4, 2020': '2020-03-04' });
    check('timestamp', {
      'Jan  2 2020  3:04PM': '2020-01-02 15:04:00',
      'Jan  2 2020 12:00:00AM': '2020-01-02 00:00:00',
    });
    check('timestamp', {
      'Jan  2 2020 03:04:05:123PM': '2020-01-02 15:04:05.123',
      '20200304 101500': '2020-03-04 10:15:00',
    });
    check('timestamp', { '2020-03-04T10:15:00Z': '2020-03-04 10:15:00', '2020-03-04': '2020-03-04 00:00:00' });
    check('timestamptz', { '2020-03-04 10:15:00.5 +05:30': '2020-03-04 10:15:00.5 +05:30' });
    check('time', { '9:05': '09:05:00', '11:05:06.5 pm': '23:05:06.5' });
  });

  test("words that only PostgreSQL's input takes are refused", () => {
    const words = ['today', 'now', 'epoch', 'infinity', 'J2451187', '1999.008', 'tomorrow 10:00', '990108', 'allballs'];
    for (const type of ['date', 'timestamp', 'timestamptz']) {
      for (const word of words) check(type, { [word]: 'ValueUnclear' });
    }
    check('time', { allballs: 'ValueUnclear', now: 'ValueUnclear', '23:59:60': 'ValueUnclear' });
  });

  test('a name of a time zone other than UTC leaves its offset open', () => {
    for (const zone of ['IST', 'CST', 'BST', 'est', 'Europe/Berlin']) {
      check('timestamptz', { [`2020-10-25 02:30:00 ${zone}`]: 'ValueUnclear' });
      check('timetz', { [`02:30:00 ${zone}`]: 'ValueUnclear' });
    }
    for (const zone of ['UTC', 'GMT', 'Z', '-07'])
      check('timestamptz', { [`2020-10-25 02:30:00 ${zone}`]: `2020-10-25 02:30:00 ${zone}` });
  });

  test('a part that the column does not keep is an error', () => {
    check('date', { '2020-01-02 10:00:00': 'TimeOfDayLost', '2020-01-02 00:00:00.000': '2020-01-02' });
    check('date', { '2020-01-02 00:00:00+02': 'TimeZoneLost', '2020-01-02 00:00:00.0000001': 'TimeOfDayLost' });
    check('timestamp', { '2020-01-02 10:00:00+05:30': 'TimeZoneLost', '2020-01-02 10:00:00 EST': 'TimeZoneLost' });
    check('timestamp(0)', {
      '2020-01-02 10:00:59.5': 'ValueRounded',
      '2020-01-02 10:00:59.000': '2020-01-02 10:00:59.000',
    });
    check('timestamp(3)', { '2020-01-02 10:00:00.1234': 'ValueRounded' });
    check('timestamp', { '2020-01-02 10:00:00.12345678': 'ValueRounded' });
    check('time(0)', { '10:00:00.5': 'ValueRounded' });
    check('time', { '2020-01-02 10:00:00': 'ValueCut', '10:00:00+02': 'TimeZoneLost' });
    check('interval(0)', { '10:00:00.5': 'ValueRounded', '-838:59:59': 'AsIs' });
  });

  test("datetime2's seventh digit is rounded, and the last moment of a day stays in it", () => {
    check('timestamp', { '2024-02-29 12:00:00.1234567': '2024-02-29 12:00:00.1234567' });
    check('timestamp', { '9999-12-31 23:59:59.9999999': '9999-12-31 23:59:59.999999' });
    check('time', { '23:59:59.9999999': '23:59:59.999999' });
  });

  test('a zero date is an error or NULL, as the format has it', () => {
    check('date', { '0000-00-00': 'ZeroDate' });
    check('timestamp', { '0000-00-00 00:00:00.000': null }, { zeroDates: 'Null' });
  });

  test('a date without its day, month or year is an error, with the field that keeps it', () => {
    for (const zeroDates of ['Null', 'Fail'] as const)
      for (const text of ['2020-00-00', '2020-02-00 00:00:00', '0000-02-03'])
        assert.match(
          JSON.stringify(readValue(text, column('timestamp', { zeroDates }))),
          /"ZeroDate".*set spec\.format\.zeroDates to Text/,
        );
    check('date', { '2020-01-02': '2020-01-02', '2020-10-20': '2020-10-20' });
  });
});

suite('values of other types', () => {
  test('blanks beyond the length are not cut silently', () => {
    check('varchar(3)', { 'abc ': 'ValueCut', 'ab ': 'AsIs', abcd: 'AsIs', '\u{1f600}\u{1f600}  ': 'ValueCut' });
    check('varchar', { 'abc ': 'AsIs' });
  });

  test('types that cut, round or wrap without an error keep the value, or refuse it', () => {
    check('money', { '1.20': 'AsIs', '$1,234.50': '1234.50', '(1.5)': '-1.5', '1.239': 'ValueRounded' });
    check('money', { '1,234': 'DecimalSeparatorUnknown' });
    check('name', { ['x'.repeat(63)]: 'AsIs', ['x'.repeat(64)]: 'ValueCut', ['ä'.repeat(32)]: 'ValueCut' });
    for (const type of ['oid', 'xid', 'cid']) check(type, { '7': 'AsIs', '-1': 'ValueUnclear' });
    check('"char"', { '': 'AsIs', x: 'AsIs', xy: 'ValueCut', é: 'ValueCut', '\\101': 'ValueCut' });
    check('macaddr8', { '08:00:2b:01:02:03:04:05': 'AsIs', '08:00:2b:01:02:03': 'ValueUnclear', x: 'AsIs' });
    check('tsvector', { "'cat':2A 'it''s'": 'AsIs', '': 'AsIs', 'a cat a': 'ValueCut' });
    check('interval(2)', {
      '1 day 02:03:04.56': 'AsIs',
      '1 day 02:03:04.567': 'ValueRounded',
      '04.567 s': 'ValueRounded',
    });
    check('interval', {
      ...{
        '1.5 days': 'AsIs',
        '1.0 months': 'AsIs',
        'P1.5D': 'AsIs',
        'PT1.5M': 'AsIs',
        '1.5 min': 'AsIs',
        '1.234 ms': 'AsIs',
      },
      ...{
        '1.5 months': 'ValueUnclear',
        '1.000001 years': 'ValueUnclear',
        'P0.1M': 'ValueUnclear',
        'P1.5Y': 'ValueUnclear',
      },
      ...{ '1.2345 ms': 'ValueRounded', '1.5 microseconds': 'ValueRounded', '1.2345678 weeks': 'ValueRounded' },
      ...{ '007': 'ValueUnclear', '-1.5': 'ValueUnclear', '7 s': 'AsIs', '00:00:07': 'AsIs' },
    });
    check('interval hour to minute', { '02:03:04': 'ValueCut' });
    check('interval hour to minute', { '02:03:00': 'AsIs' }, { isPostgresql: true });
  });

  test('arrays keep each of their elements, or are refused', () => {
    check('numeric(10,2)[]', {
      '{1.23,NULL,2}': 'AsIs',
      '{1.23, 1.239}': 'ValueRounded',
      '{{"1.239"},{2}}': 'ValueRounded',
    });
    check('timestamp(0)[]', { '{2020-01-02 03:04:05.678}': 'ValueRounded', '{today}': 'ValueUnclear' });
    check('timestamp[]', { '{"2020-01-02 03:04:05+02"}': 'TimeZoneLost' });
    check('date[]', { '{2020-01-02, 01/02/2020}': 'DateOrderUnknown', '[0:0]={13/02/2020}': '[0:0]={"2020-02-13"}' });
    check('varchar(3)[]', { '{"abc ",x}': 'ValueCut', '{"a\\\\b",x y}': 'AsIs' });
    check('integer[]', { '{0x1F}': 'ValueUnclear', '{31}': 'AsIs', x: 'AsIs' });
    check('text[]', { '{today,"a,b"}': 'AsIs', [`{${' '.repeat(100_000)}}`]: 'AsIs' });
    check('numeric(10,2)[]', { '{1.239}': 'AsIs' }, { isPostgresql: true });
    check('numeric(10,2)[]', { '{1.239}': 'ValueRounded' }, { isPostgresql: true, isLossy: true });
  });

  test('ranges keep their bounds, or are refused', () => {
    check('tsrange', {
      '[2020-01-02 03:04:05,2020-01-03)': '["2020-01-02 03:04:05","2020-01-03 00:00:00")',
      '["2020-01-02 03:04:05.12345678",)': 'ValueRounded',
      '(,2020-01-02 03:04:05+02]': 'TimeZoneLost',
      '[-infinity,infinity]': 'AsIs',
      empty: 'AsIs',
    });
    check('tstzrange', {
      '[2020-01-02 03:04:05 CST,)': 'ValueUnclear',
      '[,2020-01-02 03:04:05+02]': '[,"2020-01-02 03:04:05 +02"]',
    });
    check('daterange', { '[2020-01-02,2020-01-03 10:00]': 'TimeOfDayLost', '[today,)': 'ValueUnclear' });
    check('daterange', { '[01/02/2020,)': 'DateOrderUnknown', '[13/02/2020,)': '["2020-02-13",)' });
    check('datemultirange', { '{[2020-01-02,2020-01-03),[2021-01-02 01:00,)}': 'TimeOfDayLost' });
    check('numrange', { '[1.10,2.25)': 'AsIs', '[NaN,2)': 'ValueUnclear', '[0x1F,)': 'ValueUnclear' });
    check('int4range', { '[1,5)': 'AsIs', '["1","5")': 'AsIs', '[1_000,)': 'ValueUnclear', x: 'AsIs' });
    check('int8range[]', { '{"[1,5)"}': 'AsIs', '{"[1,0x5)"}': 'ValueUnclear' });
    check('daterange', { '[0000-00-00,)': 'ZeroDate' }, { zeroDates: 'Null' });
    check('tsrange', { '[2020-01-02 03:04:05.123457,)': 'AsIs' }, { isPostgresql: true });
    for (const text of ['("'.repeat(50_000), '""'.repeat(50_000), '('.repeat(100_000), `[${'1'.repeat(100_000)}`])
      check('int4range', { [text]: 'AsIs' });
  });

  test('points and figures keep their coordinates, or are refused', () => {
    check('point', { '(0.1,-2.5e-3)': 'AsIs', '(0.123456789012345678,1)': 'ValueRounded' }, { isLossy: true });
    check('point', { '(0.10000000000000001,1)': 'AsIs', '(0.12345678901234567890123,1)': 'ValueRounded' });
    check('polygon', { '((0,0),(1,12345678901234567890))': 'ValueRounded', '((0,0),(1,1))': 'AsIs' });
    check('circle', { '<(1,2),0.1>': 'AsIs', '<(1,2),0.12345678901234567890123>': 'ValueRounded' });
    check('line', { '{3,-1,0}': 'AsIs', '[(0,0),(1,3)]': 'ValueRounded' });
    check('line', { '{0.12345678901234567890123,-1,0}': 'AsIs' }, { isPostgresql: true });
  });

  test('types without pitfalls are left to PostgreSQL', () => {
    check('uuid', { x: 'AsIs' });
    check('text', { today: 'AsIs' });
  });
});
