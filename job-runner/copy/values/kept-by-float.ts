import { isSameDecimal, parseDecimal, type Decimal } from './decimal.ts';
import type { ValueColumn } from './reading.ts';

type FloatType = 'real' | 'double precision';

/**
 * A text with so many digits is read as it is. Any number of 6 digits is written in the same way by the nearest real (FLT_DIG of C's float.h). 17 digits
 * distinguish any two doubles (DBL_DECIMAL_DIG) and are written to be read back, even if the last one is not the nearest: Java before 19 writes
 * 1.9999999999999998E23 for 2e23, whose 17 digits end in 9 (JDK-4511638). Its texts of 3,000,000 reals were all less than one of the last digit away.
 */
const READ_AS_THEY_ARE: Readonly<Record<FloatType, number>> = { real: 6, 'double precision': 17 };
/** The exact value of no double has more digits. */
const MAX_DIGITS = 767;

/**
 * Whether the number of the type that is nearest to a text is the one that was written. What is too large or too small is left to PostgreSQL, which
 * refuses it.
 */
export function isKeptByFloat(
  text: string,
  decimal: Decimal,
  type: FloatType,
  { isLossy, isExact }: Pick<ValueColumn, 'isLossy' | 'isExact'>,
): boolean {
  if (isExact) return type === 'real' ? isPrintedBySingle(text, decimal) : isPrintedByDouble(text, decimal);
  if (!isLossy) return isOfFloat(text, decimal, type);
  if (type === 'double precision') return isPrintedByDouble(text, decimal);
  return isKeptBySingle(text) && isOfFloat(text, decimal, 'double precision');
}

/**
 * Whether a source of the same type may have written the text. It shows the digits of one of its numbers, rounded or cut: less than one of the last digit
 * away. Any other number would become another one.
 */
function isOfFloat(text: string, decimal: Decimal, type: FloatType): boolean {
  if (decimal.digits.length <= READ_AS_THEY_ARE[type]) return true;
  const read = Number(text);
  const value = type === 'real' ? Math.fround(read) : read;
  if (type === 'real' && decimal.digits.length <= READ_AS_THEY_ARE['double precision'] && isNear(value, read))
    return true;
  if (value === 0 || !Number.isFinite(value)) return true;
  // Without big numbers where that is certain: both are exact to 16 digits.
  if (decimal.digits.length <= 9 && Math.abs(value - read) < 0.99 * Number(`1e${-decimal.fractionDigits}`)) return true;
  return decimal.digits.length <= MAX_DIGITS && isWithinLastDigit(Math.abs(value), decimal);
}

/**
 * Where a single-precision number was written as a double one, 0.10000000149011612, maybe after a computation: MariaDB's round(f, 20) makes
 * 15748.600585937498 of 15748.6005859375.
 */
function isNear(single: number, double: number): boolean {
  return Math.abs(single - double) <= Math.abs(double) * 4 * Number.EPSILON;
}

function isWithinLastDigit(value: number, decimal: Decimal): boolean {
  const { difference, lastDigit } = compareExactly(value, decimal);
  return difference < lastDigit && -difference < lastDigit;
}

/** By how much a number that is not negative is more than a decimal one. All of it is a multiple of a power of 2 times a power of 10. */
function compareExactly(value: number, { digits, fractionDigits }: Decimal) {
  const { significand, exponent } = inBinary(value);
  const power = (base: bigint, by: number) => base ** BigInt(Math.max(by, 0));
  /** One of the last digit of each. */
  const lastDigit = power(10n, -fractionDigits) * power(2n, -exponent);
  const lastBit = power(2n, exponent) * power(10n, fractionDigits);
  return { difference: significand * lastBit - BigInt(digits) * lastDigit, lastDigit, lastBit };
}

/** https://en.wikipedia.org/wiki/Double-precision_floating-point_format */
function inBinary(value: number): { readonly significand: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const [stored, fraction] = [Number(bits >> 52n), bits & ((1n << 52n) - 1n)];
  const isSubnormal = stored === 0;
  return { significand: isSubnormal ? fraction : fraction | (1n << 52n), exponent: (isSubnormal ? 1 : stored) - 1075 };
}

/** What lies between two smaller doubles has more digits than any number is printed with. */
const MAY_BE_BETWEEN = 2 ** 52;

function isPrintedByDouble(text: string, decimal: Decimal): boolean {
  const double = Number(text);
  return !Number.isFinite(double) || isSameDecimal(decimal, printedDouble(double));
}

/** The shortest spelling of a double is the one that PostgreSQL prints, unless it lies between two of them (d2s.c, acceptBounds). */
function printedDouble(double: number): Decimal | undefined {
  const shortest = parseDecimal(String(double));
  if (shortest === undefined || Math.abs(double) < MAY_BE_BETWEEN || !isBetween(double, shortest)) return shortest;
  const longer = [16, 17].map((precision) => parseDecimal(double.toPrecision(precision)));
  return longer.find((decimal) => decimal !== undefined && !isBetween(double, decimal));
}

function isBetween(double: number, decimal: Decimal): boolean {
  const { difference, lastBit } = compareExactly(Math.abs(double), decimal);
  return 2n * difference === lastBit || -2n * difference === lastBit;
}

function isPrintedBySingle(text: string, decimal: Decimal): boolean {
  const single = Math.fround(Number(text));
  return !Number.isFinite(single) || isSameDecimal(decimal, parseDecimal(String(shortestSingle(single))));
}

function isKeptBySingle(text: string): boolean {
  const value = Number(text);
  const single = Math.fround(value);
  if (single === value) return true;
  return shortestSingle(single) === value;
}

/** Nine digits distinguish any two single-precision numbers; the shortest that does is what PostgreSQL prints. */
function shortestSingle(single: number): number | undefined {
  for (let precision = 6; precision <= 9; precision++) {
    const shortest = nearestDecimal(single, precision);
    if (Math.fround(shortest) === single && !isHalfway(shortest, single)) return shortest;
  }
  return undefined;
}

/** With so many digits; of two that are as near the even one, where toPrecision() takes the larger. */
function nearestDecimal(single: number, precision: number): number {
  const [digits = '', exponent = ''] = single.toExponential(100).split('e');
  const end = precision + 1 + (single < 0 ? 1 : 0);
  const isTie = /^50*$/.test(digits.slice(end)) && /[02468]$/.test(digits.slice(0, end));
  return Number(isTie ? `${digits.slice(0, end)}e${exponent}` : single.toPrecision(precision));
}

/** Whether it lies between two single-precision numbers: PostgreSQL does not print such a text for either (f2s.c, acceptBounds). */
function isHalfway(value: number, single: number): boolean {
  const further = Math.fround(single + 2 * (value - single));
  return further !== single && (further + single) / 2 === value;
}
