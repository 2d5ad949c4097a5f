import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import { createTestDatabase } from '../../../database.ts';
import { column, outcome } from './readings.ts';

suite('a spelling that is put in place of another', () => {
  const database = createTestDatabase();

  const two = (number: number): string => String(number).padStart(2, '0');
  const day = fc.record({
    year: fc.integer({ min: 1000, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
  });
  const clock = fc.record({
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.integer({ min: 0, max: 59 }),
  });
  const fraction = fc.option(fc.stringMatching(/^\d{1,6}$/), { nil: undefined });
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

  const moments = fc.tuple(day, clock, fraction, fc.nat({ max: 5 })).map(([date, time, digits, shape]) => {
    const { year, month, day: number } = date;
    const name = months[month - 1] ?? '';
    const dates = [
      `${year}-${two(month)}-${two(number)}`,
      `${year}/${month}/${number}`,
      `${year}${two(month)}${two(number)}`,
      `${name} ${String(number).padStart(2)} ${year}`,
      `${number}-${name}-${year}`,
      `${year}-${name}-${two(number)}`,
    ];
    const twelve = `${time.hour % 12 === 0 ? 12 : time.hour % 12}:${two(time.minute)}:${two(time.second)}`;
    const point = digits === undefined ? '' : `.${digits}`;
    const times = [
      `${two(time.hour)}:${two(time.minute)}:${two(time.second)}${point}`,
      `${twelve}${point}${time.hour < 12 ? 'AM' : 'PM'}`,
    ];
    return `${dates[shape] ?? ''} ${times[shape % 2] ?? ''}`;
  });

  test('is the same value to PostgreSQL', async () => {
    const { client } = await database;
    await client.query("SET DateStyle = 'ISO, MDY'; SET TimeZone = 'UTC'");
    const texts = fc.sample(moments, { numRuns: 2000, seed: 7 });
    for (const type of ['timestamp', 'timestamptz']) {
      const instead = texts.map((text) => {
        const reading = readValue(text, column(type));
        assert.ok(typeof reading === 'object' && 'instead' in reading, text);
        return reading.instead;
      });
      const different = await client.query(
        `SELECT one, other FROM unnest($1::text[], $2::text[]) AS t (one, other) WHERE one::${type} <> other::${type}`,
        [texts, instead],
      );
      assert.deepEqual(different.rows, []);
    }
  });

  test('of numbers without a problem is kept by PostgreSQL in full', async () => {
    const { client } = await database;
    const numbers = fc.tuple(
      fc.constantFrom('', '-'),
      fc.stringMatching(/^\d{1,8}(\.\d{0,5})?$/),
      fc.constantFrom('', 'e2', 'e-2', 'E+1'),
    );
    const texts = fc.sample(numbers, { numRuns: 2000, seed: 11 }).map((parts) => parts.join(''));
    const { rows } = await client.query<{ x: string; kept: boolean }>(
      'SELECT x, x::numeric = x::numeric(18,3)::numeric AS kept FROM unnest($1::text[]) AS t (x)',
      [texts],
    );
    for (const { x, kept } of rows) {
      assert.equal(readValue(x, column('numeric(18,3)')) === 'AsIs', kept, x);
    }
    const singles = await client.query<{ x: string; kept: boolean }>(
      'SELECT x, x::numeric = x::real::text::numeric AS kept FROM unnest($1::text[]) AS t (x)',
      [texts],
    );
    for (const { x, kept } of singles.rows) {
      if (kept) assert.equal(readValue(x, column('real', { isLossy: true })), 'AsIs', x);
      else if (Math.fround(Number(x)) !== Number(x)) {
        assert.equal(outcome(readValue(x, column('real', { isLossy: true }))), 'ValueRounded', x);
      }
    }
  });
});
