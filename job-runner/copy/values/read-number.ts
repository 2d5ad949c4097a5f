import { renderPostgresqlType } from '../../plan/postgresql-type.ts';
import { plainNumber } from './formatted-number.ts';
import type { Reading, ValueColumn } from './reading.ts';

const INTEGER = /^\s*[+-]?\d+\s*$/;
/** As tools write whole numbers of a column with NULL, which they keep as floating point. */
const WITH_ZEROS = /^\s*([+-]?\d+)\.0+\s*$/;
/** With points between thousands it would be another number. */
const MAY_BE_THOUSANDS = /^\s*[+-]?0*[1-9]\d{0,2}\.0{3}\s*$/;
const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/;

/** Since version 16 PostgreSQL reads 0x1F, 0o7, 0b1 and 1_000 as numbers; no source writes one so. */
const LITERAL = /_|^\s*[+-]?0[xob]/i;

/** NUMERIC_DSCALE_MAX: digits beyond are rounded even where the type has no scale. */
const MAX_SCALE = 16383;

export function readInteger(text: string, column: ValueColumn): Reading {
  const { decimalSeparator } = column;
  if (isMoreThanNumber(text, column)) return moreThanNumber(column);
  if (INTEGER.test(text)) return 'AsIs';
  if (LITERAL.test(text)) return unclear('a whole number');
  const whole = WITH_ZEROS.exec(text)?.[1];
  if (whole !== undefined && decimalSeparator !== ',' && !column.isFromText) {
    const isUnclear = decimalSeparator === undefined && MAY_BE_THOUSANDS.test(text);
    return isUnclear ? { problem: 'DecimalSeparatorUnknown', reason: SEPARATOR } : { instead: whole };
  }
  return readFormatted(text, decimalSeparator, (plain) => (/^-?\d+$/.test(plain) ? 'AsIs' : undefined)) ?? 'AsIs';
}

export function readNumeric(text: string, column: ValueColumn): Reading {
  if (isMoreThanNumber(text, column)) return moreThanNumber(column);
  if (column.isPostgresql && !column.isLossy && /^(?:NaN|-?Infinity)$/.test(text)) return 'AsIs';
  if (LITERAL.test(text) || /nan|inf/i.test(text)) return unclear('a decimal number');
  return readPlainOrFormatted(text, column, readDecimal);
}

function readDecimal(text: string, { type }: ValueColumn): Reading | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const scale = type.parameters[0] === undefined ? MAX_SCALE : Number(type.parameters[1] ?? '0');
  if (decimal.fractionDigits <= scale) return 'AsIs';
  const room = type.parameters[0] === undefined ? MAX_SCALE : `${renderPostgresqlType(type)} keeps ${scale}`;
  return { problem: 'ValueRounded', reason: `has ${decimal.fractionDigits} digits after the point, and ${room}` };
}

/** With a comma as the decimal separator even a plain spelling may be another number: 1.234 is 1234. */
function readPlainOrFormatted(
  text: string,
  column: ValueColumn,
  read: (plain: string, column: ValueColumn) => Reading | undefined,
): Reading {
  const hasComma = column.decimalSeparator === ',';
  const asIs = hasComma ? undefined : read(text, column);
  const reading = asIs ?? readFormatted(text, column.decimalSeparator, (plain) => read(plain, column));
  if (reading !== undefined) return reading;
  return hasComma && text.includes('.') ? unclear('a number with a decimal comma') : 'AsIs';
}

function readFormatted(
  text: string,
  separator: ValueColumn['decimalSeparator'],
  read: (plain: string) => Reading | undefined,
): Reading | undefined {
  const found = plainNumber(text, separator);
  if (found === 'Unclear') return { problem: 'DecimalSeparatorUnknown', reason: SEPARATOR };
  if (found === undefined) return undefined;
  const reading = read(found.plain);
  return reading === 'AsIs' ? { instead: found.plain } : reading;
}

/** A text of digits may be a postal code, whose zeros no number keeps. */
function isMoreThanNumber(text: string, { isFromText }: ValueColumn): boolean {
  return isFromText && /^[+\s]|\s$|^-?0\d/.test(text);
}

function moreThanNumber({ type }: ValueColumn): Reading {
  const reason = `is a text with zeros, blanks or a plus that ${renderPostgresqlType(type)} does not keep`;
  return { problem: 'ValueCut', reason };
}

const SEPARATOR =
  'has a separator that may be that of decimals or of thousands: set spec.format.decimalSeparator to "." or ","';

/** Between two types of floating point, or from a decimal one, the nearest number that the column has may be another one than was written. */
export function readFloat(text: string, column: ValueColumn): Reading {
  if (isMoreThanNumber(text, column)) return moreThanNumber(column);
  return LITERAL.test(text) ? unclear('a number') : readPlainOrFormatted(text, column, readDouble);
}

function readDouble(text: string, { type, isLossy }: ValueColumn): Reading | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const isKept = !isLossy || (type.name === 'real' ? isKeptBySingle(text) : isKeptByDouble(text, decimal));
  if (isKept) return 'AsIs';
  return { problem: 'ValueRounded', reason: `has more digits than ${renderPostgresqlType(type)} keeps` };
}

interface Decimal {
  /** Sign, digits without zeros at either end, and the exponent that they are to be taken with: equal texts for equal numbers. */
  readonly canonical: string;
  /** Digits after the point that are not trailing zeros; below zero where there are zeros before the point. */
  readonly fractionDigits: number;
}

function parseDecimal(text: string): Decimal | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const digits = (whole + fraction).replace(/0+$/, '');
  const trailingZeros = whole.length + fraction.length - digits.length;
  const fractionDigits = digits === '' ? 0 : fraction.length - trailingZeros - Number(exponent);
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return { canonical: '0', fractionDigits: 0 };
  return { canonical: `${sign === '-' ? '-' : ''}${significant}e${-fractionDigits}`, fractionDigits };
}

function isKeptByDouble(text: string, decimal: Decimal): boolean {
  // The shortest spelling of a double is the one that PostgreSQL prints.
  return parseDecimal(String(Number(text)))?.canonical === decimal.canonical;
}

function isKeptBySingle(text: string): boolean {
  const value = Number(text);
  const single = Math.fround(value);
  if (single === value) return true;
  // Nine digits tell any two single-precision numbers apart; the shortest that does is what PostgreSQL prints.
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

function unclear(what: string): Reading {
  return { problem: 'ValueUnclear', reason: `is not how a source writes ${what}` };
}
