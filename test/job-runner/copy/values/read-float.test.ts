import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import { createTestDatabase } from '../../../database.ts';
import { fuzz } from '../../../fuzz.ts';
import { check, column, outcome } from './readings.ts';

suite('values of floating-point numbers', async () => {
  const database = await createTestDatabase();

  test('a text that no number of the type is written as is refused', () => {
    check('real', {
      '0.123456789123': 'ValueRounded',
      '16777217.5678': 'ValueRounded',
      '-1.00000000001': 'ValueRounded',
    });
    check('double precision', {
      '0.1234567890123456789': 'ValueRounded',
      '1.0000000000000000001': 'ValueRounded',
      '12345678901234567891': 'ValueRounded',
      '-1.234567890123456789e-300': 'ValueRounded',
      [`0.1${'3'.repeat(5000)}`]: 'ValueRounded',
    });
    check('real', { '16777217': 'ValueRounded', '0.123456789': 'ValueRounded', '-1234567.89': 'ValueRounded' });
    check('real[]', { '{0.5,0.123456789123}': 'ValueRounded' });
    check('real', { '$1.234567891234': 'ValueRounded' }, { decimalSeparator: '.' });
  });

  test('digits of its numbers are read, in full, rounded or cut', () => {
    check('real', { '0.1': 'AsIs', '1.2345679': 'AsIs', '3.40282347e+38': 'AsIs', '1.4E-45': 'AsIs', '-0.0': 'AsIs' });
    // Java before 19, and digits that were cut.
    check('real', { '-6.7316065E25': 'AsIs', '16777216': 'AsIs', '8.589973e9': 'AsIs', '1.0000001': 'AsIs' });
    check('real', { '0.10000000149011612': 'AsIs', '0.1000000015': 'AsIs', '0.100000000000000000': 'AsIs' });
    check('real', { '0.100000001490116119384765625': 'AsIs', '15748.60058593749800': 'AsIs', '16777216.000': 'AsIs' });
    check('double precision', {
      // Java before 19, of 2e23.
      '1.9999999999999998E23': 'AsIs',
      '0.10000000000000001': 'AsIs',
      '0.10000000000000000555': 'AsIs',
      '0.1000000000000000055511151231257827021181583404541015625': 'AsIs',
      '4.9406564584124654e-324': 'AsIs',
      '1e400': 'AsIs',
      NaN: 'AsIs',
    });
  });

  test('floating-point numbers of a wider source come out as they were written, or are refused', () => {
    check('real', { '0.1': 'AsIs', '16777217': 'ValueRounded', '1e-3': 'AsIs' }, { isLossy: true });
    check('real', { '0.123456789': 'ValueRounded', '0.10000000149011612': 'AsIs' }, { isLossy: true });
    check(
      'double precision',
      { '12345678901234567': 'ValueRounded', '0.1': 'AsIs', '1e22': 'AsIs' },
      { isLossy: true },
    );
    check('double precision', { '0x1p3': 'ValueUnclear', NaN: 'AsIs', '12345678901234567': 'AsIs' });
    check('real', { '0.10000000000000000001': 'ValueRounded', '0.1000000000000000055': 'AsIs' }, { isLossy: true });
  });

  test('numbers whose digits count come out as they were written, or are refused', () => {
    const exact = { isLossy: true, isExact: true };
    check('real', { '0.1': 'AsIs', '16777216': 'AsIs', '-1.500': 'AsIs', '3.4028235e38': 'AsIs', '0': 'AsIs' }, exact);
    check('real', { '16777216.000000001': 'ValueRounded', '9007199254740993': 'ValueRounded' }, exact);
    check('real', { '0.10000000149011612': 'ValueRounded', '123456792': 'ValueRounded' }, exact);
    check('double precision', { '0.1': 'AsIs', '123456789012345': 'AsIs', '1e400': 'AsIs' }, exact);
    for (const loss of [{ isExact: true }, exact])
      check('double precision', { '0.12345678901234567': 'ValueRounded', '9007199254740993': 'ValueRounded' }, loss);
    // Halfway between two doubles: PostgreSQL prints 68557383061304416.
    check('double precision', { '68557383061304420': 'ValueRounded', '-68557383061304416': 'AsIs' }, { isLossy: true });
    check('real[]', { '{0.5,16777216.000000001}': 'ValueRounded' }, exact);
  });

  test('a number whose digits count is kept if and only if PostgreSQL prints it alike', async () => {
    const digits = fc.bigInt({ min: 1n, max: 10n ** 17n }).map(String);
    const texts = fc.sample(
      fc
        .tuple(digits, fc.integer({ min: 0, max: 17 }), fc.integer({ min: -25, max: 25 }))
        .map(([text, point, exponent]) => {
          if (point === 0) return `${text.slice(0, 1 + (exponent & 15))}e${exponent}`;
          const shown = text.slice(0, 1 + (text.length % 9) + (point % 9));
          return point < shown.length ? `${shown.slice(0, point) || '0'}.${shown.slice(point)}` : shown;
        }),
      fuzz(17, 2000),
    );
    for (const type of ['real', 'double precision'] as const) {
      const rows = await database.query(
        `SELECT t, t::${type}::text::numeric = t::numeric AS same FROM unnest($1::text[]) AS t`,
        [texts],
      );
      for (const { t, same } of rows)
        assert.equal(readValue(t as string, column(type, { isExact: true })) === 'AsIs', same, `${type} ${String(t)}`);
    }
  });

  test('each number is read in every spelling of its own, with any count of digits', () => {
    const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 2000, seed: 3 });
    const singles = fc.sample(fc.float({ noNaN: true, noDefaultInfinity: true }), { numRuns: 2000, seed: 5 });
    for (const [type, values] of [
      ['double precision', doubles],
      ['real', singles],
    ] as const) {
      for (const [index, value] of values.entries()) {
        const digits = 1 + (index % 100);
        const text = value.toExponential(digits);
        const isRead = digits >= 8 || type !== 'real' || Math.fround(Number(text)) !== 0;
        if (isRead) assert.equal(readValue(text, column(type)), 'AsIs', text);
        assert.equal(readValue(String(value), column(type)), 'AsIs');
      }
    }
  });

  test('what is read is the number that PostgreSQL makes of it, to less than one of the last digit', async () => {
    const digits = fc
      .tuple(fc.noBias(fc.bigInt({ min: 10n ** 24n, max: 10n ** 25n - 1n })), fc.integer({ min: 6, max: 25 }))
      .map(([number, count]) => String(number).slice(0, count));
    const near = fc.double({ min: 1e-20, max: 1e20, noNaN: true });
    const numbers = fc.oneof(
      fc.tuple(digits, fc.integer({ min: -30, max: 12 })).map((parts) => parts.join('e')),
      fc.tuple(near, fc.integer({ min: 8, max: 30 })).map(([value, count]) => value.toExponential(count)),
      fc.tuple(near, fc.integer({ min: 8, max: 30 })).map(([value, count]) => Math.fround(value).toExponential(count)),
    );
    const texts = fc.sample(numbers, { numRuns: 3000, seed: 9 });
    for (const [type, always] of [
      ['real', 6],
      ['double precision', 17],
    ] as const) {
      // As a double each has a spelling that says which it is.
      const { rows } = await database.client.query<{ text: string; value: string }>(
        `SELECT text, text::${type}::float8::text AS value FROM unnest($1::text[]) AS t (text)`,
        [texts],
      );
      const outcomes = { AsIs: 0, ValueRounded: 0 };
      for (const { text, value } of rows) {
        const count = text.replace(/e.*/, '').replace('.', '').replace(/0+$/, '').length;
        const isDouble = type === 'real' && count <= 17 && Math.abs(1 - Number(text) / Number(value)) < 1e-15;
        const isKept = count <= always || isDouble || unitsApart(text, Number(value).toExponential(99)) < 1;
        const expected = isKept ? 'AsIs' : 'ValueRounded';
        assert.equal(outcome(readValue(text, column(type))), expected, `${type} ${text}`);
        outcomes[expected]++;
      }
      assert.ok(outcomes.AsIs > 300 && outcomes.ValueRounded > 300, JSON.stringify(outcomes));
    }
  });
});

/** How many of the text's last digit, zeros left out, the other one is away from it. */
function unitsApart(text: string, other: string): number {
  const scaled = (number: string): [digits: bigint, exponent: number] => {
    const [, whole = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(number) ?? [];
    const all = (whole + fraction).replace(/0+$/, '');
    return [BigInt(all), Number(exponent) - fraction.length + (whole + fraction).length - all.length];
  };
  const [[one, unit], [two, fine]] = [scaled(text), scaled(other)];
  const last = 10n ** BigInt(Math.max(0, unit - fine));
  const difference = two * 10n ** BigInt(Math.max(0, fine - unit)) - one * last;
  return Number(difference < 0n ? -difference : difference) / Number(last);
}
