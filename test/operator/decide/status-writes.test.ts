import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openApiSchemaOf, readCustomResourceDefinition } from '../../../crds/contract/schema.ts';
import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import type { ObservedJob } from '../../../operator/decide/observed.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import {
  CATALOGUED,
  ingestion,
  loadJob,
  loadResult,
  NOW,
  observed,
  progress,
  secondsLater,
  table,
} from '../fixtures.ts';
import { actionsFor, loadingRun, ofType, statusOf, SUSPENDED, users } from './decisions.ts';

/** What the apiserver shows of a TableIngestion whose status nobody has written. */
const NEW = openApiSchemaOf(readCustomResourceDefinition('TableIngestion')).properties?.['status']
  ?.default as TableIngestionStatus;

const begun = (seconds: number, more: Partial<ObservedJob> = {}) =>
  loadJob(users, { startTime: secondsLater(-seconds).toISOString(), ...more });
const written = (job: ObservedJob | undefined, status: TableIngestionStatus = NEW, run = ingestion(CATALOGUED)) => {
  const parts = { ingestion: run, tables: [table(users, status)], jobs: job === undefined ? [] : [job] };
  return ofType(actionsFor(loadingRun(parts), NOW), 'WriteTableStatus').map(({ status: { phase, message } }) => [
    phase,
    message,
  ]);
};

describe('the statuses of a table that are written', () => {
  it('are none while it waits for its turn, which the CRD says of it', () => {
    assert.deepEqual(NEW, { phase: 'Pending', message: 'waiting for a slot (spec.loading.maxParallelJobs)' });
    assert.deepEqual(written(undefined), []);
  });

  it('are none in the first seconds of its Job, though the DumpIngestion counts it', () => {
    for (const job of [begun(3.9), begun(3.9, { state: 'Pending', attempts: 0 })]) assert.deepEqual(written(job), []);
    const actions = actionsFor(loadingRun({ tables: [table(users, NEW)], jobs: [begun(1)] }), NOW);
    assert.equal(statusOf(actions).tables?.running, 1);
  });

  it('are that it starts or runs, once it has done so for some seconds', () => {
    assert.deepEqual(written(begun(4)), [['Running', 'the runner has started']]);
    assert.deepEqual(written(begun(4, { state: 'Pending', attempts: 0 })), [
      ['Pending', 'the Job has not started yet'],
    ]);
  });

  it('are written at once if its Job has ended or cannot run, if the run is suspended, or if an earlier end is not believed', () => {
    assert.deepEqual(written(begun(1, { state: 'Succeeded', result: loadResult() })), [['Loaded', 'loaded 10 rows']]);
    const problem = { reason: 'ImagePullBackOff', message: 'no such image' };
    assert.deepEqual(written(begun(1, { state: 'Pending', problem })), [['Pending', 'no such image']]);
    assert.deepEqual(written(begun(1, { state: 'Succeeded' })), [
      ['Pending', "the Job's result was lost; running the Job once more, which takes the result from the ledger"],
    ]);
    assert.match(String(written(undefined, NEW, ingestion(CATALOGUED, SUSPENDED))), /^Pending,suspended/);
    const forged: TableIngestionStatus = { phase: 'Loaded', jobName: 'another', conditions: [] };
    assert.match(String(written(undefined, forged)), /^Pending,waiting for one of 2 slots/);
  });

  it('are all of them on this machine, where a status costs no request', () => {
    assert.deepEqual(written(begun(0.1), {}), [['Running', 'the runner has started']]);
    assert.match(String(written(undefined, {})), /^Pending,waiting for one of 2 slots/);
  });

  it('say that it starts if its Job is not yet seen by the Job controller, however long that takes', () => {
    const { name, kind, tableName = '' } = loadJob(users);
    const unseen: ObservedJob = { name, kind, tableName, state: 'Pending', attempts: 0 };
    assert.deepEqual(written(unseen), [['Pending', 'the Job has not started yet']]);
  });
});

describe("the DumpIngestion's status", () => {
  const loading = (more: Partial<ObservedJob>) => {
    const parts = {
      tables: [table(users, { phase: 'Running', jobName: loadJob(users).name })],
      jobs: [loadJob(users, more)],
    };
    return loadingRun(parts);
  };
  const before = statusOf(actionsFor(loading({ progress: progress({ rows: 4 }) }), secondsLater(20)));
  /** What is decided some seconds after it was written, with this of the Job. */
  const later = (seconds: number, more: Partial<ObservedJob>) => {
    const parts = { ...loading(more), ingestion: ingestion(before), statusWrittenAt: secondsLater(20).getTime() };
    const { actions, requeueAfterSeconds } = decide(observed(parts), secondsLater(20 + seconds));
    return {
      writes: ofType(actions, 'WriteIngestionStatus').map(({ status: { rows, phase } }) => [rows, phase]),
      requeueAfterSeconds,
    };
  };
  const more = { progress: progress({ rows: 8 }) };

  it('is written for new numbers alone after ten seconds, since kubectl --watch prints a line for each write', () => {
    assert.deepEqual(later(3, more), { writes: [], requeueAfterSeconds: 7 });
    assert.deepEqual(later(9.5, more), { writes: [], requeueAfterSeconds: 1 });
    assert.deepEqual(later(10, more).writes, [[8, 'Loading']]);
    assert.deepEqual(later(-3600, more).writes, [[8, 'Loading']], 'the clock was set back');
  });

  it('is not written because time has passed', () => {
    assert.deepEqual(later(60, { progress: progress({ rows: 4 }) }), { writes: [], requeueAfterSeconds: undefined });
  });

  it('is written at once when a table has ended or something is wrong', () => {
    assert.deepEqual(later(1, { state: 'Succeeded', result: loadResult() }).writes, [[10, 'Finishing']]);
    const problem = { reason: 'ImagePullBackOff', message: 'no such image' };
    assert.deepEqual(later(1, { state: 'Pending', problem }).writes, [[0, 'Loading']]);
  });

  it('is written at once where nobody knows when it was last, and on this machine', () => {
    const parts = { ...loading(more), ingestion: ingestion(before) };
    assert.equal(statusOf(actionsFor(parts, secondsLater(21))).rows, 8);
  });
});
