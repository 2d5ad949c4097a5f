import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import { check, column } from './readings.ts';

suite('values of days and moments, as DB2 and Oracle write them', () => {
  test('a month in letters does not tell which of two numbers is the day', () => {
    check('date', { '02-JAN-20': 'DateOrderUnknown' });
    check(
      'date',
      { '02-JAN-20': '2020-01-02', '2-jan-99': '1999-01-02', '02-MÄR-20': 'ValueUnclear' },
      { dateOrder: 'DMY' },
    );
    check('date', { '02-JAN-20': '2002-01-20' }, { dateOrder: 'YMD' });
    check('date', { '02-JAN-20': 'ValueUnclear' }, { dateOrder: 'MDY' });
  });

  test('a year of two digits is refused where tools take it for one of two centuries', () => {
    for (const text of ['01/02/30', '01/02/65', '01/02/69', '01-FEB-50'])
      assert.match(
        JSON.stringify(readValue(text, column('date', { dateOrder: 'DMY' }))),
        /"ValueUnclear".*export it with four/,
      );
  });

  test('points separate the parts of a time of day, as DB2 and Oracle write it', () => {
    check('timestamp', {
      '2020-01-02-03.04.05.678901': '2020-01-02 03:04:05.678901',
      '2020-01-02-24.00.00': '2020-01-02 24:00:00',
      '02-JAN-2020 03.04.05.678000 PM': '2020-01-02 15:04:05.678000',
      '2020-01-02 03.04': 'ValueUnclear',
      '03.04.05': 'DateOrderUnknown',
    });
    check('time', { '03.04.05': '03:04:05', '24.00.00': '24:00:00', '03.04': 'ValueUnclear' });
    check('date', { '2020-01-02-03.04.05': 'TimeOfDayLost' });
  });
});
