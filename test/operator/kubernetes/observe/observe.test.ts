import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jobName, LABELS } from '../../../../crds/contract/names.ts';
import { catalogueReports } from '../../../../crds/contract/catalogue-writer.ts';
import { encodeResult } from '../../../../crds/contract/result-text.ts';
import type { TaskResult } from '../../../../crds/contract/report.ts';
import type { TaskKind } from '../../../../crds/contract/task.ts';
import { Caches } from '../../../../operator/kubernetes/cache/caches.ts';
import type { ContainerStatus, JobObject, PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { Observer } from '../../../../operator/kubernetes/observe/observe.ts';
import { entry, loadResult, manifest, nameOf, UID } from '../../fixtures.ts';
import { apiserver, refusal, type Question, type Reply } from '../apiserver.ts';

const KEY = 'default/nightly';
const START = '2026-03-01T12:00:00Z';
const users = entry('users');
const nothing: Reply = { body: { items: [] } };

const owner = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ kind, name, uid, controller: true }],
});
const general = (name: string, uid = name) => ({ name, namespace: 'default', uid, resourceVersion: '1' });

function job(kind: TaskKind, status: JobObject['status'] = {}): JobObject {
  const table = kind === 'Load' ? nameOf(users) : '';
  const labels = {
    [LABELS.ingestion]: 'nightly',
    [LABELS.task]: kind,
    ...(kind === 'Load' ? { [LABELS.table]: table } : {}),
  };
  const metadata = {
    ...general(jobName('nightly', UID, kind, table), 'job'),
    ...owner('DumpIngestion', 'nightly', UID),
    labels,
  };
  return { metadata, status: { startTime: START, ...status } };
}
const final = (type: 'Complete' | 'Failed', more: JobObject['status'] = {}): JobObject['status'] => ({
  ...more,
  conditions: [
    { type, status: 'True', reason: type === 'Failed' ? 'BackoffLimitExceeded' : '', lastTransitionTime: START },
  ],
});

function pod(name: string, state: ContainerStatus['state'], owned = true): PodObject {
  const metadata = { ...general(name), ...(owned ? owner('Job', 'job', 'job') : {}) };
  return { metadata, status: { containerStatuses: [{ name: 'runner', ...(state === undefined ? {} : { state }) }] } };
}
const ended = (name: string, exitCode: number, result: TaskResult, second = 0, owned = true) =>
  pod(
    name,
    { terminated: { exitCode, message: encodeResult(result), finishedAt: `2026-03-01T12:00:0${second}Z` } },
    owned,
  );
const failedWith = (code: string): TaskResult => ({
  task: 'Load',
  outcome: 'Failed',
  failure: { kind: 'Transient', code, message: code },
});

/** An observer whose caches hold a DumpIngestion, its table and these, and whose apiserver says this. */
async function scene(objects: { jobs?: JobObject[]; pods?: PodObject[] }, reply: (question: Question) => Reply) {
  const { api, questions } = await apiserver(reply);
  const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onTrouble: () => undefined });
  caches.ingestions.put({ metadata: { ...general('nightly', UID), generation: 1 }, spec: manifest().spec });
  for (const one of objects.jobs ?? []) caches.jobs.put(one);
  for (const one of objects.pods ?? []) caches.pods.put(one);
  let now = Date.parse(START) + 60_000;
  const observer = new Observer(api, caches, () => now);
  const observe = async () => (await observer.observe(KEY)) ?? assert.fail('it is gone');
  const lines = () => questions.map(({ line }) => line.replace('/api/v1/namespaces/default', ''));
  return { caches, observe, lines, pass: (milliseconds: number) => (now += milliseconds) };
}

describe('an observed Job that has failed', () => {
  const twice = job('Load', final('Failed', { failed: 2 }));
  const [first, last] = [ended('first', 75, failedWith('First'), 1), ended('last', 75, failedWith('Last'), 2)];
  const codeOf = (result: TaskResult | undefined) => (result?.outcome === 'Failed' ? result.failure.code : undefined);

  it('tells the failure of its last attempt, which is asked for once where the watch of pods is behind', async () => {
    for (const known of [[first], [first, pod('last', { running: {} })], []]) {
      const { observe, lines } = await scene({ jobs: [twice], pods: known }, () => ({
        body: { items: [first, last] },
      }));
      for (let look = 0; look < 2; look++) assert.equal(codeOf((await observe()).jobs[0]?.result), 'Last');
      assert.deepEqual(lines(), ['GET /pods']);
    }
  });

  it('asks nothing where all its pods are known, and takes no word of a pod that is not its own', async () => {
    const { observe, lines } = await scene({ jobs: [twice], pods: [first, last] }, () => nothing);
    assert.equal(codeOf((await observe()).jobs[0]?.result), 'Last');
    assert.deepEqual(lines(), []);
    const forged = ended('forged', 75, failedWith('Forged'), 9, false);
    const behind = await scene({ jobs: [twice] }, () => ({ body: { items: [first, forged, last] } }));
    assert.equal(codeOf((await behind.observe()).jobs[0]?.result), 'Last');
  });
});

describe('an observed catalogue', () => {
  const succeeded = job('Catalogue', final('Complete', { succeeded: 1, failed: 1 }));
  const result: TaskResult = { task: 'Catalogue', outcome: 'Succeeded', entries: 1, sha256: '', seconds: {} };
  const log = [...catalogueReports([users])].map((report) => `${JSON.stringify(report)}\n`).join('');
  const [broken, good] = [ended('broken', 75, failedWith('First'), 1), ended('good', 0, result, 2)];

  it('is read once, of the attempt that went well, also where the watch of pods is behind', async () => {
    for (const known of [[broken, good], [broken]]) {
      const { observe, lines } = await scene({ jobs: [succeeded], pods: known }, ({ line }) =>
        line.endsWith('/pods/good/log') ? (answer) => answer.end(log) : { body: { items: [broken, good] } },
      );
      for (let look = 0; look < 2; look++) assert.deepEqual((await observe()).catalogue, [users]);
      assert.deepEqual(lines(), [...(known.length === 1 ? ['GET /pods'] : []), 'GET /pods/good/log']);
    }
  });

  it('is lost where its pod is gone', async () => {
    const { observe } = await scene({ jobs: [succeeded], pods: [good] }, () =>
      refusal(404, 'NotFound', 'pods "good" not found'),
    );
    const { catalogue, catalogueTrouble } = await observe();
    assert.deepEqual([catalogue, catalogueTrouble], [undefined, undefined]);
  });

  it('that cannot be read just now is told as that, and asked for again ten seconds later', async () => {
    const replies: Reply[] = [
      refusal(500, 'InternalError', 'dial tcp 10.0.0.7:10250: i/o timeout'),
      (answer) => answer.end(log),
    ];
    const { observe, lines, pass } = await scene({ jobs: [succeeded], pods: [good] }, () => replies.shift() ?? nothing);
    for (let look = 0; look < 2; look++) {
      const { catalogue, catalogueTrouble } = await observe();
      assert.deepEqual(
        [catalogue, catalogueTrouble?.reason, catalogueTrouble?.isTransient],
        [undefined, 'CatalogueUnreadable', true],
      );
      assert.match(catalogueTrouble?.message ?? '', /^the log of pod good cannot be read just now: .*i\/o timeout/);
    }
    assert.equal(lines().length, 1);
    pass(10_000);
    assert.deepEqual((await observe()).catalogue, [users]);
  });

  it('is invalid where it has more tables than the run may have now, and is not read again', async () => {
    const { observe, lines, caches } = await scene(
      { jobs: [succeeded], pods: [good] },
      () => (answer) => answer.end(log),
    );
    const { spec } = manifest();
    caches.ingestions.put({
      metadata: general('nightly', UID),
      spec: { ...spec, limits: { ...spec.limits, maxTables: 0 } },
    });
    for (let look = 0; look < 2; look++) {
      const { catalogue, catalogueTrouble } = await observe();
      assert.deepEqual(
        [catalogue, catalogueTrouble?.reason, catalogueTrouble?.isTransient],
        [undefined, 'CatalogueInvalid', false],
      );
    }
    assert.deepEqual(lines(), ['GET /pods/good/log']);
  });

  it('is that of the run, whatever Job bears its labels', async () => {
    const forged = { ...succeeded, metadata: { ...succeeded.metadata, name: 'forged', uid: 'forged' } };
    const { observe, lines } = await scene({ jobs: [forged], pods: [good] }, () => nothing);
    const { jobs, catalogue } = await observe();
    assert.deepEqual([jobs, catalogue, lines()], [[], undefined, []]);
  });
});

describe('an observed load', () => {
  it('that has not got to run tells what events say, and goes by what they said before where they cannot be had', async () => {
    const event = { type: 'Warning', reason: 'FailedCreate', message: 'no such account' };
    const replies: Reply[] = [
      refusal(500, 'InternalError', 'etcdserver: request timed out'),
      { body: { items: [event] } },
    ];
    const { observe, lines, pass } = await scene(
      { jobs: [job('Load')] },
      () => replies.shift() ?? refusal(503, '', 'later'),
    );
    const problems: (string | undefined)[] = [];
    for (let look = 0; look < 3; look++) {
      problems.push((await observe()).jobs[0]?.problem?.reason);
      pass(5000);
    }
    assert.deepEqual([problems, lines().length], [[undefined, 'FailedCreate', 'FailedCreate'], 3]);
  });

  it('has the result of its pod, and asks nothing for it', async () => {
    const complete = job('Load', final('Complete', { succeeded: 1 }));
    const { observe, lines } = await scene({ jobs: [complete], pods: [ended('pod', 0, loadResult())] }, () => nothing);
    assert.deepEqual([(await observe()).jobs[0]?.result, lines()], [loadResult(), []]);
  });
});
