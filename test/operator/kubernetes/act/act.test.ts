import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../../../crds/contract/log.ts';
import { jobName, LABELS } from '../../../../crds/contract/names.ts';
import type { Action } from '../../../../operator/decide/action.ts';
import type { ObservedIngestion, Problem } from '../../../../operator/decide/observed.ts';
import { act } from '../../../../operator/kubernetes/act/act.ts';
import { Caches } from '../../../../operator/kubernetes/cache/caches.ts';
import { entry, ingestion, nameOf, UID } from '../../fixtures.ts';
import { apiserver, refusal, type Question, type Reply } from '../apiserver.ts';

const users = entry('users');
const observed: ObservedIngestion = { ...ingestion(), metadata: { ...ingestion().metadata, resourceVersion: '7' } };
const WRITE: Action = { type: 'WriteIngestionStatus', status: { phase: 'Loading' } };
const head = (uid: string) => ({ metadata: { name: 'nightly', namespace: 'default', uid, resourceVersion: '9' } });

/** Acts on an apiserver that says this. */
async function scene(reply: (question: Question) => Reply) {
  const { api, questions } = await apiserver(reply);
  const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onTrouble: () => undefined });
  const refusals: (Problem | undefined)[] = [];
  const doIt = (action: Action) =>
    act(action, observed, {
      ...{ api, caches, log: SILENT_LOG, now: () => new Date() },
      settings: { runnerImage: 'none', imagePullPolicy: 'Never', allowHostPath: false, jobTemplate: {} },
      onMade: (_, problem) => refusals.push(problem),
    });
  return { caches, questions, refusals, doIt };
}

describe('a status that is written', () => {
  it('is one of the version that was observed, and of no other object of that name', async () => {
    const { questions, caches, doIt } = await scene(() => ({ body: head(UID) }));
    await doIt(WRITE);
    assert.deepEqual(questions[0]?.body, [
      { op: 'test', path: '/metadata/uid', value: UID },
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
      { op: 'add', path: '/status', value: { phase: 'Loading' } },
    ]);
    assert.equal(caches.ingestions.get('default/nightly')?.metadata.resourceVersion, '9');
  });

  it('of a table is one of the version that the decision knew, whatever the caches have heard since', async () => {
    const { questions, caches, doIt } = await scene(() => ({ body: head('t') }));
    const metadata = { name: nameOf(users), namespace: 'default', uid: 't', resourceVersion: '6' };
    caches.tables.put({ metadata, spec: users });
    await doIt({ type: 'WriteTableStatus', name: nameOf(users), status: { phase: 'Running' }, resourceVersion: '5' });
    assert.deepEqual(
      (questions[0]?.body as { value: unknown }[]).slice(0, 2).map(({ value }) => value),
      ['t', '5'],
    );
  });

  it('is outdated, and no error, where the object has changed meanwhile', async () => {
    const { doIt } = await scene(() => refusal(409, 'Conflict', 'the object has been modified'));
    await assert.rejects(doIt(WRITE), { name: 'OutdatedError', message: /dumpingestions nightly has changed/ });
  });

  it('is left where the object is gone, or another one by now; a status that is wrong is an error', async () => {
    const replies = {
      gone: refusal(404, 'NotFound', ''),
      invalid: refusal(422, 'Invalid', 'the server rejected our request'),
    };
    await (await scene(() => replies.gone)).doIt(WRITE);
    await (
      await scene(({ line }) => (line.startsWith('PATCH') ? replies.invalid : { body: head('another') }))
    ).doIt(WRITE);
    const wrong = await scene(({ line }) => (line.startsWith('PATCH') ? replies.invalid : { body: head(UID) }));
    await assert.rejects(wrong.doIt(WRITE), { name: 'ApiError', status: 422 });
  });
});

describe('a Job that is refused', () => {
  const CREATE: Action = { type: 'CreateJob', name: jobName('nightly', UID, 'Catalogue'), work: { kind: 'Catalogue' } };
  const cases: [what: string, reply: Reply, reason: string][] = [
    ['by a quota', refusal(403, 'Forbidden', 'jobs.batch "a" is forbidden: exceeded quota: none'), 'QuotaExceeded'],
    ['by a policy', refusal(403, 'Forbidden', 'admission webhook denied the request'), 'Forbidden'],
    [
      'because a webhook is down',
      refusal(500, 'InternalError', 'Internal error occurred: failed calling webhook "policy": connection refused'),
      'WebhookFailed',
    ],
  ];
  for (const [what, reply, reason] of cases) {
    it(`${what} is told as ${reason}, and no error, so that the status can be written`, async () => {
      const { refusals, doIt } = await scene(() => reply);
      await doIt(CREATE);
      assert.deepEqual(
        refusals.map((problem) => problem?.reason),
        [reason],
      );
    });
  }

  it('for what may go well at once is an error, and tried again', async () => {
    const { doIt } = await scene(() => refusal(500, 'InternalError', 'etcdserver: request timed out'));
    await assert.rejects(doIt(CREATE), { name: 'ApiError', status: 500 });
  });
});

describe('a Job that is there already', () => {
  const name = jobName('nightly', UID, 'Catalogue');
  const CREATE: Action = { type: 'CreateJob', name, work: { kind: 'Catalogue' } };
  const metadata = {
    ...{ name, namespace: 'default', uid: 'j', resourceVersion: '3' },
    labels: { [LABELS.ingestion]: 'nightly', [LABELS.task]: 'Catalogue' },
    ownerReferences: [{ kind: 'DumpIngestion', name: 'nightly', uid: UID, controller: true }],
  };
  const met = async (...there: object[]): Promise<(string | undefined)[]> => {
    const { refusals, doIt } = await scene(({ line, query }) =>
      line.startsWith('GET') && line.endsWith('/jobs') && query.get('fieldSelector') === `metadata.name=${name}`
        ? { body: { items: there.map((one) => ({ metadata: one })) } }
        : refusal(409, 'AlreadyExists', `jobs.batch "${name}" already exists`),
    );
    await doIt(CREATE);
    return refusals.map((problem) => problem?.reason);
  };

  it("is waited for where it is the run's own, of which the watch will tell", async () =>
    assert.deepEqual(await met(metadata), [undefined]));

  it('and is gone a moment later is looked at again', async () => {
    await assert.rejects(met(), { name: 'OutdatedError' });
  });

  const others: [what: string, there: object][] = [
    ["is somebody else's", { ...metadata, ownerReferences: [] }],
    ['has lost its label, so that no watch tells of it', { ...metadata, labels: { [LABELS.task]: 'Catalogue' } }],
    ['does not say what it is for', { ...metadata, labels: { [LABELS.ingestion]: 'nightly' } }],
  ];
  for (const [what, there] of others) {
    it(`is told where it ${what}`, async () => assert.deepEqual(await met(there), ['JobNameTaken']));
  }
});

describe('a DumpIngestion whose time is over', () => {
  it('is deleted as it was observed, and looked at again where it has changed', async () => {
    const { questions, doIt } = await scene(() =>
      refusal(409, 'Conflict', 'the ResourceVersion in the precondition does not match'),
    );
    await assert.rejects(doIt({ type: 'DeleteIngestion' }), { name: 'OutdatedError' });
    assert.deepEqual(questions[0]?.body, {
      propagationPolicy: 'Background',
      preconditions: { uid: UID, resourceVersion: '7' },
    });
    await (await scene(() => refusal(404, 'NotFound', ''))).doIt({ type: 'DeleteIngestion' });
  });
});
