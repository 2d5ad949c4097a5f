import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../../../crds/contract/log.ts';
import { jobName, LABELS } from '../../../../crds/contract/names.ts';
import type { Action } from '../../../../operator/decide/action.ts';
import type { ObservedIngestion, Problem } from '../../../../operator/decide/observed.ts';
import { act } from '../../../../operator/kubernetes/act/act.ts';
import { Caches } from '../../../../operator/kubernetes/cache/caches.ts';
import { entry, ingestion, nameOf, UID } from '../../fixtures.ts';
import { apiserver, failure, type ReceivedRequest, type Reply } from '../apiserver.ts';

const users = entry('users');
const observed: ObservedIngestion = { ...ingestion(), metadata: { ...ingestion().metadata, resourceVersion: '7' } };
const WRITE: Action = { type: 'WriteIngestionStatus', status: { phase: 'Loading' } };
const head = (uid: string) => ({
  metadata: { name: 'nightly', namespace: 'default', uid, resourceVersion: '9' },
  spec: observed.spec,
});
const isRead = ({ line }: ReceivedRequest) => line.startsWith('GET') && line.endsWith('/dumpingestions/nightly');

/** Acts on an apiserver that replies like this. */
async function scene(reply: (request: ReceivedRequest) => Reply) {
  const { api, requests } = await apiserver(reply);
  const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onError: () => undefined });
  const rejections: (Problem | undefined)[] = [];
  const execute = (action: Action) =>
    act(action, observed, {
      ...{ api, caches, log: SILENT_LOG, now: () => new Date() },
      settings: {
        runnerImage: 'none',
        imagePullPolicy: 'Never',
        allowHostPath: false,
        allowedLabels: [],
        allowedAnnotations: [],
        records: 'Hidden',
        jobTemplate: {},
      },
      onCreated: (_, problem) => rejections.push(problem),
    });
  return { caches, requests, rejections, execute };
}

describe('writing a status', () => {
  it('is conditional on the observed version and uid', async () => {
    const { requests, caches, execute } = await scene(() => ({ body: head(UID) }));
    await execute(WRITE);
    assert.deepEqual(requests[0]?.body, [
      { op: 'test', path: '/metadata/uid', value: UID },
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
      { op: 'add', path: '/status', value: { phase: 'Loading' } },
    ]);
    assert.equal(caches.ingestions.get('default/nightly')?.metadata.resourceVersion, '9');
  });

  it('of a table is conditional on the version of the decision, even if the caches have a newer one', async () => {
    const { requests, caches, execute } = await scene(() => ({ body: head('t') }));
    const metadata = { name: nameOf(users), namespace: 'default', uid: 't', resourceVersion: '6' };
    caches.tables.put({ metadata, spec: users });
    await execute({
      type: 'WriteTableStatus',
      name: nameOf(users),
      status: { phase: 'Running' },
      resourceVersion: '5',
    });
    assert.deepEqual(
      (requests[0]?.body as { value: unknown }[]).slice(0, 2).map(({ value }) => value),
      ['t', '5'],
    );
  });

  it('throws an OutdatedError if the object has changed meanwhile', async () => {
    const { execute } = await scene(() => failure(409, 'Conflict', 'the object has been modified'));
    await assert.rejects(execute(WRITE), { name: 'OutdatedError', message: /dumpingestions nightly has changed/ });
  });

  it('does nothing if the object no longer exists or is another one; an invalid status is an error', async () => {
    const replies = {
      notFound: failure(404, 'NotFound', ''),
      invalid: failure(422, 'Invalid', 'the server rejected our request'),
    };
    await (await scene(() => replies.notFound)).execute(WRITE);
    await (
      await scene(({ line }) => (line.startsWith('PATCH') ? replies.invalid : { body: head('another') }))
    ).execute(WRITE);
    const wrong = await scene(({ line }) => (line.startsWith('PATCH') ? replies.invalid : { body: head(UID) }));
    await assert.rejects(wrong.execute(WRITE), { name: 'ApiError', status: 422 });
  });
});

describe('creating a Job', () => {
  const CREATE: Action = { type: 'CreateJob', name: jobName('nightly', UID, 'Catalogue'), work: { kind: 'Catalogue' } };
  const cases: [what: string, reply: Reply, reason: string][] = [
    ['a quota', failure(403, 'Forbidden', 'jobs.batch "a" is forbidden: exceeded quota: none'), 'QuotaExceeded'],
    ['a policy', failure(403, 'Forbidden', 'admission webhook denied the request'), 'Forbidden'],
    [
      'a webhook that is down',
      failure(500, 'InternalError', 'Internal error occurred: failed calling webhook "policy": connection refused'),
      'WebhookFailed',
    ],
  ];
  for (const [what, reply, reason] of cases) {
    it(`reports ${reason} without an error for ${what}, so that the status can be written`, async () => {
      const { rejections, execute } = await scene((request) => (isRead(request) ? { body: head(UID) } : reply));
      await execute(CREATE);
      assert.deepEqual(
        rejections.map((problem) => problem?.reason),
        [reason],
      );
    });
  }

  it('throws an error after which an immediate retry may succeed', async () => {
    const timeout = failure(500, 'InternalError', 'etcdserver: request timed out');
    for (const later of [{ body: head(UID) }, timeout]) {
      const { execute } = await scene((request) => (isRead(request) ? later : timeout));
      await assert.rejects(execute(CREATE), { name: 'ApiError', status: 500 });
    }
  });

  it('has the mother tables of the manifest, which the caches leave out, and none of another DumpIngestion', async () => {
    const spec =
      'motherTables: { policy: Create, definitions: [{ name: users, columns: [{ name: id, type: bigint }] }] }';
    const whole = { ...head(UID), spec: ingestion({}, { spec }).spec };
    const { requests, execute } = await scene((request) => (isRead(request) ? { body: whole } : { body: head('job') }));
    await execute(CREATE);
    assert.match(JSON.stringify(requests.at(-1)?.body), /definitions.*users.*bigint/);
    const other = await scene((request) => (isRead(request) ? { body: head('another') } : { body: head('job') }));
    await assert.rejects(other.execute(CREATE), { name: 'OutdatedError' });
    const gone = await scene(() => failure(404, 'NotFound', ''));
    await assert.rejects(gone.execute(CREATE), { name: 'OutdatedError' });
  });
});

describe('creating a Job that already exists', () => {
  const name = jobName('nightly', UID, 'Catalogue');
  const CREATE: Action = { type: 'CreateJob', name, work: { kind: 'Catalogue' } };
  const metadata = {
    ...{ name, namespace: 'default', uid: 'j', resourceVersion: '3' },
    labels: { [LABELS.ingestion]: 'nightly', [LABELS.task]: 'Catalogue' },
    ownerReferences: [{ kind: 'DumpIngestion', name: 'nightly', uid: UID, controller: true }],
  };
  const rejectionsWith = async (...existing: object[]): Promise<(string | undefined)[]> => {
    const { rejections, execute } = await scene((request) => {
      const { line, query } = request;
      if (isRead(request)) return { body: head(UID) };
      return line.startsWith('GET') && line.endsWith('/jobs') && query.get('fieldSelector') === `metadata.name=${name}`
        ? { body: { items: existing.map((one) => ({ metadata: one })) } }
        : failure(409, 'AlreadyExists', `jobs.batch "${name}" already exists`);
    });
    await execute(CREATE);
    return rejections.map((problem) => problem?.reason);
  };

  it("waits for the watch if the Job is the run's own", async () =>
    assert.deepEqual(await rejectionsWith(metadata), [undefined]));

  it('throws an OutdatedError if the Job has been deleted meanwhile', async () => {
    await assert.rejects(rejectionsWith(), { name: 'OutdatedError' });
  });

  const others: [what: string, existing: object][] = [
    ['belongs to somebody else', { ...metadata, ownerReferences: [] }],
    ['has lost its label, so that no watch reports it', { ...metadata, labels: { [LABELS.task]: 'Catalogue' } }],
    ['has no task label', { ...metadata, labels: { [LABELS.ingestion]: 'nightly' } }],
  ];
  for (const [what, existing] of others) {
    it(`reports a conflict with a Job that ${what}`, async () =>
      assert.deepEqual(await rejectionsWith(existing), ['JobNameTaken']));
  }
});

describe('deleting a TableIngestion of an earlier run', () => {
  it('is conditional on its uid, and does nothing if it no longer exists', async () => {
    const { requests, caches, execute } = await scene(() => failure(404, 'NotFound', ''));
    const remove = { type: 'DeleteTable', name: nameOf(users) } as const;
    await execute(remove);
    assert.equal(requests.length, 0);
    caches.tables.put({
      metadata: { name: remove.name, namespace: 'default', uid: 't', resourceVersion: '6' },
      spec: users,
    });
    await execute(remove);
    assert.match(requests[0]?.line ?? '', new RegExp(`^DELETE .*/namespaces/default/tableingestions/${remove.name}$`));
    assert.deepEqual(requests[0]?.body, { propagationPolicy: 'Background', preconditions: { uid: 't' } });
  });
});

describe('deleting a DumpIngestion after its TTL', () => {
  it('is conditional on the observed version, and throws an OutdatedError if it has changed', async () => {
    const { requests, execute } = await scene(() =>
      failure(409, 'Conflict', 'the ResourceVersion in the precondition does not match'),
    );
    await assert.rejects(execute({ type: 'DeleteIngestion' }), { name: 'OutdatedError' });
    assert.deepEqual(requests[0]?.body, {
      propagationPolicy: 'Background',
      preconditions: { uid: UID, resourceVersion: '7' },
    });
    await (await scene(() => failure(404, 'NotFound', ''))).execute({ type: 'DeleteIngestion' });
  });
});

describe('an event', () => {
  it('is one of the DumpIngestion, or of the TableIngestion that it is about, as long as that exists', async () => {
    const { requests, caches, execute } = await scene(() => ({ body: {} }));
    const name = nameOf(users);
    const event = { type: 'EmitEvent', level: 'Warning', reason: 'TableFailed', message: 'not a number' } as const;
    await execute(event);
    await execute({ ...event, table: name });
    caches.tables.put({ metadata: { name, namespace: 'default', uid: 't', resourceVersion: '6' }, spec: users });
    await execute({ ...event, table: name });
    const subjects = requests.map(({ body }) => {
      const { involvedObject, reason } = body as { involvedObject: Record<string, string>; reason: string };
      return [reason, involvedObject['kind'], involvedObject['name'], involvedObject['uid']];
    });
    assert.deepEqual(subjects, [
      ['TableFailed', 'DumpIngestion', 'nightly', UID],
      ['TableFailed', 'TableIngestion', name, 't'],
    ]);
  });
});
