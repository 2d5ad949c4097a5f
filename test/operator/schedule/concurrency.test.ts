import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  actionsAt,
  complete,
  conditionOf,
  eventsAt,
  ofType,
  run,
  schedule,
  startedAt,
  statusAt,
  written,
} from './fixtures.ts';

const DUE = '2026-03-02T02:00:00Z';
const active = run('2026-03-01T02:00:00Z');
const ended = complete('2026-03-01T02:00:00Z', '2026-03-02T04:00:00Z');

describe('concurrencyPolicy: Allow', () => {
  it('starts a run beside one that has not ended', () => {
    const observed = schedule({ runs: [active], spec: { concurrencyPolicy: 'Allow' } });
    assert.deepEqual(startedAt(observed, DUE), ['2026-03-02T02:00:00.000Z']);
  });
});

describe('concurrencyPolicy: Forbid', () => {
  const observed = schedule({ runs: [active] });

  it('waits for the end of the earlier run, then starts the latest one that is due', () => {
    assert.deepEqual(startedAt(observed, DUE), []);
    assert.deepEqual(startedAt({ ...observed, runs: [ended] }, '2026-03-02T04:00:00Z'), ['2026-03-02T02:00:00.000Z']);
    assert.deepEqual(startedAt({ ...observed, runs: [ended] }, '2026-03-04T04:00:00Z'), ['2026-03-04T02:00:00.000Z']);
  });

  it('does not start it after its deadline', () => {
    const strict = schedule({ runs: [ended], spec: { startingDeadlineSeconds: 3600 } });
    assert.deepEqual(startedAt(strict, '2026-03-02T04:00:00Z'), []);
  });

  it('is late after a minute, and says what it waits for', () => {
    assert.equal(conditionOf(statusAt(observed, '2026-03-02T02:00:59Z'), 'Late'), 'False OnTime');
    const status = statusAt(observed, '2026-03-02T02:01:00Z');
    assert.equal(conditionOf(status, 'Late'), 'True WaitingForPrevious');
    assert.match(status.message ?? '', /^the run due at 2026-03-02T02:00:00.000Z starts once nightly-\d+ has ended/);
    assert.equal(conditionOf(status, 'Ready'), 'True Scheduled');
  });

  it('records an event for each run that waits', () => {
    const reasons = (one: typeof observed, time: string) => eventsAt(one, time).map(({ reason }) => reason);
    const first = written({ ...observed, status: statusAt(observed, '2026-03-01T02:00:01Z') }, '2026-03-02T02:01:00Z');
    assert.equal(conditionOf(first.status, 'Late'), 'True WaitingForPrevious');
    assert.deepEqual(reasons(first, '2026-03-02T12:00:00Z'), []);
    assert.deepEqual(reasons(first, '2026-03-03T02:00:00Z'), ['WaitingForPrevious']);
  });

  it('waits for a run that is being deleted, too, since its Jobs may still run', () => {
    const deleting = schedule({ runs: [{ ...active, deleting: true }] });
    assert.deepEqual(startedAt(deleting, DUE), []);
  });
});

describe('concurrencyPolicy: Replace', () => {
  const observed = schedule({ runs: [active], spec: { concurrencyPolicy: 'Replace' } });

  it('deletes the run that has not ended, and starts the next one only once that is gone', () => {
    assert.deepEqual(startedAt(observed, DUE), []);
    assert.deepEqual(ofType(actionsAt(observed, DUE), 'DeleteRun'), [
      { type: 'DeleteRun', name: active.name, because: 'Replaced' },
    ]);
    assert.deepEqual(
      eventsAt(observed, DUE).map(({ reason }) => reason),
      ['RunStarted', 'RunReplaced'],
    );
    const deleting = { ...observed, runs: [{ ...active, deleting: true }] };
    assert.deepEqual(ofType(actionsAt(deleting, DUE), 'DeleteRun'), []);
    assert.deepEqual(startedAt(deleting, DUE), []);
    assert.deepEqual(startedAt({ ...written(deleting, DUE), runs: [] }, '2026-03-02T02:00:05Z'), [
      '2026-03-02T02:00:00.000Z',
    ]);
  });

  it('is late if its Jobs do not end within a minute', () => {
    const deleting = { ...observed, runs: [{ ...active, deleting: true }] };
    assert.equal(conditionOf(statusAt(deleting, '2026-03-02T02:02:00Z'), 'Late'), 'True Replacing');
  });

  it('deletes nothing if no run is active', () => {
    assert.deepEqual(
      actionsAt({ ...observed, runs: [complete('2026-03-01T02:00:00Z')] }, DUE).map(({ type }) => type),
      ['CreateRun'],
    );
  });
});
