import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import { check, column } from './readings.ts';

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

  test("days of PostgreSQL's own, before Christ and beyond year 9999, are moments, too", () => {
    const days = { '0044-03-15 BC': 'AsIs', '294276-12-31': 'AsIs' };
    check('date', { ...days, '0044-03-15 00:00:00 BC': 'ValueUnclear' }, { isPostgresql: true });
    check('timestamp', { ...days, '12345-06-07 08:09:10.5': 'AsIs' }, { isPostgresql: true });
    const moment = { '0044-03-15 00:00:00+00 BC': 'AsIs', '0044-03-15 BC': 'ValueUnclear' };
    check('timestamp with time zone', moment, { isPostgresql: true });
  });
});
