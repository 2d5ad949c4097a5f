import { parseCronExpression, type CronExpression } from '../../crds/contract/cron-expression.ts';
import { TimeZone, type Moment } from './time-zone.ts';
import { WallTimes } from './wall-times.ts';

/** When a schedule's runs are due. All that the operator and `motherload` say about it comes from here. */
export class Timetable {
  readonly #walls: WallTimes;
  readonly #zone: TimeZone;
  /** It names no hours: where clocks are set back, the hour is like any other and does not pause. */
  readonly #isEveryHour: boolean;
  /** The last answer, which holds for every moment between the two: each schedule is asked about every minute. */
  #known: { readonly from: Moment; readonly next: Moment } | undefined;

  private constructor(expression: CronExpression, zone: TimeZone) {
    this.#walls = new WallTimes(expression);
    this.#zone = zone;
    this.#isEveryHour = expression.hours.length === 24;
  }

  /** Throws a ManifestError with the code InvalidSchedule or InvalidTimeZone. */
  static of(schedule: string, timeZone: string): Timetable {
    const key = JSON.stringify([schedule, timeZone]);
    const known = timetables.get(key);
    if (known !== undefined) return known;
    const timetable = new Timetable(parseCronExpression(schedule), TimeZone.of(timeZone));
    if (timetables.size >= MAX_TIMETABLES) timetables.clear();
    timetables.set(key, timetable);
    return timetable;
  }

  /** The first moment after this one; undefined if there is none. */
  next(after: Moment): Moment | undefined {
    if (this.#known !== undefined && after >= this.#known.from && after < this.#known.next) return this.#known.next;
    const next = this.#find(after);
    this.#known = next === undefined ? undefined : { from: after, next };
    return next;
  }

  #find(after: Moment): Moment | undefined {
    let wall = this.#zone.wallTime(after);
    // What a clock shows after a change may be due before what it showed earlier, by no more than the change.
    wall -= Math.abs(this.#zone.changeAround(wall));
    let best: Moment | undefined;
    let end = Infinity;
    for (;;) {
      const next = this.#walls.after(wall);
      if (next === undefined || next > end) return best;
      wall = next;
      for (const moment of this.#momentsOf(wall)) {
        if (moment <= after || (best !== undefined && moment >= best)) continue;
        best = moment;
        end = wall + Math.abs(this.#zone.changeAround(wall));
      }
    }
  }

  /**
   * The last moment after `from` and not after `to`. Looked for forward, in spans before `to` that grow until one has a moment: what came last
   * is found among few, however long ago `from` is.
   */
  last(from: Moment, to: Moment): Moment | undefined {
    for (let span = SHORTEST_SPAN; ; span *= SPAN_GROWTH) {
      const start = Math.max(from, to - span);
      let last: Moment | undefined;
      for (let moment = this.next(start); moment !== undefined && moment <= to; moment = this.next(moment))
        last = moment;
      if (last !== undefined || start <= from) return last;
    }
  }

  #momentsOf(wall: number): readonly Moment[] {
    const moments = this.#zone.moments(wall);
    return this.#isEveryHour ? moments : moments.slice(0, 1);
  }
}

const SHORTEST_SPAN = 10 * 60_000;
const SPAN_GROWTH = 12;

/** Shared by schedules that are alike, which hundreds of tenants have. */
const timetables = new Map<string, Timetable>();
const MAX_TIMETABLES = 500;
