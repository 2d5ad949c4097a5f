import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import type { Action } from '../../../operator/decide/action.ts';
import { findCondition } from '../../../operator/decide/conditions.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { ObservedJob } from '../../../operator/decide/observed.ts';
import {
  CATALOGUED,
  entry,
  failing,
  ingestion,
  loadJob,
  loadResult,
  NOW,
  observed,
  progress,
  secondsLater,
  table,
} from '../fixtures.ts';

const users = entry('users');

interface Scene {
  readonly spec?: typeof users;
  readonly status?: TableIngestionStatus;
  readonly job?: Partial<ObservedJob>;
  readonly suspend?: boolean;
}

function actionsOf({ spec = users, status = {}, job, suspend = false }: Scene): readonly Action[] {
  const more = suspend ? { spec: 'suspend: true' } : {};
  const jobs = job === undefined ? [] : [loadJob(spec, job)];
  return decide(
    observed({ ingestion: ingestion(CATALOGUED, more), tables: [table(spec, status)], jobs }),
    secondsLater(5),
  ).actions;
}

function statusOf(scene: Scene): TableIngestionStatus {
  const write = actionsOf(scene).find((action) => action.type === 'WriteTableStatus');
  return write?.status ?? scene.status ?? {};
}

const conditionOf = (status: TableIngestionStatus, type: 'Progressing' | 'Complete' | 'Failed') => {
  const found = findCondition(status.conditions, type);
  return `${found?.status ?? 'absent'} ${found?.reason ?? ''}`;
};

const failure = { kind: 'Data', code: 'BadRow', message: 'not a number', table: 'users', line: 3 } as const;
const failed: ObservedJob['result'] = { task: 'Load', outcome: 'Failed', failure };

/** Each state in which a table can be observed, and its status. */
const STATES: [title: string, scene: Scene, phase: string, progressing: string, message: RegExp][] = [
  ['a table without a Job', {}, 'Pending', 'True WaitingForSlot', /waiting for one of 2 slots/],
  ['a table of a suspended run', { suspend: true }, 'Pending', 'False Suspended', /suspended/],
  [
    'a table whose Job has not started',
    { job: { state: 'Pending' } },
    'Pending',
    'True Starting',
    /has not started yet/,
  ],
  [
    'a table whose Job cannot run',
    { job: { state: 'Pending', problem: { reason: 'ImagePullBackOff', message: 'no such image' } } },
    'Pending',
    'False ImagePullBackOff',
    /no such image/,
  ],
  [
    'a table whose Job waits in a queue',
    {
      job: {
        state: 'Pending',
        problem: { reason: 'WaitingForAdmission', message: 'waiting for admission by queue loads' },
      },
    },
    'Pending',
    'False WaitingForAdmission',
    /queue loads/,
  ],
  ['a table whose Job is being deleted', { job: { deleting: true } }, 'Pending', 'True Waiting', /being deleted/],
  ['a table whose runner has started', { job: {} }, 'Running', 'True Loading', /the runner has started/],
  [
    'a table that is being copied again',
    { job: { attempts: 3, progress: progress() } },
    'Running',
    'True Loading',
    /step copy, attempt 3/,
  ],
  ['a loaded table', { job: { state: 'Succeeded', result: loadResult() } }, 'Loaded', 'False Ended', /loaded 10 rows/],
  [
    'a table that had been loaded',
    { job: { state: 'Succeeded', result: loadResult({ outcome: 'AlreadyLoaded', message: 'already loaded' }) } },
    'AlreadyLoaded',
    'False Ended',
    /already loaded/,
  ],
  [
    'a table with different content',
    { job: { state: 'Succeeded', result: loadResult({ outcome: 'Skipped', message: 'different content' }) } },
    'Skipped',
    'False Ended',
    /different content/,
  ],
  ['a failed table', { job: { state: 'Failed', result: failed } }, 'Failed', 'False Ended', /line 3: not a number/],
  [
    'a table whose node failed too often',
    { job: { state: 'Failed', attempts: 7, problem: { reason: 'BackoffLimitExceeded', message: 'failed 7 times' } } },
    'Failed',
    'False Ended',
    /failed 7 times/,
  ],
  [
    'a table that the manifest skips',
    { spec: entry('users', { decision: 'Skip', reason: 'NoMother', message: 'has no mother' }) },
    'Skipped',
    'False Ended',
    /has no mother/,
  ],
  [
    'a table that the catalogue found loaded',
    { spec: entry('users', { decision: 'Keep', reason: 'AlreadyLoaded', message: 'loaded in May' }) },
    'AlreadyLoaded',
    'False Ended',
    /loaded in May/,
  ],
  [
    'a table that cannot be loaded',
    { spec: failing('users', { kind: 'Data', code: 'NotAList', message: 'not a list' }) },
    'Failed',
    'False Ended',
    /not a list/,
  ],
];

describe('the status of a table', () => {
  for (const [title, scene, phase, progressing, message] of STATES) {
    it(`is ${phase} for ${title}`, () => {
      const status = statusOf(scene);
      assert.equal(status.phase, phase);
      assert.equal(conditionOf(status, 'Progressing'), progressing);
      assert.match(status.message ?? '', message);
      assert.match(conditionOf(status, 'Failed'), phase === 'Failed' ? /^True/ : /^False/);
      const isComplete = ['Loaded', 'AlreadyLoaded', 'Skipped'].includes(phase);
      assert.match(conditionOf(status, 'Complete'), isComplete ? /^True/ : /^False/);
      assert.equal(status.completionTime !== undefined, isComplete || phase === 'Failed');
    });
  }

  it('has Job, rows, speed, times and warnings once the table is loaded', () => {
    const warnings = Array.from({ length: 12 }, (_, index) => `warning ${index}`);
    const result = loadResult({ rows: 20, bytes: 30e6, streams: 2, warnings, seconds: { copy: 2, attach: 0.5 } });
    const job = { state: 'Succeeded', attempts: 2, result, completionTime: secondsLater(4).toISOString() } as const;
    const { conditions, ...status } = statusOf({ job });
    assert.equal(conditions?.length, 3);
    assert.deepEqual(status, {
      observedGeneration: 1,
      phase: 'Loaded',
      message: 'loaded 10 rows',
      jobName: loadJob(users).name,
      attempts: 2,
      rows: 20,
      bytes: 30e6,
      percent: 100,
      streams: 2,
      megabytesPerSecond: '15.0',
      rowsPerSecond: 10,
      seconds: { copy: 2, attach: 0.5 },
      warnings: warnings.slice(0, 10),
      startTime: NOW.toISOString(),
      completionTime: secondsLater(4).toISOString(),
    });
  });

  it('has the warnings of the catalogue before those of the load', () => {
    const job = { state: 'Succeeded', attempts: 1, result: loadResult({ warnings: ['of the load'] }) } as const;
    const spec = entry('users', { warnings: ['of the dump'] });
    assert.deepEqual(statusOf({ spec, job }).warnings, ['of the dump', 'of the load']);
  });

  it('has rows, percent, speed and time left from the progress of a running load', () => {
    const status = statusOf({
      job: { progress: progress({ rows: 4, bytes: 8e6, compressedBytes: 40, totalCompressedBytes: 100, seconds: 2 }) },
    });
    assert.equal(status.percent, 40);
    assert.equal(status.megabytesPerSecond, '4.0');
    assert.equal(status.rowsPerSecond, 2);
    assert.equal(status.secondsLeft, 3);
  });

  it('has no speed before the first byte is read', () => {
    const status = statusOf({ job: { progress: progress({ rows: 0, bytes: 0, compressedBytes: 0, seconds: 0 }) } });
    assert.equal(status.percent, 0);
    assert.equal(status.megabytesPerSecond, undefined);
    assert.equal(status.secondsLeft, undefined);
  });

  it('has the complete failure from the catalogue if the table cannot be loaded', () => {
    const found = {
      kind: 'Manifest',
      code: 'MotherMissing',
      message: 'no mother',
      file: 'crm_v1.zip:users.json',
      table: 'users',
      line: 3,
    } as const;
    assert.deepEqual(statusOf({ spec: failing('users', found) }).failure, found);
  });

  it('is Pending again if somebody deleted the Job, and the table is loaded again', () => {
    const running = statusOf({ job: { progress: progress() } });
    const actions = actionsOf({ status: running });
    assert.equal(actions.find((action) => action.type === 'CreateJob')?.work.kind, 'Load');
    assert.equal(statusOf({ status: running }).phase, 'Pending');
    assert.equal(statusOf({ status: running }).rows, undefined);
  });

  it('never changes once it is final, whatever happens to the Job', () => {
    const status = statusOf({ job: { state: 'Succeeded', result: loadResult() } });
    assert.deepEqual(statusOf({ status, job: { state: 'Failed', result: failed } }), status);
    assert.deepEqual(statusOf({ status }), status);
  });
});

describe('a load whose result was lost', () => {
  const lost = { state: 'Succeeded' } as const;
  const first = statusOf({ job: lost });

  it('runs once more', () => {
    assert.equal(actionsOf({ job: lost }).filter((action) => action.type === 'DeleteJob').length, 1);
    assert.equal(first.phase, 'Pending');
    assert.equal(conditionOf(first, 'Progressing'), 'True ResultLost');
  });

  it('keeps the reason ResultLost until the next result', () => {
    for (const job of [undefined, { state: 'Pending' } as const, {}, { deleting: true }]) {
      assert.match(conditionOf(statusOf({ status: first, ...(job && { job }) }), 'Progressing'), /ResultLost/);
    }
    assert.equal(
      statusOf({ status: first, job: { state: 'Succeeded', result: loadResult({ outcome: 'AlreadyLoaded' }) } }).phase,
      'AlreadyLoaded',
    );
  });

  it('fails if the second result is lost, too', () => {
    assert.equal(statusOf({ status: first, job: lost }).failure?.code, 'ResultLost');
  });
});
