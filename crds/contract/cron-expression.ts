import { ManifestError } from './errors.ts';

/** A schedule as the values that each field allows. */
export interface CronExpression {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** Sunday is 0. */
  readonly daysOfWeek: readonly number[];
  /** Whether a day needs to match one of the two fields of days, since both are restricted, or both. */
  readonly days: 'Either' | 'Both';
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Words for values, from `min` on. */
  readonly words?: readonly string[];
  readonly example: string;
}

const FIELDS: readonly [Field, Field, Field, Field, Field] = [
  { name: 'minute', min: 0, max: 59, example: '0, 30, 0,30 or */15' },
  { name: 'hour', min: 0, max: 23, example: '2, 8-18 or */6' },
  { name: 'day of the month', min: 1, max: 31, example: '1, 1,15 or *' },
  {
    ...{ name: 'month', min: 1, max: 12, example: '1, 6-8 or JAN' },
    words: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  {
    ...{ name: 'day of the week', min: 0, max: 7, example: '1, 1-5 or MON-FRI' },
    words: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  },
];

/** Those of Kubernetes' CronJob, except @every, whose runs would depend on when the operator was started. */
const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The longest that each month can be. */
const MONTH_LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads a cron expression; throws a ManifestError with the code InvalidSchedule, which says what to write instead. */
export function parseCronExpression(text: string): CronExpression {
  const words = expand(text.trim()).split(/[ \t]+/);
  if (words.length !== FIELDS.length || words[0] === '')
    throw invalid(
      text,
      `it must have five fields (minute, hour, day of the month, month, day of the week), for example "0 2 * * *", or be one of ${Object.keys(MACROS).join(', ')}`,
    );
  const [minutes = [], hours = [], daysOfMonth = [], months = [], weekdays = []] = FIELDS.map((field, index) =>
    parseField(words[index] ?? '', field, text),
  );
  const [, , dayOfMonth = '', , dayOfWeek = ''] = words;
  const expression: CronExpression = {
    ...{ minutes, hours, daysOfMonth, months },
    daysOfWeek: sorted(weekdays.map((day) => day % 7)),
    days: isUnrestricted(dayOfMonth) || isUnrestricted(dayOfWeek) ? 'Both' : 'Either',
  };
  refuseNever(text, expression);
  return expression;
}

function expand(text: string): string {
  if (!text.startsWith('@')) return text;
  const expanded = MACROS[text.toLowerCase()];
  if (expanded !== undefined) return expanded;
  if (text.toLowerCase().startsWith('@every'))
    throw invalid(text, '@every does not say when it starts; write for example "*/15 * * * *" for every 15 minutes');
  throw invalid(text, `it must be one of ${Object.keys(MACROS).join(', ')}, or have five fields`);
}

/** As Kubernetes sees it: every step but 1 restricts. */
function isUnrestricted(field: string): boolean {
  return /^[*?](\/0*1)?$/.test(field);
}

function parseField(text: string, field: Field, expression: string): number[] {
  return sorted(text.split(',').flatMap((part) => parsePart(part, field, expression)));
}

function parsePart(part: string, field: Field, expression: string): number[] {
  const { name, min, max, example } = field;
  const fail = (what: string) => invalid(expression, `the field for the ${name} has "${part}": ${what}`);
  const [, all, first, last, stepText] = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
  if (all === undefined && first === undefined) throw fail(`write for example ${example}`);
  if (all === '?' && !name.startsWith('day')) throw fail('? is only for days; write *');
  const step = stepText === undefined ? 1 : Number(stepText);
  const [from, to] =
    first === undefined
      ? [min, max === 7 ? 6 : max]
      : [valueOf(first, field, fail), last === undefined ? undefined : valueOf(last, field, fail)];
  // `5/15` is `5-59/15`, as in Kubernetes. A range of days may end with Sunday.
  const end = to === 0 && max === 7 ? 7 : (to ?? (stepText === undefined ? from : max === 7 ? 6 : max));
  if (from > end) throw fail(`${from} is after ${end}; write two ranges, for example ${from}-${max},${min}-${end}`);
  if (step < 1 || (stepText !== undefined && step > Math.max(end - from, 1)))
    throw fail(
      `a step must be from 1 to ${Math.max(end - from, 1)} here, since a longer one never comes to a second value`,
    );
  const values = [];
  for (let value = from; value <= end; value += step) values.push(value);
  return values;
}

function valueOf(text: string, { min, max, words = [], example }: Field, fail: (what: string) => Error): number {
  const word = words.indexOf(text.toUpperCase());
  if (word >= 0) return min + word;
  if (!/^\d{1,4}$/.test(text)) throw fail(`${text} is not a value of it; write for example ${example}`);
  const value = Number(text);
  if (value < min || value > max) throw fail(`it must be from ${min} to ${max}`);
  return value;
}

/** 31 February never comes. With both fields of days restricted, the day of the week does. */
function refuseNever(text: string, { daysOfMonth, months, days }: CronExpression): void {
  const comes = months.some((month) => daysOfMonth.some((day) => day <= (MONTH_LENGTHS[month - 1] ?? 0)));
  if (comes || days === 'Either') return;
  throw invalid(
    text,
    `it never comes, since none of its months has day ${daysOfMonth.join(' or ')}; change the day of the month or the month`,
  );
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

function invalid(text: string, what: string): ManifestError {
  return new ManifestError('InvalidSchedule', `the schedule "${text}" is not valid: ${what}`);
}
