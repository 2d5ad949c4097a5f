import type { ErrorEntry } from './error-entry.ts';

/** Of a value that its column cannot take as it is. */
export const VALUE_ERRORS = {
  ValueRounded: {
    kind: 'Data',
    text: 'A value has more digits than its column keeps. Widen the column of the mother, or map the source type to a wider one.',
  },
  ValueCut: {
    kind: 'Data',
    text: 'A part of a value would be lost in its column. Widen the column, or map the source type to another one.',
  },
  ValueEmpty: {
    kind: 'Data',
    text: 'An empty value is not a number, date or the like. If it means NULL, set `spec.format.nullMarker` and `spec.format.quotedNull`.',
  },
  ValueIsNull: {
    kind: 'Data',
    text: 'A value of a number, a date or the like is a word for NULL. Set `spec.format.nullMarker` to it.',
  },
  ValueUnclear: {
    kind: 'Data',
    text: 'No source writes values of this type so. Fix the value, or map the source type to text.',
  },
  TimeOfDayLost: {
    kind: 'Data',
    text: 'A value has a time of day, and its column is a date. Widen the column, or map the source type to a timestamp.',
  },
  TimeZoneLost: {
    kind: 'Data',
    text: 'A value has an offset from UTC that its column does not keep. Make the column a timestamp with time zone.',
  },
  DecimalSeparatorUnknown: {
    kind: 'Data',
    text: 'A separator in a number may be that of decimals or of thousands. Set `spec.format.decimalSeparator`.',
  },
  DateOrderUnknown: {
    kind: 'Data',
    text: 'Day and month of a date could be either. Set `spec.format.dateOrder`.',
  },
  ZeroDate: {
    kind: 'Data',
    text: "MySQL's 0000-00-00 is not a day, nor is 2020-02-00. Set `spec.format.zeroDates` to `Null` to load 0000-00-00 as NULL, or to `Text` to load such columns as text.",
  },
} as const satisfies Record<string, ErrorEntry>;
