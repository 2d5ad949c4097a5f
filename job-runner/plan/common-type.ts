import { digitsOf, isInteger, isLossy } from './type-compatibility.ts';
import { isWithinLimits, parsePostgresqlType, renderPostgresqlType, type PostgresqlType } from './postgresql-type.ts';

/**
 * The narrowest type that holds all values of both types: the wider one if it holds the other, for numbers a wider number, and text for the rest.
 * Types of different families become text even where PostgreSQL would convert them: the integer `1` and the boolean `1` look the same and mean
 * different things, as do a timestamp and a time of day.
 */
export function commonType(one: string, other: string): string {
  if (!isLossy(one, other)) return other;
  if (!isLossy(other, one)) return one;
  const [first, second] = [parsePostgresqlType(one), parsePostgresqlType(other)];
  if (first === undefined || second === undefined || first.array || second.array) return 'text';
  return commonNumber(first, second) ?? 'text';
}

/** For exact numbers neither of which holds the other, such as numeric(4,2) and integer: the larger number of digits on each side of the point. */
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
  // A small integer and a single-precision number: double precision holds both and is narrower than numeric.
  const types = [first, second];
  const isSmall = types.every((type) => !isLossy(renderPostgresqlType(type), 'double precision'));
  return isSmall ? 'double precision' : 'numeric';
}

function isNumber(type: PostgresqlType): boolean {
  return isInteger(type) || ['numeric', 'real', 'double precision'].includes(type.name);
}
