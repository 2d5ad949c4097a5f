import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { ScheduledDumpIngestionStatus } from '../../crds/contract/generated.ts';
import { eventually } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { DAY, nameAt, night, schedule, TEMPLATE } from './nightly-schedule.ts';
import { OperatorInProcess } from './operator-in-process.ts';
import { prepareOperator, startOperator } from './operator-process.ts';

/**
 * Schedules on a real apiserver with its garbage collector, and the operator's own Jobs, which no node runs. The operator's clock is moved from night
 * to night; in the last test it is the real one.
 */
const folder = mkdtempSync(join(tmpdir(), 'motherload-schedules-'));
let plane: ControlPlane;
let kubeconfig: string;
let operator: OperatorInProcess;
let namespace = '';
let count = 0;
before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
  kubeconfig = await prepareOperator(plane);
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
beforeEach(async () => {
  namespace = `tenant-${++count}`;
  await plane.kubectl(['create', 'namespace', namespace]);
  operator = await OperatorInProcess.start(kubeconfig);
});
afterEach(async () => {
  await operator.stop();
  await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const kubectl = (...parameters: string[]) => plane.kubectl(['-n', namespace, ...parameters]);
const names = async (kind: string) =>
  (await kubectl('get', kind, '-o', 'jsonpath={.items[*].metadata.name}')).split(' ').filter((name) => name !== '');
const get = async <T>(...what: string[]) => JSON.parse(await kubectl('get', ...what, '-o', 'json')) as T;
const status = async () =>
  (await get<{ status?: ScheduledDumpIngestionStatus }>('sdi', 'nightly')).status ?? assert.fail('no status yet');
const condition = async (type: string) => {
  const found = (await status()).conditions?.find((one) => one.type === type);
  return `${found?.status} ${found?.reason}`;
};
const apply = (object: object) => plane.kubectl(['-n', namespace, 'apply', '-f', '-'], JSON.stringify(object));

/** Applies the schedule, and waits until the operator knows it. */
async function applied(spec: object = {}): Promise<void> {
  await apply(schedule(spec));
  await operator.until('the status', async () => assert((await status()).observedGeneration));
}

/** The night has come, and its run exists. */
async function started(index: number): Promise<void> {
  await operator.moveTo(night(index));
  await operator.until('the run', async () => assert.deepEqual((await names('di')).includes(nameAt(index)), true));
  await operator.until('the status', async () =>
    assert.equal((await status()).lastScheduleTime, new Date(night(index)).toISOString().replace('.000', '')),
  );
}

/** The run ends, without the Jobs that no node runs. */
async function ended(name: string, type: 'Complete' | 'Failed'): Promise<void> {
  const lastTransitionTime = new Date().toISOString();
  const conditions = [{ type, status: 'True', reason: 'Ended', message: 'by the test', lastTransitionTime }];
  const end = { phase: type, conditions, completionTime: lastTransitionTime, message: 'by the test' };
  await kubectl('patch', 'di', name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: end }));
}

describe('a schedule in a cluster', () => {
  it('creates a DumpIngestion at its moment, owned and labelled, from the template, which runs', async () => {
    await applied();
    assert.deepEqual(await names('di'), []);
    await started(0);
    interface Created {
      metadata: Record<string, Record<string, string>> & { ownerReferences: { kind: string; name: string }[] };
      spec: { loading: { onExisting: string; maxParallelJobs: number } };
    }
    const { metadata, spec } = await get<Created>('di', nameAt(0));
    assert.deepEqual(metadata['labels'], { team: 'data', 'motherload.dev/schedule': 'nightly' });
    assert.deepEqual(metadata['annotations'], {
      'example.com/owner': 'nobody',
      'motherload.dev/scheduled-at': new Date(night(0)).toISOString(),
    });
    assert.deepEqual(
      metadata.ownerReferences.map(({ kind, name }) => [kind, name]),
      [['ScheduledDumpIngestion', 'nightly']],
    );
    assert.deepEqual([spec.loading.onExisting, spec.loading.maxParallelJobs], ['Skip', 2]);
    await operator.until('its Job', async () => assert.equal((await names('jobs')).length, 1));
    assert.match(
      await kubectl('get', 'sdi'),
      /^NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST RUN +LAST OUTCOME +NEXT RUN +AGE\nnightly +0 \d+ \* \* \* +Etc\/UTC +false +1 +\S+ +\d{4}-\d\d-\d\dT\d\d:00:00Z /,
    );
    await operator.until('the event', async () =>
      assert.match(await kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}'), /RunStarted/),
    );
  });

  it('does not repeat a run, nor lose one, if the operator ends between creating it and writing the status', async () => {
    await applied();
    await operator.stop();
    // As the operator leaves it that is killed then.
    await kubectl('get', 'sdi', 'nightly', '-o', 'jsonpath={.metadata.uid}').then(async (uid) => {
      const owner = { apiVersion: 'motherload.dev/v1alpha1', kind: 'ScheduledDumpIngestion', name: 'nightly', uid };
      const metadata = { name: nameAt(0), ownerReferences: [{ ...owner, controller: true }] };
      const { spec } = TEMPLATE;
      await apply({ apiVersion: 'motherload.dev/v1alpha1', kind: 'DumpIngestion', metadata, spec });
    });
    operator = await OperatorInProcess.start(kubeconfig, night(0) + 5000);
    await operator.until('the status', async () =>
      assert.equal((await status()).lastScheduleTime, new Date(night(0)).toISOString().replace('.000', '')),
    );
    assert.deepEqual(await names('di'), [nameAt(0)]);
  });

  it('makes up for the latest run after thirty hours without an operator', async () => {
    await applied({ concurrencyPolicy: 'Allow' });
    await started(0);
    await operator.stop();
    operator = await OperatorInProcess.start(kubeconfig, night(2) + (6 * DAY) / 24);
    await operator.until('the run', async () => assert.deepEqual(await names('di'), [nameAt(0), nameAt(2)]));
  });

  it('refuses a DumpIngestion of somebody else with the name of its run, and starts once that is gone', async () => {
    await applied();
    const { spec } = TEMPLATE;
    const foreign = { metadata: { name: nameAt(0) }, spec: { ...spec, suspend: true } };
    await apply({ apiVersion: 'motherload.dev/v1alpha1', kind: 'DumpIngestion', ...foreign });
    await operator.moveTo(night(0) + 120_000);
    await operator.until('the condition', async () => assert.equal(await condition('Late'), 'True RunNameTaken'));
    assert.equal(await condition('Ready'), 'False RunNameTaken');
    assert.match((await status()).message ?? '', /already exists and does not belong to this schedule.*delete it/);
    assert.equal((await status()).lastScheduleTime, undefined);
    assert.equal(await kubectl('get', 'di', nameAt(0), '-o', 'jsonpath={.metadata.ownerReferences}'), '');
    await kubectl('delete', 'di', nameAt(0));
    await operator.until('the run', async () => assert.equal(await condition('Late'), 'False OnTime'));
    assert.notEqual(await kubectl('get', 'di', nameAt(0), '-o', 'jsonpath={.metadata.ownerReferences}'), '');
  });

  it('with Replace, deletes the run that has not ended, and starts the next one only once its Job is gone', async () => {
    await applied({ concurrencyPolicy: 'Replace' });
    await started(0);
    await operator.until('its Job', async () => assert.equal((await names('jobs')).length, 1));
    const [job = ''] = await names('jobs');
    // In place of a runner that takes its time to end.
    const held = { metadata: { finalizers: ['example.com/hold', 'foregroundDeletion'] } };
    await kubectl('patch', 'job', job, '--type=merge', '-p', JSON.stringify(held));
    await operator.moveTo(night(1));
    await operator.until('the deletion', async () => {
      const path = 'jsonpath={.metadata.deletionTimestamp}';
      assert.notEqual(await kubectl('get', 'job', job, '-o', path), '');
      assert.notEqual(await kubectl('get', 'di', nameAt(0), '-o', path), '');
    });
    await operator.moveTo(night(1) + 120_000);
    await operator.until('the condition', async () => assert.equal(await condition('Late'), 'True Replacing'));
    assert.deepEqual(await names('di'), [nameAt(0)]);
    await kubectl('patch', 'job', job, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await operator.until('the next run', async () => assert.deepEqual(await names('di'), [nameAt(1)]));
    await operator.until('the condition', async () => assert.equal(await condition('Late'), 'False OnTime'));
  });

  it('keeps the history of each outcome, and shows the last one', async () => {
    await applied({ successfulRunsHistoryLimit: 1, failedRunsHistoryLimit: 1 });
    const outcomes = ['Failed', 'Complete', 'Failed', 'Complete'] as const;
    for (const [index, outcome] of outcomes.entries()) {
      await started(index);
      await ended(nameAt(index), outcome);
      await operator.until('the outcome', async () => assert.equal((await status()).lastRun?.name, nameAt(index)));
    }
    await operator.until('the history', async () => assert.deepEqual(await names('di'), [nameAt(2), nameAt(3)]));
    assert.match(await kubectl('get', 'sdi'), / 0 +\S+ +Complete +/);
  });

  it('is late for a quota, and starts once there is room', async () => {
    await applied();
    const hard = { 'count/dumpingestions.motherload.dev': '0' };
    await apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard } });
    await operator.until('the quota', async () =>
      assert.notEqual(await kubectl('get', 'resourcequota', 'none', '-o', 'jsonpath={.status.hard}'), ''),
    );
    await operator.moveTo(night(0) + 120_000);
    await operator.until('the condition', async () => assert.equal(await condition('Late'), 'True QuotaExceeded'));
    await kubectl('delete', 'resourcequota', 'none');
    await operator.until('the run', async () => assert.deepEqual(await names('di'), [nameAt(0)]));
  });

  it('is deleted with its runs and their Jobs, by garbage collection', async () => {
    await applied();
    await started(0);
    await operator.until('its Job', async () => assert.equal((await names('jobs')).length, 1));
    await kubectl('delete', 'sdi', 'nightly');
    await operator.until('the end', async () => assert.deepEqual([await names('di'), await names('jobs')], [[], []]));
  });

  it('starts nothing with an expression that never comes, says so, and shows no next run', async () => {
    await applied({ schedule: '0 2 31 2 *' });
    assert.equal(await condition('Stalled'), 'True InvalidSchedule');
    assert.match((await status()).message ?? '', /it never comes, since none of its months has day 31/);
    assert.equal((await status()).nextScheduleTime, undefined);
    await apply(schedule());
    await operator.until('the condition', async () => assert.equal(await condition('Stalled'), 'False Valid'));
    await started(0);
  });
});

describe('the operator, with the real clock', () => {
  it('starts a run in the first seconds of the minute, and measures that none is late', async () => {
    await operator.stop();
    const process = await startOperator(plane, kubeconfig, 'clock');
    try {
      await apply(schedule({ schedule: '* * * * *' }));
      const before = Date.parse(await kubectl('get', 'sdi', 'nightly', '-o', 'jsonpath={.metadata.creationTimestamp}'));
      await eventually('the run', 120, async () => assert.equal((await names('di')).length, 1));
      const minute = Math.floor(before / 60_000) + 1;
      assert.deepEqual(await names('di'), [`nightly-${minute}`]);
      const created = await kubectl('get', 'di', `nightly-${minute}`, '-o', 'jsonpath={.metadata.creationTimestamp}');
      assert(Date.parse(created) - minute * 60_000 < 5000, `it was created at ${created}`);
      // The namespaces of the tests before go in their own time, and their schedules with them.
      const text = await eventually('the metrics of this schedule alone', 180, async () => {
        const { text: metrics } = await process.ask('/metrics');
        assert.match(metrics, /^motherload_schedules\{state="Scheduled"\} 1$/m);
        return metrics;
      });
      const [, late] =
        /^motherload_schedule_late_seconds\{namespace="\S+",schedule="nightly"\} (\S+)$/m.exec(text) ?? [];
      assert(Number(late) < 5, `late: ${late}`);
    } finally {
      await process.stop();
      operator = await OperatorInProcess.start(kubeconfig);
    }
  });
});
