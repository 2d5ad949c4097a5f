import type { DateOrder } from './reading.ts';

/** A date and time of day taken apart; what it has not is undefined. */
export interface Moment {
  /** `YYYY-MM-DD`; the day need not exist. */
  readonly date: string | undefined;
  readonly time: { readonly hour: number; readonly minute: number; readonly second: number } | undefined;
  /** The digits after the second's point. */
  readonly fraction: string;
  /** `+05:30`, `Z` or a zone's name, as written. */
  readonly offset: string;
}

interface Day {
  readonly date: string;
}

export type DateProblem = 'DateOrderUnknown' | 'CenturyUnknown' | 'ValueUnclear';

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
];
const MONTH = '([A-Za-z]{3,9})\\.?';

const DATE = [
  ...['-', '/', '\\.'].flatMap((separator) => [
    ['YMD', new RegExp(`^(\\d{4})${separator}(\\d{1,2})${separator}(\\d{1,2})$`)] as const,
    ['Order', new RegExp(`^(\\d{1,2})${separator}(\\d{1,2})${separator}(\\d{4}|\\d{2})$`)] as const,
  ]),
  ['YMD', /^(\d{4})(\d{2})(\d{2})$/] as const,
  // Oracle's, by default.
  ['Order', new RegExp(`^(\\d{1,2})-${MONTH}-(\\d{2})$`)] as const,
  ['MDY', new RegExp(`^${MONTH}[- ]+(\\d{1,2}),?[- ]+(\\d{4})$`)] as const,
  ['DMY', new RegExp(`^(\\d{1,2})[- ]?${MONTH},?[- ]?(\\d{4})$`)] as const,
  ['YMD', new RegExp(`^(\\d{4})[- ]${MONTH}[- ](\\d{1,2})$`)] as const,
];

/** FreeTDS puts a colon before the milliseconds. */
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.:](\d+))?)?\s*([AaPp][Mm])?$/;
const PACKED_TIME = /^(\d{2})(\d{2})(\d{2})$/;
const OFFSET = /^(?:Z|[+-]\d{1,2}(?::?\d{2}){0,2}|[A-Z]{3,5}|[A-Z][A-Za-z_]+\/[A-Za-z_/]+)$/i;

/** DB2 and Oracle separate hours, minutes and seconds by points, and DB2 the time from the date by a dash. */
const DOTTED = /^(\S.*?)[ -](\d{1,2})\.(\d{2})\.(\d{2})((?:\.\d+)?(?:\s*[AP]M)?)$/i;

/** The longest text that is parsed: no date and time needs more. */
const MAX_LENGTH = 64;

/** The parts of a moment's text. Where it could mean several moments, or is not one that a source writes, the problem. */
export function parseMoment(text: string, dateOrder: DateOrder | undefined): Moment | DateProblem {
  if (text.length > MAX_LENGTH) return 'ValueUnclear';
  const { dateText, timeText, offset } = split(text.trim().replace(DOTTED, '$1 $2:$3:$4$5'));
  const date = dateText === '' ? undefined : parseDate(dateText, dateOrder);
  if (typeof date === 'string') return date;
  const time = timeText === '' ? undefined : parseTime(timeText);
  if (time === 'ValueUnclear' || (date === undefined && time === undefined)) return 'ValueUnclear';
  // PostgreSQL takes no offset behind AM or PM.
  if (offset !== '' && (!OFFSET.test(offset) || /m$/i.test(timeText))) return 'ValueUnclear';
  return { date: date?.date, time: time && time.clock, fraction: time?.fraction ?? '', offset };
}

/** Where the time begins is the first part with a colon; what stands behind it is an offset or a zone. */
function split(text: string): { dateText: string; timeText: string; offset: string } {
  const packed = /^(\d{8})[T ]?(\d{6})$/.exec(text);
  if (packed !== null) return { dateText: packed[1] ?? '', timeText: packed[2] ?? '', offset: '' };
  const colon = text.indexOf(':');
  if (colon === -1) return { dateText: text, timeText: '', offset: '' };
  const begin = /\d{1,2}$/.exec(text.slice(0, colon))?.index ?? colon;
  const [time = ''] = /^[\d:.]*(?:\s*[AaPp][Mm]\b)?/.exec(text.slice(begin)) ?? [];
  const before = text.slice(0, begin);
  return {
    // A separator belongs between the two: without one the digits before the colon may be the date's.
    dateText: before === '' ? '' : /[Tt\s]$/.test(before) ? before.replace(/(?:[Tt]|\s+)$/, '') : `${before}?`,
    timeText: time,
    offset: text.slice(begin + time.length).trim(),
  };
}

function parseTime(text: string): { clock: Moment['time']; fraction: string } | 'ValueUnclear' {
  const [matched, hours = '', minutes = '', seconds = '0', fraction = '', half] =
    TIME.exec(text) ?? PACKED_TIME.exec(text) ?? [];
  const [minute, second] = [Number(minutes), Number(seconds)];
  let hour = Number(hours);
  if (matched === undefined || minute > 59 || second > 59) return 'ValueUnclear';
  if (half === undefined) return hour > 24 ? 'ValueUnclear' : { clock: { hour, minute, second }, fraction };
  if (hour < 1 || hour > 12) return 'ValueUnclear';
  hour = (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  return { clock: { hour, minute, second }, fraction };
}

function parseDate(text: string, dateOrder: DateOrder | undefined): Day | DateProblem {
  for (const [order, shape] of DATE) {
    const [matched, one = '', other = '', last = ''] = shape.exec(text) ?? [];
    if (matched === undefined) continue;
    if (order !== 'Order') return ordered(order, one, other, last);
    if (dateOrder !== undefined)
      return ordered(last.length === 4 && dateOrder === 'YMD' ? undefined : dateOrder, one, other, last);
    if (monthOf(other) !== undefined && !/^\d/.test(other)) return 'DateOrderUnknown';
    // A day above 12 is no month, and the two being alike leaves nothing to be told apart.
    if (last.length < 4) return 'DateOrderUnknown';
    if (Number(one) === Number(other) || Number(other) > 12) return ordered('MDY', one, other, last);
    return Number(one) > 12 ? ordered('DMY', one, other, last) : 'DateOrderUnknown';
  }
  return 'ValueUnclear';
}

function ordered(order: DateOrder | undefined, one: string, other: string, last: string): Day | DateProblem {
  if (order === undefined) return 'DateOrderUnknown';
  const parts = { DMY: [last, other, one], MDY: [last, one, other], YMD: [one, other, last] }[order];
  const [year, month, day] = [yearOf(parts[0] ?? ''), monthOf(parts[1] ?? ''), Number(parts[2])];
  if (month === undefined || Number.isNaN(day)) return 'ValueUnclear';
  if (year === undefined) return 'CenturyUnknown';
  return { date: `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` };
}

/**
 * Of two digits 00 to 29 are of this century and 70 to 99 of the last one; between them tools differ: Excel's years end with 2029, those of SQL Server
 * (two digit year cutoff) and Oracle (RR) with 2049, and PostgreSQL's (ValidateDate in its datetime.c) with 2069.
 */
function yearOf(text: string): string | undefined {
  if (text.length > 2) return text;
  const year = Number(text);
  return year < 30 ? String(2000 + year) : year >= 70 ? String(1900 + year) : undefined;
}

function monthOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  // English alone: marraskuu is November.
  const index = MONTHS.findIndex((month) => month.startsWith(text.toLowerCase()));
  return index === -1 ? undefined : index + 1;
}
