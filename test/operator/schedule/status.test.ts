import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { actionsAt, complete, eventsAt, failed, ofType, run, schedule, statusAt, written } from './fixtures.ts';

describe('the status', () => {
  it('has the outcome of the latest run that has ended, and when one last succeeded', () => {
    const runs = [
      complete('2026-03-01T02:00:00Z', '2026-03-01T02:20:00Z'),
      failed('2026-03-02T02:00:00Z', '2026-03-02T02:05:00Z'),
    ];
    const status = statusAt(schedule({ runs }), '2026-03-02T03:00:00Z');
    assert.deepEqual(
      [status.lastRun?.name, status.lastRun?.outcome, status.lastRun?.scheduleTime, status.lastSuccessfulTime],
      [runs[1]?.name, 'Failed', '2026-03-02T02:00:00Z', '2026-03-01T02:20:00Z'],
    );
    assert.equal(status.message, `${runs[1]?.name} failed: 1 of 8 tables failed`);
    assert.deepEqual(
      eventsAt(schedule({ runs }), '2026-03-02T03:00:00Z').map(({ reason }) => reason),
      ['RunStarted', 'RunStarted', 'RunCompleted', 'RunFailed'],
    );
  });

  it('keeps what is known of runs that have been deleted since', () => {
    const observed = written(
      schedule({ runs: [complete('2026-03-01T02:00:00Z', '2026-03-01T02:20:00Z')] }),
      '2026-03-01T03:00:00Z',
    );
    const later = { ...observed, runs: [], metadata: { ...observed.metadata, generation: 2 } };
    const { lastRun, lastSuccessfulTime, lastScheduleTime } = statusAt(later, '2026-03-01T04:00:00Z');
    assert.deepEqual(
      [lastRun?.outcome, lastSuccessfulTime, lastScheduleTime],
      ['Complete', '2026-03-01T02:20:00Z', '2026-03-01T02:00:00Z'],
    );
    assert.deepEqual(eventsAt(later, '2026-03-01T04:00:00Z'), []);
  });

  it('names at most twenty active runs, and counts all of them', () => {
    const runs = Array.from({ length: 25 }, (_, minute) => run(`2026-03-01T03:${String(minute).padStart(2, '0')}:00Z`));
    const status = statusAt(schedule({ runs, spec: { concurrencyPolicy: 'Allow' } }), '2026-03-01T04:00:00Z');
    assert.deepEqual([status.activeRuns, status.active?.length], [25, 20]);
  });
});

describe('a history', () => {
  const runs = [
    ...[1, 2, 3, 4, 5].map((day) => complete(`2026-03-0${day}T02:00:00Z`)),
    ...[6, 7].map((day) => failed(`2026-03-0${day}T02:00:00Z`)),
    run('2026-03-08T02:00:00Z'),
  ];
  const deleted = (spec = {}, of = runs) =>
    ofType(actionsAt(schedule({ runs: of, spec }), '2026-03-08T03:00:00Z'), 'DeleteRun').map(({ name, because }) => {
      assert.equal(because, 'History');
      return name;
    });
  const names = (...indexes: number[]) => indexes.map((index) => runs[index]?.name);

  it('has limits by outcome: the latest ones are kept, and runs that have not ended', () => {
    assert.deepEqual(deleted(), names(1, 0, 5));
    assert.deepEqual(deleted({ successfulRunsHistoryLimit: 5, failedRunsHistoryLimit: 2 }), []);
    assert.deepEqual(deleted({ successfulRunsHistoryLimit: 0, failedRunsHistoryLimit: 0 }), names(4, 3, 2, 1, 0, 6, 5));
  });

  it('does not delete twice what is being deleted', () => {
    assert.deepEqual(
      deleted({}, [...runs.slice(1), { ...complete('2026-03-01T02:00:00Z'), deleting: true }]),
      names(1, 5),
    );
  });

  it('is deleted after the status that keeps what is known of it', () => {
    const types = actionsAt(schedule({ runs }), '2026-03-08T03:00:00Z').map(({ type }) => type);
    assert(
      types.indexOf('WriteScheduleStatus') >= 0 && types.indexOf('WriteScheduleStatus') < types.indexOf('DeleteRun'),
    );
  });
});
