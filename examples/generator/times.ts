const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A point in time, some minutes after another. */
export function minutesAfter(start: number, minutes: number): number {
  return start + minutes * 60_000;
}

/** As MSSQL prints a datetime: `Feb 14 2017 11:04PM`, `Jan  9 2019  5:55AM`. Hour and day are padded with a blank. */
export function mssqlDatetime(time: number): string {
  const date = new Date(time);
  const hour = date.getUTCHours();
  const clock = `${String(hour % 12 === 0 ? 12 : hour % 12).padStart(2)}:${String(date.getUTCMinutes()).padStart(2, '0')}${hour < 12 ? 'AM' : 'PM'}`;
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)} ${date.getUTCFullYear()} ${clock}`;
}

/** As MSSQL prints a datetime2, seven digits of a second and all: `2017-02-14 23:04:00.1234567`. */
export function mssqlDatetime2(time: number, fraction: number): string {
  return `${isoSeconds(time)}.${String(fraction).padStart(7, '0')}`;
}

/** `2017-02-14 23:04:00`, MySQL's datetime and timestamp. */
export function isoSeconds(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2017-02-14` */
export function isoDate(time: number): string {
  return isoSeconds(time).slice(0, 10);
}
