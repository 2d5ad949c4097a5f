import { renderPostgresqlType } from '../../plan/postgresql-type.ts';
import { MAX_PRECISION, precisionOf, rounded, significantDigits } from './moment-precision.ts';
import { parseMoment, type DateProblem, type Moment } from './parse-moment.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** What datetime2(7) has: that seventh digit is the one that may be rounded (docs/type-maps.md). */
const ROUNDED_DIGITS = 7;

const ZERO_OFFSET = /^(?:Z|UTC|GMT|[+-]0{1,2}(?::?00){0,2})?$/i;
/** A word: an abbreviation is several zones in the world, and a region has an hour twice each autumn. */
const ZONE_NAME = /^[A-Z]/i;
const ZERO_DATE = /^\s*0000-00-00(?: 00:00:00(?:\.0+)?)?\s*$/;

/** MySQL takes a month or day that is not known for a date. */
const INCOMPLETE_DATE = /^\s*(?:0000-\d\d-\d\d|\d{4}-00-\d\d|\d{4}-\d\d-00)(?: [\d:.]+)?\s*$/;

const ZERO_DATE_REMEDIES = {
  Fail: 'set spec.format.zeroDates to Null to load it as NULL, or to Text to load such columns as text',
  Text: 'make the column text in the mother table, or set spec.format.zeroDates to Null',
};

const INCOMPLETE_REMEDIES = {
  Null: 'set spec.format.zeroDates to Text to load such columns as text',
  Fail: 'set spec.format.zeroDates to Text to load such columns as text',
  Text: 'make the column text in the mother table',
};

/** As DB2 writes it; in a column of days it is one. */
const DOTTED_TIME = /^\s*(\d{1,2})\.(\d{2})\.(\d{2})\s*$/;

/** A value of date, timestamp or time, with or without time zone. */
export function readMoment(text: string, column: ValueColumn): Reading {
  if (ZERO_DATE.test(text)) {
    if (column.zeroDates === 'Null') return { instead: null };
    return { problem: 'ZeroDate', reason: `is not a day: ${ZERO_DATE_REMEDIES[column.zeroDates]}` };
  }
  if (INCOMPLETE_DATE.test(text) && !column.type.name.startsWith('time ')) {
    const reason = `is not a day, but a part of one: ${INCOMPLETE_REMEDIES[column.zeroDates]}`;
    return { problem: 'ZeroDate', reason };
  }
  if (column.isPostgresql && isOfPostgresql(text, column)) return 'AsIs';
  const isTime = column.type.name.startsWith('time ');
  const moment = parseMoment(isTime ? text.replace(DOTTED_TIME, '$1:$2:$3') : text, column.dateOrder);
  if (typeof moment === 'string') return describe(moment, column);
  const { name } = column.type;
  if (name === 'date') return readDay(moment);
  if (isTime) return readTime(moment, column);
  if (moment.date === undefined) return describe('ValueUnclear', column);
  if (name === 'timestamp without time zone' && !ZERO_OFFSET.test(moment.offset)) return offsetLost(column);
  const clock = readClock(moment, column);
  if (typeof clock === 'object') return clock;
  const isZoned = name === 'timestamp with time zone' && moment.offset !== '';
  if (isZoned && isNamed(moment)) return zoneUnclear();
  return { instead: `${moment.date} ${clock}${isZoned ? ` ${moment.offset}` : ''}` };
}

/** Moments that only PostgreSQL has; in ISO 8601, whatever the server's DateStyle is. */
function isOfPostgresql(text: string, column: ValueColumn): boolean {
  if (column.isLossy || column.type.name.startsWith('time ')) return false;
  if (/^-?infinity$/.test(text)) return true;
  const [, time, fraction = '', offset = ''] =
    /^\d{4,7}-\d\d-\d\d( \d\d:\d\d:\d\d(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d){0,2})?)?(?: BC)?$/.exec(text) ?? [
      '',
      undefined,
    ];
  const { name } = column.type;
  if (!/^\d{5}| BC$/.test(text) || (name === 'date' && time !== undefined)) return false;
  return (
    significantDigits(fraction) <= precisionOf(column) && (offset !== '') === (name === 'timestamp with time zone')
  );
}

function readDay({ date, time, fraction, offset }: Moment): Reading {
  if (date === undefined) return { problem: 'ValueUnclear', reason: 'is not a date' };
  const isMidnight = time === undefined || (time.hour === 0 && time.minute === 0 && time.second === 0);
  if (!isMidnight || significantDigits(fraction) > 0) {
    return { problem: 'TimeOfDayLost', reason: 'has a time of day, and date does not keep it' };
  }
  return ZERO_OFFSET.test(offset)
    ? { instead: date }
    : { problem: 'TimeZoneLost', reason: 'has an offset, and date does not keep it' };
}

function readTime(moment: Moment, column: ValueColumn): Reading {
  if (moment.date !== undefined) return { problem: 'ValueCut', reason: 'has a date, and time does not keep it' };
  if (column.type.name === 'time without time zone' && moment.offset !== '') return offsetLost(column);
  if (isNamed(moment)) return zoneUnclear();
  const clock = readClock(moment, column);
  return typeof clock === 'object' ? clock : { instead: clock + moment.offset };
}

/** The time of day, with as many digits of its second as the column keeps; the last moment of a day does not become the next day. */
function readClock({ time, fraction }: Moment, column: ValueColumn): string | Exclude<Reading, 'AsIs'> {
  const { hour, minute, second } = time ?? { hour: 0, minute: 0, second: 0 };
  const precision = precisionOf(column);
  const digits = significantDigits(fraction);
  const mayRound = precision === MAX_PRECISION && digits === ROUNDED_DIGITS;
  if (digits > precision && !mayRound) return rounded(column);
  const isLast = hour === 23 && minute === 59 && second === 59 && /^9{6}/.test(fraction);
  const kept = fraction.slice(0, isLast ? MAX_PRECISION : ROUNDED_DIGITS);
  const clock = [hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':');
  return kept === '' ? clock : `${clock}.${kept}`;
}

function offsetLost({ type }: ValueColumn): Reading {
  return { problem: 'TimeZoneLost', reason: `has an offset, and ${renderPostgresqlType(type)} does not keep it` };
}

function isNamed({ offset }: Moment): boolean {
  return ZONE_NAME.test(offset) && !ZERO_OFFSET.test(offset);
}

function zoneUnclear(): Reading {
  const reason = 'names a time zone, which may have several offsets: export it with its offset, such as +05:30';
  return { problem: 'ValueUnclear', reason };
}

function describe(problem: DateProblem, { type, isPostgresql }: ValueColumn): Reading {
  if (problem === 'ValueUnclear') {
    const remedy = isPostgresql ? ': export it with DateStyle ISO' : '';
    return { problem, reason: `is not how a source writes a value of the type ${renderPostgresqlType(type)}${remedy}` };
  }
  if (problem === 'CenturyUnknown') {
    const reason =
      'has a year of two digits, of the last century to some tools and of this one to others: export it with four';
    return { problem: 'ValueUnclear', reason };
  }
  return { problem, reason: 'can be read in several ways: set spec.format.dateOrder to DMY, MDY or YMD' };
}
