import { suite, test } from 'node:test';
import { check } from './readings.ts';

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
    check('numeric(4,-2)', {
      '0': 'AsIs',
      '-0.00': 'AsIs',
      '12300': 'AsIs',
      '1.23e4': 'AsIs',
      '12340': 'ValueRounded',
    });
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
    check('interval', {
      '-1 02:03:04.5': '-1 days -02:03:04.5',
      ' -10 2:03 ': '-10 days -2:03',
      '-1-2': 'AsIs',
      '-1 days +02:03:04': 'AsIs',
      '+1-2 -3 +4:05:06': 'AsIs',
      '-1-2 3 4:05:06': 'ValueUnclear',
      '0': 'AsIs',
      '-0.0': 'AsIs',
    });
    check('interval hour to minute', { '02:03:04': 'ValueCut' });
    check('interval hour to minute', { '02:03:00': 'AsIs' }, { isPostgresql: true });
  });

  test('types without pitfalls are left to PostgreSQL', () => {
    check('uuid', { x: 'AsIs' });
    check('text', { today: 'AsIs' });
  });
});
