import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../../../crds/contract/log.ts';
import type { Problem } from '../../../../operator/decide/observed.ts';
import { actOnSchedule } from '../../../../operator/kubernetes/act/act-on-schedule.ts';
import { Caches } from '../../../../operator/kubernetes/cache/caches.ts';
import type { ScheduleAction } from '../../../../operator/schedule/action.ts';
import { ingestion } from '../../fixtures.ts';
import { schedule, SCHEDULE_UID } from '../../schedule/fixtures.ts';
import { apiserver, failure, type ReceivedRequest, type Reply } from '../apiserver.ts';

const MOMENT = Date.parse('2026-03-01T02:00:00Z');
const NAME = 'nightly-29538840';
const CREATE: ScheduleAction = { type: 'CreateRun', name: NAME, moment: MOMENT };
const { spec } = ingestion();
const template = { metadata: { labels: { team: 'data' } }, spec };
const whole = (uid = SCHEDULE_UID) => ({
  metadata: { ...schedule().metadata, uid },
  spec: { ...schedule().spec, ingestionTemplate: template },
});
const owner = { kind: 'ScheduledDumpIngestion', name: 'nightly', uid: SCHEDULE_UID, controller: true };
const existing = (ownerReferences: (typeof owner)[]) => ({
  metadata: { namespace: 'default', name: NAME, uid: 'run', resourceVersion: '8', ownerReferences },
  spec,
});
const isTemplate = ({ line }: ReceivedRequest) =>
  line.endsWith('/scheduleddumpingestions/nightly') && line.startsWith('GET');

/** Acts on an apiserver that replies like this. */
async function scene(reply: (request: ReceivedRequest) => Reply) {
  const { api, requests } = await apiserver(reply);
  const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onError: () => undefined });
  const rejections: (string | undefined)[] = [];
  const runs: string[] = [];
  const execute = (action: ScheduleAction) =>
    actOnSchedule(action, schedule(), {
      ...{ api, caches, log: SILENT_LOG, now: () => new Date(MOMENT), onRun: (key: string) => void runs.push(key) },
      onCreated: (problem: Problem | undefined) => void rejections.push(problem?.reason),
    });
  return { caches, requests, rejections, runs, execute };
}

describe('creating a run', () => {
  it('takes the template from the apiserver, puts the run into the caches, and has it reconciled', async () => {
    const { requests, caches, rejections, runs, execute } = await scene((request) => ({
      body: isTemplate(request) ? whole() : existing([owner]),
    }));
    await execute(CREATE);
    const created = requests[1]?.body as { metadata: { name: string; labels: object }; spec: object };
    assert.deepEqual([created.metadata.name, created.spec], [NAME, structuredClone(spec)]);
    assert.deepEqual(created.metadata.labels, { team: 'data', 'motherload.dev/schedule': 'nightly' });
    assert.equal(caches.ingestions.ownedBy(SCHEDULE_UID).length, 1);
    assert.deepEqual([rejections, runs], [[undefined], [`default/${NAME}`]]);
  });

  const taken = (request: ReceivedRequest, run: object): Reply => {
    if (isTemplate(request)) return { body: whole() };
    return request.line.startsWith('POST') ? failure(409, 'AlreadyExists', 'already exists') : { body: run };
  };

  it('finds the run that an operator has created which was killed then', async () => {
    const { caches, rejections, execute } = await scene((request) => taken(request, existing([owner])));
    await execute(CREATE);
    assert.deepEqual([rejections, caches.ingestions.size], [[undefined], 1]);
  });

  const FOREIGN: [what: string, owners: (typeof owner)[]][] = [
    ['without an owner', []],
    ['of another schedule', [{ ...owner, uid: 'another' }]],
    ['whose owner is not its controller', [{ ...owner, controller: false }]],
  ];
  for (const [what, owners] of FOREIGN) {
    it(`never takes over a DumpIngestion ${what}`, async () => {
      const { caches, rejections, runs, execute } = await scene((request) => taken(request, existing(owners)));
      await execute(CREATE);
      assert.deepEqual([rejections, caches.ingestions.size, runs], [['RunNameTaken'], 0, []]);
    });
  }

  it('reports what the apiserver rejects, and throws what an immediate retry may help', async () => {
    const quota = failure(403, 'Forbidden', 'dumpingestions is forbidden: exceeded quota: none');
    const invalid = failure(422, 'Invalid', 'spec.format is not valid');
    for (const [reply, reason] of [[quota, 'QuotaExceeded'] as const, [invalid, 'Invalid'] as const]) {
      const { rejections, execute } = await scene((request) => (isTemplate(request) ? { body: whole() } : reply));
      await execute(CREATE);
      assert.deepEqual(rejections, [reason]);
    }
    const timeout = failure(500, 'InternalError', 'etcdserver: request timed out');
    const { execute } = await scene((request) => (isTemplate(request) ? { body: whole() } : timeout));
    await assert.rejects(execute(CREATE), { name: 'ApiError', status: 500 });
  });

  it('creates nothing for a schedule that is gone or another one of the same name', async () => {
    for (const reply of [{ body: whole('another') }, failure(404, 'NotFound', '')]) {
      const { requests, execute } = await scene(() => reply);
      await assert.rejects(execute(CREATE), { name: 'OutdatedError' });
      assert.equal(requests.length, 1);
    }
  });
});

describe('deleting a run', () => {
  const deleted = async (because: 'Replaced' | 'History', reply: Reply = { body: {} }) => {
    const { requests, caches, execute } = await scene(() => reply);
    caches.ingestions.put(existing([owner]));
    await execute({ type: 'DeleteRun', name: NAME, because });
    return requests.map(({ body }) => body);
  };

  it('waits for its Jobs if it is replaced, and is conditional on its version if it is history', async () => {
    assert.deepEqual(await deleted('Replaced'), [{ propagationPolicy: 'Foreground', preconditions: { uid: 'run' } }]);
    assert.deepEqual(await deleted('History'), [
      { propagationPolicy: 'Background', preconditions: { uid: 'run', resourceVersion: '8' } },
    ]);
  });

  it('is no failure if it is gone, and decided again if it has changed', async () => {
    await deleted('History', failure(404, 'NotFound', ''));
    await assert.rejects(deleted('History', failure(409, 'Conflict', '')), { name: 'OutdatedError' });
  });
});

describe('the status and the events of a schedule', () => {
  it('are those of the schedule, and the status is conditional on its version', async () => {
    const { requests, caches, execute } = await scene(() => ({ body: whole() }));
    await execute({ type: 'WriteScheduleStatus', status: { activeRuns: 0 } });
    assert.equal(
      requests[0]?.line,
      'PATCH /apis/motherload.dev/v1alpha1/namespaces/default/scheduleddumpingestions/nightly/status',
    );
    assert.equal(
      caches.schedules.get('default/nightly')?.spec.ingestionTemplate,
      undefined,
      'the cache has no templates',
    );
    await execute({ type: 'EmitEvent', level: 'Normal', reason: 'RunStarted', message: 'started' });
    const { involvedObject } = requests.at(-1)?.body as { involvedObject: { kind: string; uid: string } };
    assert.deepEqual([involvedObject.kind, involvedObject.uid], ['ScheduledDumpIngestion', SCHEDULE_UID]);
  });
});
