import { parseCronExpression, type CronExpression } from '../../../crds/contract/cron-expression.ts';

const MINUTE = 60_000;

/**
 * The moments of a schedule by its rule alone, minute for minute, to compare with: what clocks show is taken as text from a format that the
 * operator does not use, and a change of clocks is noticed by what they showed a minute before.
 */
export function momentsByRule(schedule: string, timeZone: string, from: number, to: number): string[] {
  const expression = parseCronExpression(schedule);
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const shown = (moment: number) => Date.parse(`${format.format(moment).replace(' ', 'T')}Z`);
  const due = new Set<number>();
  const seen = new Set<number>();
  // A day before, to know what clocks have shown already.
  for (let moment = from - 1440 * MINUTE; moment <= to; moment += MINUTE) {
    const [now, before] = [shown(moment), shown(moment - MINUTE)];
    const isRepeated = seen.has(now);
    seen.add(now);
    if (matches(expression, now) && (!isRepeated || expression.hours.length === 24)) due.add(moment);
    // What is skipped counts as much later as clocks are set forward: by as many minutes after the change.
    for (let skipped = before + MINUTE; skipped < now; skipped += MINUTE)
      if (matches(expression, skipped)) due.add(moment + (skipped - before - MINUTE));
  }
  return [...due]
    .filter((moment) => moment > from && moment <= to)
    .sort((one, other) => one - other)
    .map((moment) => new Date(moment).toISOString());
}

function matches(expression: CronExpression, wall: number): boolean {
  const date = new Date(wall);
  const isDay = expression.daysOfMonth.includes(date.getUTCDate());
  const isWeekday = expression.daysOfWeek.includes(date.getUTCDay());
  return (
    expression.minutes.includes(date.getUTCMinutes()) &&
    expression.hours.includes(date.getUTCHours()) &&
    expression.months.includes(date.getUTCMonth() + 1) &&
    (expression.days === 'Either' ? isDay || isWeekday : isDay && isWeekday)
  );
}
