import { timeZoneFormat } from '../../crds/contract/time-zone-format.ts';
import type { WallTime } from './wall-times.ts';

/** A point in time: milliseconds since 1970, UTC. */
export type Moment = number;

const DAY = 86_400_000;

/** A time zone of the IANA database, as the JavaScript engine has it. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;

  private constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  /** Throws a ManifestError with the code InvalidTimeZone. */
  static of(name: string): TimeZone {
    const known = zones.get(name);
    if (known !== undefined) return known;
    const zone = new TimeZone(timeZoneFormat(name));
    // Each takes some KB. Tenants name zones, of which there are some 600 in any spelling.
    if (zones.size >= MAX_ZONES) zones.clear();
    zones.set(name, zone);
    return zone;
  }

  /** What clocks show then. */
  wallTime(moment: Moment): WallTime {
    return moment + this.offset(moment);
  }

  /** Milliseconds that clocks are ahead of UTC. */
  offset(moment: Moment): number {
    const text = this.#format.format(moment);
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
    return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * (sign === '-' ? -1000 : 1000);
  }

  /** How far clocks are changed within a day of this wall time: 0 on all but a few days of the year. */
  changeAround(wall: WallTime): number {
    return this.offset(wall + DAY) - this.offset(wall - DAY);
  }

  /**
   * The moments at which clocks show this. Twice where they were set back. A time that they skipped counts as much later as they were set
   * forward: 02:30 is 03:30 then, and so never lost.
   */
  moments(wall: WallTime): readonly [Moment] | readonly [Moment, Moment] {
    // Zones differ from UTC by less than a day, so one of these is before a change of clocks and the other after it.
    const [before, after] = [wall - this.offset(wall - DAY), wall - this.offset(wall + DAY)];
    if (before === after) return [before];
    const isShown = (moment: Moment) => this.wallTime(moment) === wall;
    if (isShown(before) && isShown(after)) return [before, after];
    return [!isShown(before) && isShown(after) ? after : before];
  }
}

const zones = new Map<string, TimeZone>();
const MAX_ZONES = 200;
