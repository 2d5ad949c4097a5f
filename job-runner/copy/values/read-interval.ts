import { MAX_PRECISION, precisionOf, rounded, significantDigits } from './moment-precision.ts';
import type { Reading, ValueColumn } from './reading.ts';

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/;
/** No time at all, whatever its unit. */
const ZERO = /^\s*[+-]?0+(?:\.0*)?\s*$/;
/** SQL's spelling, in which a minus before all is that of the time, too. PostgreSQL reads it so with IntervalStyle sql_standard alone. */
const NEGATIVE = /^\s*-(\d+)\s+(\d+:\d+(?::\d+(?:\.\d*)?)?)\s*$/;
/** With years and months nobody writes it so. */
const NEGATIVE_MONTHS = /^\s*-\d+-\d+\s+\d/;
/** A number with decimals and the unit behind it. */
const FRACTION = /\.(\d+)\s*([a-z]*)/gi;
const MICROSECOND = /^(?:us|usecs?|useconds?|microseconds?|microsecs?|microsecon)$/i;
const MILLISECOND = /^(?:ms|msecs?|mseconds?|milliseconds?|millisecs?|millisecon)$/i;
/** Years, and what consists of them; a month is a month only without a time before it. */
const YEAR_OR_MONTH =
  /^(?:y|yrs?|years?|mons?|months?|dec|decs|decades?|c|cent|century|centuries|mil|mils|millennia|millennium)$/i;
/** ISO 8601, before its T. */
const ISO_MONTH = /^\s*P[^T]*\.\d+M/i;

/** A span of time has further spellings, which only its own type has; MySQL's time is one. */
export function readInterval(text: string, column: ValueColumn): Reading {
  const { name } = column.type;
  if (name !== 'interval' && !(column.isPostgresql && !column.isLossy))
    return { problem: 'ValueCut', reason: `may have parts that ${name} does not keep: make the column interval` };
  if (NUMBER.test(text) && !ZERO.test(text))
    return { problem: 'ValueUnclear', reason: 'is a number without a unit, which PostgreSQL takes for seconds' };
  for (const [, fraction = '', unit = ''] of text.matchAll(FRACTION)) {
    const digits = significantDigits(fraction);
    if (digits === 0) continue;
    if (YEAR_OR_MONTH.test(unit) || ISO_MONTH.test(text))
      return {
        problem: 'ValueUnclear',
        reason: 'has a part of a year or a month, which PostgreSQL takes for so many days',
      };
    const kept = MICROSECOND.test(unit) ? MAX_PRECISION : MILLISECOND.test(unit) ? MAX_PRECISION / 2 : 0;
    if (digits + kept > precisionOf(column)) return rounded(column);
  }
  return negated(text) ?? 'AsIs';
}

/** What PostgreSQL would read with IntervalStyle sql_standard, in words of its own. */
function negated(text: string): Reading | undefined {
  const [, days, time] = NEGATIVE.exec(text) ?? [];
  if (days !== undefined) return { instead: `-${days} days -${time}` };
  if (!NEGATIVE_MONTHS.test(text)) return undefined;
  return { problem: 'ValueUnclear', reason: 'has a minus that may be that of its first part or of all' };
}
