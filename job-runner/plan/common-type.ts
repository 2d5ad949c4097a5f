import { digitsOf, isInteger, isLossy } from './type-compatibility.ts';
import { isWithinLimits, parsePostgresqlType, renderPostgresqlType, type PostgresqlType } from './postgresql-type.ts';

/**
 * The narrowest type that holds all values of both types: the wider of the two if it holds the other, within numbers a wider one, and text
 * for everything else. Unlike families are text even where PostgreSQL would convert them: `1` of an integer and `1` of a boolean are spelled
 * alike and mean different things, and a moment is no reading of a clock.
 */
export function commonType(one: string, other: string): string {
  if (!isLossy(one, other)) return other;
  if (!isLossy(other, one)) return one;
  const [first, second] = [parsePostgresqlType(one), parsePostgresqlType(other)];
  if (first === undefined || second === undefined || first.array || second.array) return 'text';
  return commonNumber(first, second) ?? 'text';
}

/** Exact numbers that neither hold each other, such as numeric(4,2) and integer: as many digits on both sides as any of them has. */
function commonNumber(first: PostgresqlType, second: PostgresqlType): string | undefined {
  const [one, other] = [digitsOf(first), digitsOf(second)];
  if (one !== undefined && other !== undefined) {
    const fraction = Math.max(one.fraction, other.fraction);
    const whole = Math.max(one.whole, other.whole);
    const exact: PostgresqlType = {
      name: 'numeric',
      parameters: [String(whole + fraction), String(fraction)],
      array: false,
    };
    return isWithinLimits(exact) ? renderPostgresqlType(exact) : 'numeric';
  }
  if (!isNumber(first) || !isNumber(second)) return undefined;
  // A small integer and a single-precision number: double keeps both, and is narrower than numeric.
  const types = [first, second];
  const isSmall = types.every((type) => !isLossy(renderPostgresqlType(type), 'double precision'));
  return isSmall ? 'double precision' : 'numeric';
}

function isNumber(type: PostgresqlType): boolean {
  return isInteger(type) || ['numeric', 'real', 'double precision'].includes(type.name);
}
