import { Cron } from 'croner';
import type { CronExpression } from '../../crds/contract/cron-expression.ts';

/** A date and time as a clock on the wall shows it, in any zone: milliseconds as if that zone were UTC. */
export type WallTime = number;

/**
 * The times at which the wall shows what a schedule asks for. The library is only asked about UTC, where every day has 24 hours: libraries
 * disagree about the days on which clocks change, so these are ours (`moments.ts`).
 */
export class WallTimes {
  readonly #cron: Cron;

  constructor(expression: CronExpression) {
    const { minutes, hours, daysOfMonth, months, daysOfWeek, days } = expression;
    const all = daysOfMonth.length === 31 ? '*' : daysOfMonth.join(',');
    const week = daysOfWeek.length === 7 ? '*' : daysOfWeek.join(',');
    const everyDay = days === 'Either' && (all === '*' || week === '*');
    const pattern = [minutes, hours, everyDay ? '*' : all, months, everyDay ? '*' : week].map(String).join(' ');
    this.#cron = new Cron(pattern, { mode: '5-part', timezone: 'UTC', domAndDow: days === 'Both', paused: true });
  }

  /** The first one after this; undefined if there is none. */
  after(wall: WallTime): WallTime | undefined {
    return this.#cron.nextRun(new Date(wall))?.getTime();
  }
}
