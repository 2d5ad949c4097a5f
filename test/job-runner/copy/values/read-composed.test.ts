import { suite, test } from 'node:test';
import { check } from './readings.ts';

suite('values of several parts', () => {
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
    check('numeric(10,2)[]', { '{1.239}': 'ValueRounded', '{NaN,1.20}': 'AsIs' }, { isPostgresql: true });
    check(
      'date[]',
      { '{01/02/2020}': 'DateOrderUnknown', '{"0044-03-15 BC",infinity}': 'AsIs' },
      { isPostgresql: true },
    );
    check('bytea[]', { '{"\\\\x41",abcd}': 'AsIs' }, { isPostgresql: true });
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
    check('tsrange', { '[2020-01-02 03:04:05.123457,)': '["2020-01-02 03:04:05.123457",)' }, { isPostgresql: true });
    check('daterange', { '[01/02/2020,)': 'DateOrderUnknown', '["0044-03-15 BC",)': 'AsIs' }, { isPostgresql: true });
    check('box[]', { '{(1,1),(0,0);(2,2),(0,0)}': 'AsIs' }, { isPostgresql: true });
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
});
