import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Timetable } from '../../../operator/schedule/moments.ts';
import { momentsByRule } from './oracle.ts';

const DAY = 86_400_000;

function momentsBetween(schedule: string, timeZone: string, from: number, to: number): string[] {
  const timetable = Timetable.of(schedule, timeZone);
  const moments: string[] = [];
  for (let moment = timetable.next(from); moment !== undefined && moment <= to; moment = timetable.next(moment))
    moments.push(new Date(moment).toISOString());
  return moments;
}

/** What clocks show at the first moments of a schedule after one, for example `29 03:30`. */
function shown(schedule: string, timeZone: string, from: string, count: number): string[] {
  const options = { timeZone, day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en-GB', options);
  return momentsBetween(schedule, timeZone, Date.parse(from), Date.parse(from) + 40 * DAY)
    .slice(0, count)
    .map((moment) => format.format(new Date(moment)).replace(',', ''));
}

describe('a schedule', () => {
  it('runs at the times that clocks of its zone show', () => {
    assert.deepEqual(momentsBetween('0 2 * * *', 'Europe/Berlin', Date.parse('2026-01-01'), Date.parse('2026-01-03')), [
      '2026-01-01T01:00:00.000Z',
      '2026-01-02T01:00:00.000Z',
    ]);
  });

  it('never comes at the moment that is asked about, always after it', () => {
    const timetable = Timetable.of('* * * * *', 'Etc/UTC');
    const moment = Date.parse('2026-01-01T00:00:00Z');
    assert.deepEqual([timetable.next(moment), timetable.next(moment - 1)], [moment + 60_000, moment]);
  });

  const CHANGES: [what: string, schedule: string, timeZone: string, from: string, expected: string[]][] = [
    [
      'a nightly run whose time is skipped is as much later',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T00:00Z',
      ['28 02:30', '29 03:30', '30 02:30'],
    ],
    [
      'a nightly run whose time comes twice runs once',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T00:00Z',
      ['24 02:30', '25 02:30', '26 02:30'],
    ],
    [
      'half-hourly runs do not pause where an hour is skipped',
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      ['29 01:30', '29 03:00', '29 03:30', '29 04:00'],
    ],
    [
      'half-hourly runs do not pause where an hour comes twice',
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-10-25T00:00Z',
      ['25 02:30', '25 02:00', '25 02:30', '25 03:00'],
    ],
    [
      'runs of two hours that become the same moment are one',
      '0 2,3 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['29 03:00', '30 02:00', '30 03:00'],
    ],
    [
      'runs that are moved are in the order of the clock with those that are not',
      '0,30 2,3 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['29 03:00', '29 03:30', '30 02:00'],
    ],
    [
      'midnight is not lost where clocks skip it (Cairo)',
      '0 0 * * *',
      'Africa/Cairo',
      '2026-04-22T12:00Z',
      ['23 00:00', '24 01:00', '25 00:00'],
    ],
    [
      'midnight is not lost where clocks skip it (Beirut)',
      '0 0 * * *',
      'Asia/Beirut',
      '2026-03-27T12:00Z',
      ['28 00:00', '29 01:00', '30 00:00'],
    ],
    [
      'midnight is not lost where clocks skip it (São Paulo, 2018)',
      '@daily',
      'America/Sao_Paulo',
      '2018-11-02T12:00Z',
      ['03 00:00', '04 01:00', '05 00:00'],
    ],
    [
      'midnight comes once where the hour before it comes twice (Cairo)',
      '0 0 * * *',
      'Africa/Cairo',
      '2026-10-28T12:00Z',
      ['29 00:00', '30 00:00', '31 00:00'],
    ],
    [
      'the last hour of a day that comes twice is the first one (São Paulo, 2018)',
      '30 23 * * *',
      'America/Sao_Paulo',
      '2018-02-16T12:00Z',
      ['16 23:30', '17 23:30', '18 23:30'],
    ],
    [
      'half an hour is skipped, and half an hour is how much later (Lord Howe)',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T14:00Z',
      ['03 02:15', '04 02:45', '05 02:15'],
    ],
    [
      'half an hour comes twice (Lord Howe)',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-03T14:00Z',
      ['04 01:45', '05 01:45', '06 01:45'],
    ],
    [
      'half-hourly runs do not pause where half an hour comes twice (Lord Howe)',
      '*/30 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:10Z',
      ['05 01:30', '05 01:30', '05 02:00'],
    ],
    [
      'a day that a zone skips as a whole has no run of its own (Samoa, 2011)',
      '0 12 * * *',
      'Pacific/Apia',
      '2011-12-28T23:00Z',
      ['29 12:00', '31 12:00', '01 12:00'],
    ],
  ];
  for (const [what, schedule, timeZone, from, expected] of CHANGES) {
    it(`${what}: ${schedule} ${timeZone}`, () =>
      assert.deepEqual(shown(schedule, timeZone, from, expected.length), expected));
  }

  it('comes on 29 February only in leap years, eight years apart at the most', () => {
    assert.deepEqual(momentsBetween('0 0 29 2 *', 'Etc/UTC', Date.parse('2095-01-01'), Date.parse('2105-01-01')), [
      '2096-02-29T00:00:00.000Z',
      '2104-02-29T00:00:00.000Z',
    ]);
  });

  const ZONES = ['Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Asia/Beirut', 'America/Sao_Paulo', 'Etc/UTC'];
  const MORE = ['Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns', 'Europe/Dublin', 'America/Havana'];
  const SCHEDULES = [
    '*/30 * * * *',
    '0 0 * * *',
    '30 2 * * *',
    '15 */3 * * *',
    '0,30 0-3,23 * * *',
    '0 1 1 * 0',
    '7 * * * *',
  ];

  it('has the moments that its rule says, minute for minute, in a year of changes', () => {
    const days = fc.integer({ min: 0, max: 364 }).map((day) => Date.parse('2018-01-01T10:07Z') + day * DAY);
    const changes = fc.constantFrom(
      '2018-02-17',
      '2018-03-10',
      '2018-03-24',
      '2018-03-31',
      '2018-10-06',
      '2018-10-27',
      '2018-11-03',
    );
    const from = fc.oneof(
      days,
      changes.map((day) => Date.parse(`${day}T11:30Z`)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...ZONES, ...MORE), fc.constantFrom(...SCHEDULES), from, (zone, schedule, start) => {
        const [got, expected] = [momentsBetween, momentsByRule].map((moments) =>
          moments(schedule, zone, start, start + DAY),
        );
        assert.deepEqual(got, expected);
      }),
      { seed: 1, numRuns: 150 },
    );
  });
});

describe('the last moment', () => {
  const last = (schedule: string, from: string, to: string, zone = 'Europe/Berlin') => {
    const moment = Timetable.of(schedule, zone).last(Date.parse(from), Date.parse(to));
    return moment === undefined ? undefined : new Date(moment).toISOString();
  };

  it('is after the one and not after the other', () => {
    assert.equal(last('0 * * * *', '2026-01-01T10:00Z', '2026-01-01T12:00Z'), '2026-01-01T12:00:00.000Z');
    assert.equal(last('0 * * * *', '2026-01-01T10:00Z', '2026-01-01T11:59Z'), '2026-01-01T11:00:00.000Z');
    assert.equal(last('0 * * * *', '2026-01-01T10:00Z', '2026-01-01T10:59Z'), undefined);
    assert.equal(last('0 * * * *', '2026-01-01T10:00Z', '2026-01-01T09:00Z'), undefined);
  });

  it('is found however long ago that was, among few', () => {
    const start = performance.now();
    assert.equal(last('* * * * *', '2016-01-01T00:00Z', '2026-11-29T12:00:30Z'), '2026-11-29T12:00:00.000Z');
    assert.equal(last('0 0 29 2 *', '2016-01-01T00:00Z', '2026-11-29T12:00Z', 'Etc/UTC'), '2024-02-29T00:00:00.000Z');
    assert(performance.now() - start < 10_000);
  });
});

describe('a time zone', () => {
  for (const name of ['Europe/Nowhere', '', '+01:00', 'Local', 'Etc/UTC ']) {
    it(`is refused as ${JSON.stringify(name)}`, () =>
      assert.throws(() => Timetable.of('0 0 * * *', name), {
        name: 'ManifestError',
        code: 'InvalidTimeZone',
        message: `the time zone "${name}" is not known; write a name of the IANA database, for example Europe/Berlin or Etc/UTC`,
      }));
  }
});
