import { renderPostgresqlType } from '../../plan/postgresql-type.ts';
import { parseDecimal } from './decimal.ts';
import { isKeptByFloat } from './kept-by-float.ts';
import { plainNumber } from './formatted-number.ts';
import type { Reading, ValueColumn } from './reading.ts';

const INTEGER = /^\s*[+-]?\d+\s*$/;
/** As tools write whole numbers of a column with NULL, which they keep as floating point. */
const WITH_ZEROS = /^\s*([+-]?\d+)\.0+\s*$/;
/** With points between thousands it would be another number. */
const MAY_BE_THOUSANDS = /^\s*[+-]?0*[1-9]\d{0,2}\.0{3}\s*$/;

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
  // Of zero a negative scale loses nothing.
  if (decimal.digits === '' || decimal.fractionDigits <= scale) return 'AsIs';
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

export function readFloat(text: string, column: ValueColumn): Reading {
  if (isMoreThanNumber(text, column)) return moreThanNumber(column);
  return LITERAL.test(text) ? unclear('a number') : readPlainOrFormatted(text, column, readDouble);
}

function readDouble(text: string, column: ValueColumn): Reading | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const { type } = column;
  if (isKeptByFloat(text, decimal, type.name === 'real' ? 'real' : 'double precision', column)) return 'AsIs';
  return { problem: 'ValueRounded', reason: `has more digits than ${renderPostgresqlType(type)} keeps` };
}

function unclear(what: string): Reading {
  return { problem: 'ValueUnclear', reason: `is not how a source writes ${what}` };
}
