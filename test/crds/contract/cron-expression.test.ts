import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCronExpression } from '../../../crds/contract/cron-expression.ts';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a cron expression', () => {
  it('allows numbers, lists, ranges, steps and words, with any blanks around the fields', () => {
    assert.deepEqual(parseCronExpression('  0,30\t*/6 1-5  jan,Mar 1-5/2 '), {
      minutes: [0, 30],
      hours: [0, 6, 12, 18],
      daysOfMonth: [1, 2, 3, 4, 5],
      months: [1, 3],
      daysOfWeek: [1, 3, 5],
      days: 'Either',
    });
  });

  it('has Sunday as 0, 7 and SUN, also at the end of a range', () => {
    const days = (field: string) => parseCronExpression(`0 0 * * ${field}`).daysOfWeek;
    for (const sunday of ['0', '7', 'SUN', 'sun', '0,7']) assert.deepEqual(days(sunday), [0]);
    for (const weekend of ['5-7', 'FRI-SUN', 'FRI,SAT,SUN']) assert.deepEqual(days(weekend), [0, 5, 6]);
    assert.deepEqual(days('*'), range(0, 6));
    assert.deepEqual(days('*/2'), [0, 2, 4, 6]);
  });

  it('has a step after a single value up to the end of the field, as Kubernetes has', () => {
    assert.deepEqual(parseCronExpression('5/20 * * * *').minutes, [5, 25, 45]);
    assert.deepEqual(parseCronExpression('0 0 * * 2/3').daysOfWeek, [2, 5]);
  });

  it('needs one of the two days where both are restricted, as Kubernetes does; a step of more than 1 restricts', () => {
    const days = (expression: string) => parseCronExpression(expression).days;
    assert.deepEqual(['0 0 1 * 1', '0 0 1-31 * 1', '0 0 */2 * 1', '0 0 13 * */2'].map(days), Array(4).fill('Either'));
    assert.deepEqual(
      ['0 0 1 * *', '0 0 * * 1', '0 0 ? * 1', '0 0 1 * ?', '0 0 */1 * 1', '0 0 * * *'].map(days),
      Array(6).fill('Both'),
    );
  });

  const MACROS: [macro: string, expression: string][] = [
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
    ['@monthly', '0 0 1 * *'],
    ['@weekly', '0 0 * * 0'],
    ['@daily', '0 0 * * *'],
    ['@Midnight', '0 0 * * *'],
    ['@hourly', '0 * * * *'],
  ];
  for (const [macro, expression] of MACROS) {
    it(`has ${macro} for ${expression}`, () =>
      assert.deepEqual(parseCronExpression(macro), parseCronExpression(expression)));
  }

  const REFUSED: [expression: string, message: RegExp][] = [
    ['', /it must have five fields .* or be one of @yearly, /],
    ['   ', /it must have five fields/],
    ['0 2 * *', /it must have five fields/],
    ['0 0 2 * * *', /it must have five fields/],
    ['CRON_TZ=Europe/Berlin 0 2 * * *', /it must have five fields/],
    ['*/90 * * * *', /the field for the minute has "\*\/90": a step must be from 1 to 59 here/],
    ['*/60 * * * *', /a step must be from 1 to 59/],
    ['0-10/11 * * * *', /a step must be from 1 to 10/],
    ['*/0 * * * *', /a step must be from 1 to 59/],
    ['H 2 * * *', /the field for the minute has "H": H is not a value of it/],
    ['0 0 L * *', /the field for the day of the month has "L"/],
    ['0 0 15W * *', /the field for the day of the month has "15W"/],
    ['0 0 * * 5#2', /the field for the day of the week has "5#2": write for example/],
    ['60 * * * *', /it must be from 0 to 59/],
    ['0 24 * * *', /it must be from 0 to 23/],
    ['0 0 0 * *', /it must be from 1 to 31/],
    ['0 0 1 13 *', /it must be from 1 to 12/],
    ['0 0 * * 8', /it must be from 0 to 7/],
    ['0 22-2 * * *', /22 is after 2; write two ranges, for example 22-23,0-2/],
    ['1,,2 * * * *', /the field for the minute has "": write for example/],
    ['-5 * * * *', /the field for the minute has "-5"/],
    ['1.5 * * * *', /the field for the minute has "1\.5"/],
    ['? * * * *', /\? is only for days; write \*/],
    ['0 0 31 2 *', /it never comes, since none of its months has day 31/],
    ['0 0 30,31 2 *', /it never comes, since none of its months has day 30 or 31/],
    ['0 0 31 4,6,9,11 *', /it never comes/],
    ['@every 5m', /@every does not say when it starts; write for example "\*\/15 \* \* \* \*"/],
    ['@reboot', /it must be one of @yearly, @annually, /],
  ];
  for (const [expression, message] of REFUSED) {
    it(`is refused as ${JSON.stringify(expression)}`, () =>
      assert.throws(() => parseCronExpression(expression), {
        name: 'ManifestError',
        code: 'InvalidSchedule',
        message,
      }));
  }

  it('allows 29 February, and 31 February where a day of the week is enough', () => {
    assert.deepEqual(parseCronExpression('0 0 29 2 *').daysOfMonth, [29]);
    assert.equal(parseCronExpression('0 0 31 2 1').days, 'Either');
  });
});
