import { isSameDecimal, parseDecimal, type Decimal } from './decimal.ts';

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
export function isKeptByFloat(text: string, decimal: Decimal, type: FloatType, isLossy: boolean): boolean {
  if (!isLossy) return isOfFloat(text, decimal, type);
  if (type === 'double precision') return isKeptByDouble(text, decimal);
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

/** Exactly: all of it is a multiple of a power of 2 times a power of 10. */
function isWithinLastDigit(value: number, { digits, fractionDigits }: Decimal): boolean {
  const { significand, exponent } = inBinary(value);
  const power = (base: bigint, by: number) => base ** BigInt(Math.max(by, 0));
  const unit = power(10n, -fractionDigits) * power(2n, -exponent);
  const difference = significand * power(2n, exponent) * power(10n, fractionDigits) - BigInt(digits) * unit;
  return difference < unit && -difference < unit;
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

/** Of a value that is no such number in the source. */
function isKeptByDouble(text: string, decimal: Decimal): boolean {
  // The shortest spelling of a double is the one that PostgreSQL prints.
  return isSameDecimal(decimal, parseDecimal(String(Number(text))));
}

function isKeptBySingle(text: string): boolean {
  const value = Number(text);
  const single = Math.fround(value);
  if (single === value) return true;
  // Nine digits distinguish any two single-precision numbers; the shortest that does is what PostgreSQL prints.
  for (let precision = 6; precision <= 9; precision++) {
    const shortest = nearestDecimal(single, precision);
    if (Math.fround(shortest) === single && !isHalfway(shortest, single)) return shortest === value;
  }
  return false;
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
