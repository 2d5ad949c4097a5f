import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LABELS, sharedJobName, TABLES_ANNOTATION } from '../../../../crds/contract/names.ts';
import type { TableResult, TaskResult } from '../../../../crds/contract/report.ts';
import { writeResults } from '../../../../crds/contract/table-results.ts';
import type { JobObject } from '../../../../operator/kubernetes/client/objects.ts';
import { entry, loadResult, nameOf, UID } from '../../fixtures.ts';
import { failure, type Reply } from '../apiserver.ts';
import { ended, final, general, job, nothing, owner, pod, scene, START, users } from './observe-scene.ts';

describe('an observed Job that tables share', () => {
  const courses = entry('courses');
  const names = [users, courses].map((spec) => nameOf(spec));
  const shared = (status: JobObject['status'], name = sharedJobName('nightly', UID, names)): JobObject => ({
    metadata: {
      ...{ ...job('Load').metadata, name },
      labels: { [LABELS.ingestion]: 'nightly', [LABELS.task]: 'LoadBatch' },
      annotations: { [TABLES_ANNOTATION]: JSON.stringify(names), other: 'kept by nobody' },
    },
    status: { startTime: START, ...status },
  });
  const results: TableResult[] = [loadResult({ rows: 1 }), null];
  const resultOf = (hasFailed: boolean) => {
    const { packed, reports } = writeResults(results, hasFailed);
    const failed = { code: 'Sql40001', kind: 'Transient', message: 'try again' } as const;
    const result: TaskResult = hasFailed
      ? { task: 'LoadBatch', outcome: 'Failed', failure: failed, results: packed }
      : { task: 'LoadBatch', outcome: 'Succeeded', results: packed, seconds: {} };
    return { result, log: reports.map((report) => `${JSON.stringify(report)}\n`).join('') };
  };
  const failedJob = shared(final('Failed', { failed: 1 }));
  const failedPod = ended('pod', 75, resultOf(true).result);

  it('has the progress that its runner reports, once it runs for a while', async () => {
    const progress = {
      ...{ step: 'copy', rows: 7, bytes: 70, compressedBytes: 1, totalCompressedBytes: 2, seconds: 1 },
      tables: { current: 1, read: [{ table: 0, rows: 3, bytes: 30, compressedBytes: 5, seconds: 2 }] },
    };
    const { observe, lines, pass } = await scene(
      { jobs: [shared({ active: 1 })], pods: [pod('pod', { running: {} })] },
      () => (response) => response.end(`${JSON.stringify({ report: 'progress', progress })}\n`),
    );
    assert.equal((await observe()).jobs[0]?.progress, undefined);
    assert.deepEqual(lines(), []);
    pass(3000);
    assert.deepEqual((await observe()).jobs[0]?.progress, progress);
  });

  it('has their results without a request if they fit into the final result', async () => {
    const pods = [ended('pod', 0, resultOf(false).result)];
    const { observe, lines } = await scene(
      { jobs: [shared(final('Complete', { succeeded: 1 }))], pods },
      () => nothing,
    );
    const [observed] = (await observe()).jobs;
    assert.deepEqual(
      [observed?.kind, observed?.tableNames, observed?.results, lines()],
      ['LoadBatch', names, results, []],
    );
  });

  it('has them from its log otherwise, which is read once', async () => {
    const { observe, lines } = await scene(
      { jobs: [failedJob], pods: [failedPod] },
      () => (response) => response.end(`starting\n${resultOf(true).log}`),
    );
    for (let round = 0; round < 2; round++) assert.deepEqual((await observe()).jobs[0]?.results, results);
    assert.deepEqual(lines(), ['GET /pods/pod/log']);
  });

  it('has none if its pod is gone, and a problem while the log cannot be read', async () => {
    const gone = await scene({ jobs: [failedJob], pods: [failedPod] }, () => failure(404, 'NotFound', 'no pod'));
    const [lost] = (await gone.observe()).jobs;
    assert.deepEqual([lost?.results, lost?.resultsProblem], [undefined, undefined]);
    const replies: Reply[] = [
      failure(500, 'InternalError', 'i/o timeout'),
      (response) => response.end(resultOf(true).log),
    ];
    const later = await scene({ jobs: [failedJob], pods: [failedPod] }, () => replies.shift() ?? nothing);
    for (let round = 0; round < 2; round++)
      assert.match((await later.observe()).jobs[0]?.resultsProblem?.message ?? '', /log of pod pod: .*i\/o timeout/);
    later.pass(10_000);
    assert.deepEqual((await later.observe()).jobs[0]?.results, results);
  });

  it('is observed no more once all of them have ended, and is not believed under another name', async () => {
    assert.deepEqual((await (await scene({ jobs: [shared({}, 'forged')] }, () => nothing)).observe()).jobs, []);
    const { caches, observe } = await scene({ jobs: [failedJob], pods: [failedPod] }, () => nothing);
    const condition = {
      type: 'Complete',
      status: 'True',
      lastTransitionTime: START,
      reason: 'x',
      message: '',
    } as const;
    const status = { phase: 'Loaded' as const, jobName: failedJob.metadata.name, conditions: [condition] };
    const counts: number[] = [];
    for (const spec of [users, courses]) {
      const metadata = { ...general(nameOf(spec)), ...owner('DumpIngestion', 'nightly', UID) };
      caches.tables.put({ metadata, spec, status });
      counts.push((await observe()).jobs.length);
    }
    assert.deepEqual(counts, [1, 0]);
  });
});
