import { countCharacters } from '../../plan/multibyte-text.ts';
import { renderPostgresqlType } from '../../plan/postgresql-type.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** What PostgreSQL's input functions skip around a number (isspace in C). */
const BLANK = '[ \\t\\n\\v\\f\\r]*';
const INTEGER = new RegExp(`^${BLANK}([+-]?\\d+)${BLANK}$`);
const DECIMAL = new RegExp(`^${BLANK}[+-]?(?:(\\d+)(?:\\.\\d*)?|\\.\\d+)(e[+-]?\\d+)?${BLANK}$`, 'i');
const WORD = /nan|inf/i;
const UUID = /^(?:(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}|\{(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}\})$/i;
const DAY = /^(\d{4,})-(\d\d)-(\d\d)(?=\D|$)/;

const RANGES: Readonly<Record<string, bigint>> = { smallint: 1n << 15n, integer: 1n << 31n, bigint: 1n << 63n };

/**
 * Why PostgreSQL would refuse a text that was read as it is, where that is certain for every version; undefined where only PostgreSQL knows.
 * Where records may be left out, a COPY that failed for such a value would have to be repeated.
 */
export function refusalOf(text: string, { type }: ValueColumn): Extract<Reading, { problem: string }> | undefined {
  if (type.array) return undefined;
  const what = renderPostgresqlType(type);
  const invalid = { problem: 'Sql22P02', reason: `is not valid input for the type ${what}` } as const;
  const outOfRange = { problem: 'Sql22003', reason: `is out of range for the type ${what}` } as const;
  switch (type.name) {
    case 'smallint':
    case 'integer':
    case 'bigint': {
      const digits = INTEGER.exec(text)?.[1];
      if (digits === undefined) return invalid;
      const [value, range] = [BigInt(digits.replace('+', '')), RANGES[type.name] ?? 0n];
      return value >= -range && value < range ? undefined : outOfRange;
    }
    case 'numeric':
      return isTooLarge(text, type.parameters) ? outOfRange : isNumber(text) ? undefined : invalid;
    case 'real':
    case 'double precision':
      return isNumber(text) ? undefined : invalid;
    case 'uuid':
      return UUID.test(text) ? undefined : invalid;
    case 'date':
    case 'timestamp without time zone':
    case 'timestamp with time zone':
      return hasDay(text) ? undefined : { problem: 'Sql22008', reason: 'is not a day of the calendar' };
    case 'character varying':
      return countCharacters(text) <= Number(type.parameters[0] ?? Infinity)
        ? undefined
        : { problem: 'Sql22001', reason: `is too long for the type ${what}` };
    default:
      return undefined;
  }
}

function isNumber(text: string): boolean {
  return WORD.test(text) || DECIMAL.test(text);
}

/** More digits before the point than the type has; with an exponent it is left to PostgreSQL. */
function isTooLarge(text: string, [precision, scale = '0']: readonly string[]): boolean {
  const [matched, whole = '', exponent] = DECIMAL.exec(text) ?? [];
  if (matched === undefined || exponent !== undefined || precision === undefined) return false;
  return whole.replace(/^0+/, '').length > Number(precision) - Number(scale);
}

/** False only where a date in ISO 8601 names a month or a day that is none. */
function hasDay(text: string): boolean {
  const [matched, year, month, day] = DAY.exec(text) ?? [];
  if (matched === undefined || text.endsWith('BC')) return true;
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  return Number(year) > 0 && Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
}
