import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogueReports } from '../../../../crds/contract/catalogue-writer.ts';
import type { TableIngestionStatus } from '../../../../crds/contract/generated.ts';
import type { TaskResult } from '../../../../crds/contract/report.ts';
import { loadResult, manifest, nameOf, UID } from '../../fixtures.ts';
import { failure, type Reply } from '../apiserver.ts';
import { ended, final, general, job, nothing, owner, pod, scene, users, START } from './observe-scene.ts';

const failedWith = (code: string): TaskResult => ({
  task: 'Load',
  outcome: 'Failed',
  failure: { kind: 'Transient', code, message: code },
});

describe('an observed Job that has failed', () => {
  const twice = job('Load', final('Failed', { failed: 2 }));
  const [first, last] = [ended('first', 75, failedWith('First'), 1), ended('last', 75, failedWith('Last'), 2)];
  const codeOf = (result: TaskResult | undefined) => (result?.outcome === 'Failed' ? result.failure.code : undefined);

  it('has the failure of its last attempt, which is requested once if the watch of pods is behind', async () => {
    for (const known of [[first], [first, pod('last', { running: {} })], []]) {
      const { observe, lines } = await scene({ jobs: [twice], pods: known }, () => ({
        body: { items: [first, last] },
      }));
      for (let round = 0; round < 2; round++) assert.equal(codeOf((await observe()).jobs[0]?.result), 'Last');
      assert.deepEqual(lines(), ['GET /pods']);
    }
  });

  it('needs no requests if all its pods are known, and ignores results of other pods', async () => {
    const { observe, lines } = await scene({ jobs: [twice], pods: [first, last] }, () => nothing);
    assert.equal(codeOf((await observe()).jobs[0]?.result), 'Last');
    assert.deepEqual(lines(), []);
    const forged = ended('forged', 75, failedWith('Forged'), 9, false);
    const behind = await scene({ jobs: [twice] }, () => ({ body: { items: [first, forged, last] } }));
    assert.equal(codeOf((await behind.observe()).jobs[0]?.result), 'Last');
  });
});

describe('an observed Job that has succeeded', () => {
  const done = job('Load', final('Complete', { succeeded: 1 }));
  const last = ended('last', 0, loadResult());

  it('is history, and its pods are forgotten, once the status of its table says so', async () => {
    const { observe, caches, lines } = await scene({ jobs: [done], pods: [last] }, () => nothing);
    const metadata = { ...general(nameOf(users)), ...owner('DumpIngestion', 'nightly', UID), generation: 1 };
    caches.tables.put({ metadata, spec: users });
    assert.deepEqual([(await observe()).jobs.length, caches.pods.size], [1, 1]);
    const complete = { status: 'True', reason: 'Loaded', message: '', lastTransitionTime: START } as const;
    const status: TableIngestionStatus = {
      phase: 'Loaded',
      jobName: done.metadata.name,
      conditions: [{ type: 'Complete', ...complete }],
    };
    caches.tables.put({ metadata: { ...metadata, resourceVersion: '2' }, spec: users, status });
    assert.deepEqual([(await observe()).jobs.length, caches.pods.size], [0, 0]);
    assert.deepEqual(lines(), []);
  });
});

describe('an observed catalogue', () => {
  const succeeded = job('Catalogue', final('Complete', { succeeded: 1, failed: 1 }));
  const result: TaskResult = { task: 'Catalogue', outcome: 'Succeeded', entries: 1, sha256: '', seconds: {} };
  const log = [...catalogueReports([users])].map((report) => `${JSON.stringify(report)}\n`).join('');
  const [broken, good] = [ended('broken', 75, failedWith('First'), 1), ended('good', 0, result, 2)];

  it('is read once, from the successful attempt, even if the watch of pods is behind', async () => {
    for (const known of [[broken, good], [broken]]) {
      const { observe, lines } = await scene({ jobs: [succeeded], pods: known }, ({ line }) =>
        line.endsWith('/pods/good/log') ? (response) => response.end(log) : { body: { items: [broken, good] } },
      );
      for (let round = 0; round < 2; round++) assert.deepEqual((await observe()).catalogue, [users]);
      assert.deepEqual(lines(), [...(known.length === 1 ? ['GET /pods'] : []), 'GET /pods/good/log']);
    }
  });

  it('is lost if its pod was deleted', async () => {
    const { observe } = await scene({ jobs: [succeeded], pods: [good] }, () =>
      failure(404, 'NotFound', 'pods "good" not found'),
    );
    const { catalogue, catalogueProblem } = await observe();
    assert.deepEqual([catalogue, catalogueProblem], [undefined, undefined]);
  });

  it('is CatalogueUnreadable if its log cannot be read, and is requested again ten seconds later', async () => {
    const replies: Reply[] = [
      failure(500, 'InternalError', 'dial tcp 10.0.0.7:10250: i/o timeout'),
      (response) => response.end(log),
    ];
    const { observe, lines, pass } = await scene({ jobs: [succeeded], pods: [good] }, () => replies.shift() ?? nothing);
    for (let round = 0; round < 2; round++) {
      const { catalogue, catalogueProblem } = await observe();
      assert.deepEqual(
        [catalogue, catalogueProblem?.reason, catalogueProblem?.isTransient],
        [undefined, 'CatalogueUnreadable', true],
      );
      assert.match(catalogueProblem?.message ?? '', /^could not read the log of pod good: .*i\/o timeout/);
    }
    assert.equal(lines().length, 1);
    pass(10_000);
    assert.deepEqual((await observe()).catalogue, [users]);
  });

  it('is requested again when the clock was set back, and not once the time is there again', async () => {
    const replies: Reply[] = [failure(500, 'InternalError', 'i/o timeout'), (response) => response.end(log)];
    const { observe, pass } = await scene({ jobs: [succeeded], pods: [good] }, () => replies.shift() ?? nothing);
    assert.equal((await observe()).catalogue, undefined);
    pass(-3_600_000);
    assert.deepEqual((await observe()).catalogue, [users]);
  });

  it('is invalid if it has more tables than the run may have now, and is not read again', async () => {
    const { observe, lines, caches } = await scene(
      { jobs: [succeeded], pods: [good] },
      () => (response) => response.end(log),
    );
    const { spec } = manifest();
    caches.ingestions.put({
      metadata: general('nightly', UID),
      spec: { ...spec, limits: { ...spec.limits, maxTables: 0 } },
    });
    for (let round = 0; round < 2; round++) {
      const { catalogue, catalogueProblem } = await observe();
      assert.deepEqual(
        [catalogue, catalogueProblem?.reason, catalogueProblem?.isTransient],
        [undefined, 'CatalogueInvalid', false],
      );
    }
    assert.deepEqual(lines(), ['GET /pods/good/log']);
  });

  it("is the one of the run's own Job, whatever other Job has its labels", async () => {
    const forged = { ...succeeded, metadata: { ...succeeded.metadata, name: 'forged', uid: 'forged' } };
    const { observe, lines } = await scene({ jobs: [forged], pods: [good] }, () => nothing);
    const { jobs, catalogue } = await observe();
    assert.deepEqual([jobs, catalogue, lines()], [[], undefined, []]);
  });
});

describe('an observed load', () => {
  it('has the problem from events if it does not start, and the previous problem if events cannot be read', async () => {
    const event = { type: 'Warning', reason: 'FailedCreate', message: 'no such account' };
    const replies: Reply[] = [
      failure(500, 'InternalError', 'etcdserver: request timed out'),
      { body: { items: [event] } },
    ];
    const { observe, lines, pass } = await scene(
      { jobs: [job('Load')] },
      () => replies.shift() ?? failure(503, '', 'later'),
    );
    const problems: (string | undefined)[] = [];
    for (let round = 0; round < 3; round++) {
      problems.push((await observe()).jobs[0]?.problem?.reason);
      pass(5000);
    }
    assert.deepEqual([problems, lines().length], [[undefined, 'FailedCreate', 'FailedCreate'], 3]);
  });

  it('says between two attempts how the first one ended, unless something keeps the next one from being created since', async () => {
    const attempt = ended('first', 75, failedWith('ConnectionFailed'));
    const first = { ...attempt, metadata: { ...attempt.metadata, creationTimestamp: START } };
    const event = (lastTimestamp: string) => ({
      type: 'Warning',
      reason: 'FailedCreate',
      message: 'no',
      lastTimestamp,
    });
    let items = [event('2026-03-01T11:59:00Z')];
    const { observe, pass } = await scene({ jobs: [job('Load', { failed: 1 })], pods: [first] }, () => ({
      body: { items },
    }));
    const [one] = (await observe()).jobs;
    assert.deepEqual(
      [one?.state, one?.problem?.reason, one?.problem?.message],
      ['Pending', 'ConnectionFailed', 'attempt 1 failed, and the next one has not begun: ConnectionFailed'],
    );
    items = [event('2026-03-01T12:00:30Z')];
    pass(5000);
    assert.equal((await observe()).jobs[0]?.problem?.reason, 'FailedCreate');
  });

  it('is silent since its last news, whatever its clock says, also while its log cannot be read', async () => {
    const report = (rows: number, seconds: number): Reply => {
      const progress = { step: 'copy', rows, bytes: rows, compressedBytes: 1, totalCompressedBytes: 2, seconds };
      return (response) => response.end(`${JSON.stringify({ report: 'progress', progress })}\n`);
    };
    const replies: Reply[] = [
      report(1, 1),
      report(2, 4),
      report(2, 7),
      failure(500, 'InternalError', 'no node'),
      report(3, 13),
    ];
    const running = pod('pod', { running: {} });
    const { observe, pass } = await scene({ jobs: [job('Load')], pods: [running] }, () => replies.shift() ?? nothing);
    assert.equal((await observe()).jobs[0]?.silentSince, undefined, 'not asked yet');
    const since: number[] = [];
    while (since.length < 5) {
      pass(3000);
      const [observed] = (await observe()).jobs;
      since.push((Date.parse(observed?.silentSince ?? '') - Date.parse(START)) / 1000 - 60);
    }
    assert.deepEqual(since, [3, 6, 6, 6, 15]);
  });

  it('has the result of its pod without a request', async () => {
    const complete = job('Load', final('Complete', { succeeded: 1 }));
    const { observe, lines } = await scene({ jobs: [complete], pods: [ended('pod', 0, loadResult())] }, () => nothing);
    assert.deepEqual([(await observe()).jobs[0]?.result, lines()], [loadResult(), []]);
  });
});
