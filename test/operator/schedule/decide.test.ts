import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  actionsAt,
  complete,
  conditionOf,
  decideAt,
  eventsAt,
  failed,
  run,
  schedule,
  startedAt,
  statusAt,
  written,
} from './fixtures.ts';

const known = (lastScheduleTime: string, since = '2026-02-28T12:00:00Z') => ({
  status: { lastScheduleTime, timetable: { schedule: '0 2 * * *', timeZone: 'Etc/UTC', since } },
});

describe('a schedule', () => {
  it('starts nothing before a run is due, and asks to be reconciled at that moment, but within a minute', () => {
    const { actions, requeueAfterSeconds } = decideAt(schedule(), '2026-02-28T13:00:00Z');
    assert.deepEqual(
      actions.map(({ type }) => type),
      ['WriteScheduleStatus'],
    );
    assert.equal(requeueAfterSeconds, 60);
    assert.equal(decideAt(schedule(), '2026-03-01T01:59:59.250Z').requeueAfterSeconds, 0.75);
  });

  it('starts the run that is due under a name that the moment alone decides, and nothing else in that reconcile', () => {
    assert.deepEqual(actionsAt(schedule(), '2026-03-01T02:00:00Z'), [
      { type: 'CreateRun', name: 'nightly-29538840', moment: Date.parse('2026-03-01T02:00:00Z') },
    ]);
  });

  it('records a run in the status only once it exists, and does not start it again', () => {
    const observed = schedule({ runs: [run('2026-03-01T02:00:00Z')] });
    assert.deepEqual(startedAt(observed, '2026-03-01T02:00:01Z'), []);
    const status = statusAt(observed, '2026-03-01T02:00:01Z');
    assert.deepEqual(
      [status.lastScheduleTime, status.nextScheduleTime, status.activeRuns, status.active],
      ['2026-03-01T02:00:00Z', '2026-03-02T02:00:00Z', 1, ['nightly-29538840']],
    );
    assert.deepEqual(
      eventsAt(observed, '2026-03-01T02:00:01Z').map(({ reason, message }) => [reason, message]),
      [['RunStarted', 'started nightly-29538840, which was due at 2026-03-01T02:00:00Z']],
    );
  });

  it('does not start a run again that somebody has deleted', () => {
    assert.deepEqual(startedAt(schedule(known('2026-03-01T02:00:00Z')), '2026-03-01T12:00:00Z'), []);
  });

  it('does not run for a moment before it was created', () => {
    assert.equal(statusAt(schedule(), '2026-02-28T12:00:00Z').nextScheduleTime, '2026-03-01T02:00:00Z');
  });

  it('writes no status that has not changed', () => {
    const observed = written(schedule(), '2026-02-28T13:00:00Z');
    assert.deepEqual(actionsAt(observed, '2026-02-28T14:00:00Z'), []);
  });

  it('does nothing while it is being deleted: garbage collection deletes its runs', () => {
    const { metadata } = schedule();
    const deleted = schedule({ metadata: { ...metadata, deletionTimestamp: '2026-03-01T02:00:00Z' } });
    assert.deepEqual(decideAt(deleted, '2026-03-05T02:00:00Z'), { actions: [] });
  });

  it('starts the next run after one that has failed', () => {
    const observed = schedule({ runs: [failed('2026-03-01T02:00:00Z', '2026-03-01T02:10:00Z')] });
    assert.deepEqual(startedAt(observed, '2026-03-02T02:00:00Z'), ['2026-03-02T02:00:00.000Z']);
  });

  it('is not changed by decisions', () => {
    const observed = Object.freeze(schedule({ runs: Object.freeze([complete('2026-03-01T02:00:00Z')]) }));
    actionsAt(observed, '2026-03-02T02:00:00Z');
  });
});

describe('after an outage', () => {
  it('of thirty hours, the latest run that was missed is started, and only that one', () => {
    const spec = { schedule: '0 */6 * * *' };
    const timetable = { schedule: '0 */6 * * *', timeZone: 'Etc/UTC', since: '2026-02-28T12:00:00Z' };
    const observed = schedule({ spec, status: { lastScheduleTime: '2026-03-01T00:00:00Z', timetable } });
    assert.deepEqual(startedAt(observed, '2026-03-02T08:30:00Z'), ['2026-03-02T06:00:00.000Z']);
    const caughtUp = {
      ...observed,
      runs: [run('2026-03-02T06:00:00Z', { creationTimestamp: '2026-03-02T08:30:00Z' })],
    };
    assert.deepEqual(startedAt(caughtUp, '2026-03-02T08:30:01Z'), []);
    assert.match(
      eventsAt(caughtUp, '2026-03-02T08:30:01Z')[0]?.message ?? '',
      /^started nightly-\d+, which was due at 2026-03-02T06:00:00Z, 150 minutes ago; runs that were due before it and missed are not started$/,
    );
  });

  it('a run is not started later than startingDeadlineSeconds, which shows until the next one starts', () => {
    const observed = schedule({ ...known('2026-03-01T02:00:00Z'), spec: { startingDeadlineSeconds: 3600 } });
    assert.deepEqual(startedAt(observed, '2026-03-02T02:59:59Z'), ['2026-03-02T02:00:00.000Z']);
    assert.deepEqual(startedAt(observed, '2026-03-02T03:00:01Z'), []);
    const status = statusAt(observed, '2026-03-02T03:00:01Z');
    assert.equal(conditionOf(status, 'Late'), 'True DeadlineMissed');
    assert.deepEqual([status.lateSince, status.nextScheduleTime], ['2026-03-02T02:00:00Z', '2026-03-03T02:00:00Z']);
    assert.match(status.message ?? '', /due at 2026-03-02T02:00:00Z was not started within 3600 seconds/);
    const missed = written(observed, '2026-03-02T03:00:01Z');
    assert.deepEqual(startedAt(missed, '2026-03-03T02:00:00Z'), ['2026-03-03T02:00:00.000Z']);
    const started = statusAt({ ...missed, runs: [run('2026-03-03T02:00:00Z')] }, '2026-03-03T02:00:01Z');
    assert.equal(conditionOf(started, 'Late'), 'False OnTime');
    assert.equal(started.lateSince, undefined);
  });

  it('each run that is left out has its event', () => {
    const observed = schedule({ ...known('2026-03-01T02:00:00Z'), spec: { startingDeadlineSeconds: 60 } });
    const reasons = (one: typeof observed, time: string) => eventsAt(one, time).map(({ reason }) => reason);
    assert.deepEqual(reasons(observed, '2026-03-02T05:00:00Z'), ['DeadlineMissed']);
    const first = written(observed, '2026-03-02T05:00:00Z');
    assert.deepEqual(reasons(first, '2026-03-02T06:00:00Z'), []);
    assert.deepEqual(reasons(first, '2026-03-03T05:00:00Z'), ['DeadlineMissed']);
  });
});

describe('a change of the schedule', () => {
  it('does not make up for runs that the new one would have had', () => {
    const observed = schedule({ ...known('2026-03-01T02:00:00Z'), spec: { schedule: '0 10 * * *' } });
    assert.deepEqual(startedAt(observed, '2026-03-01T12:00:00Z'), []);
    const status = statusAt(observed, '2026-03-01T12:00:00Z');
    assert.deepEqual(status.timetable, { schedule: '0 10 * * *', timeZone: 'Etc/UTC', since: '2026-03-01T12:00:00Z' });
    assert.equal(status.nextScheduleTime, '2026-03-02T10:00:00Z');
  });

  it('holds from then on: a run that is missed afterwards is made up for', () => {
    const changed = written(
      schedule({ ...known('2026-03-01T02:00:00Z'), spec: { timeZone: 'Europe/Berlin' } }),
      '2026-03-01T12:00:00Z',
    );
    assert.deepEqual(startedAt(changed, '2026-03-02T12:00:00Z'), ['2026-03-02T01:00:00.000Z']);
  });
});

describe('an invalid schedule', () => {
  const INVALID: [spec: object, reason: string, message: RegExp][] = [
    [{ schedule: '0 2 31 2 *' }, 'InvalidSchedule', /never comes.*change the day of the month or the month/],
    [{ timeZone: 'Europe/Berlln' }, 'InvalidTimeZone', /"Europe\/Berlln" is not known; write a name/],
  ];
  for (const [spec, reason, message] of INVALID) {
    it(`starts nothing and says so: ${reason}`, () => {
      const observed = schedule({ ...known('2026-03-01T02:00:00Z'), spec });
      const status = statusAt(observed, '2026-03-05T12:00:00Z');
      assert.deepEqual(startedAt(observed, '2026-03-05T12:00:00Z'), []);
      assert.deepEqual(
        [conditionOf(status, 'Ready'), conditionOf(status, 'Stalled')],
        [`False ${reason}`, `True ${reason}`],
      );
      assert.match(status.message ?? '', message);
      assert.equal(status.nextScheduleTime, undefined);
      assert.deepEqual(
        eventsAt(observed, '2026-03-05T12:00:00Z').map((event) => [event.level, event.reason]),
        [['Warning', reason]],
      );
    });
  }

  it('runs again once it is corrected, from then on', () => {
    const invalid = written(schedule({ spec: { schedule: '0 2 31 2 *' } }), '2026-03-05T12:00:00Z');
    const corrected = { ...invalid, spec: { ...invalid.spec, schedule: '0 2 * * *' } };
    assert.deepEqual(startedAt(corrected, '2026-03-06T12:00:00Z'), []);
    assert.equal(conditionOf(statusAt(corrected, '2026-03-06T12:00:00Z'), 'Stalled'), 'False Valid');
    const after = written(corrected, '2026-03-06T12:00:00Z');
    assert.deepEqual(startedAt(after, '2026-03-07T02:00:00Z'), ['2026-03-07T02:00:00.000Z']);
  });
});

describe('a suspended schedule', () => {
  const suspended = schedule({ ...known('2026-03-01T02:00:00Z'), spec: { suspend: true } });

  it('starts no run and is not late', () => {
    assert.deepEqual(startedAt(suspended, '2026-03-05T12:00:00Z'), []);
    const status = statusAt(suspended, '2026-03-05T12:00:00Z');
    assert.deepEqual(
      [conditionOf(status, 'Ready'), conditionOf(status, 'Suspended'), conditionOf(status, 'Late')],
      ['True Suspended', 'True Suspended', 'False OnTime'],
    );
    assert.deepEqual([status.nextScheduleTime, status.lateSince], [undefined, undefined]);
  });

  it('starts the latest run that was due once it is resumed, as a CronJob does, but none after its deadline', () => {
    const resumed = { ...suspended, spec: { ...suspended.spec, suspend: false } };
    assert.deepEqual(startedAt(resumed, '2026-03-05T12:00:00Z'), ['2026-03-05T02:00:00.000Z']);
    const strict = { ...resumed, spec: { ...resumed.spec, startingDeadlineSeconds: 600 } };
    assert.deepEqual(startedAt(strict, '2026-03-05T12:00:00Z'), []);
  });
});

describe('a run that cannot be created', () => {
  const problem = { reason: 'QuotaExceeded', message: 'exceeded quota: motherload' };
  const observed = schedule({ ...known('2026-03-01T02:00:00Z'), problem });

  it('is tried again every ten seconds, and shows at once, after a minute as late', () => {
    const { actions, requeueAfterSeconds } = decideAt(observed, '2026-03-02T02:00:01Z');
    assert.deepEqual(
      actions.map(({ type }) => type),
      ['CreateRun', 'WriteScheduleStatus', 'EmitEvent'],
    );
    assert.equal(requeueAfterSeconds, 10);
    assert.equal(conditionOf(statusAt(observed, '2026-03-02T02:00:01Z'), 'Ready'), 'False QuotaExceeded');
    assert.equal(conditionOf(statusAt(observed, '2026-03-02T02:00:01Z'), 'Late'), 'False OnTime');
    const status = statusAt(observed, '2026-03-02T02:01:00Z');
    assert.equal(conditionOf(status, 'Late'), 'True QuotaExceeded');
    assert.deepEqual([status.nextScheduleTime, status.lateSince], ['2026-03-02T02:00:00Z', '2026-03-02T02:00:00Z']);
  });

  it('gives way to the next one, and is late since the first', () => {
    assert.deepEqual(startedAt(observed, '2026-03-04T12:00:00Z'), ['2026-03-04T02:00:00.000Z']);
    assert.equal(statusAt(observed, '2026-03-04T12:00:00Z').lateSince, '2026-03-02T02:00:00Z');
  });
});
