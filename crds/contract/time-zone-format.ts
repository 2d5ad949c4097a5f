import { ManifestError } from './errors.ts';

/** A format that ends with how far clocks of the zone are ahead of UTC; throws a ManifestError with the code InvalidTimeZone. */
export function timeZoneFormat(name: string): Intl.DateTimeFormat {
  try {
    // The engine takes offsets, too, which CronJobs do not: they have no summer time, and a nightly load would move by an hour.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError('an offset');
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' });
  } catch (error) {
    throw new ManifestError(
      'InvalidTimeZone',
      `the time zone "${name}" is not known; write a name of the IANA database, for example Europe/Berlin or Etc/UTC`,
      {},
      { cause: error },
    );
  }
}
