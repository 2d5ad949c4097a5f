import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { jobName, tableIngestionName } from '../../crds/contract/names.ts';
import type { Action } from '../../operator/decide/action.ts';
import type { ObservedIngestion } from '../../operator/decide/observed.ts';
import { accessByKubeconfig } from '../../operator/kubernetes/client/access.ts';
import { act, type ActDeps } from '../../operator/kubernetes/act/act.ts';
import { KubernetesApi } from '../../operator/kubernetes/client/api.ts';
import { Caches } from '../../operator/kubernetes/cache/caches.ts';
import { ClusterWorld } from '../../operator/kubernetes/world.ts';
import { entry } from '../operator/fixtures.ts';
import { eventually } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { prepareOperator } from './operator-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-act-'));
const settings: ActDeps['settings'] = {
  runnerImage: 'none',
  imagePullPolicy: 'Never',
  allowHostPath: false,
  allowedLabels: [],
  allowedAnnotations: [],
  records: 'Hidden',
  jobTemplate: {},
};
const manifest = JSON.stringify({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'DumpIngestion',
  metadata: { name: 'nightly', namespace: 'default' },
  spec: {
    source: { volume: { persistentVolumeClaim: { claimName: 'dumps' } } },
    target: { databaseSecretRef: { name: 'database' } },
  },
});

let plane: ControlPlane;
let api: KubernetesApi;
let caches: Caches;
let watched: Promise<void>;
const stop = new AbortController();

before(async () => {
  plane = await startControlPlane({ folder });
  api = new KubernetesApi(await accessByKubeconfig(await prepareOperator(plane)));
  caches = new Caches({ api, namespaces: [], onChange: () => undefined, onError: () => undefined });
  watched = caches.run(stop.signal);
});
after(async () => {
  stop.abort();
  await watched;
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function createIngestion(): Promise<ObservedIngestion> {
  await plane.kubectl(['apply', '-f', '-'], manifest);
  return await eventually('the DumpIngestion', 60, () => {
    const object = caches.ingestions.get('default/nightly');
    assert(object);
    return {
      metadata: { ...object.metadata, generation: object.metadata.generation ?? 1 },
      spec: object.spec,
      status: object.status ?? {},
    };
  });
}

const refusals: string[] = [];
const doIt = (action: Action, ingestion: ObservedIngestion) =>
  act(action, ingestion, {
    ...{ api, caches, settings, log: SILENT_LOG, now: () => new Date() },
    onCreated: (_, refusal) => {
      if (refusal !== undefined) refusals.push(refusal.reason);
    },
  });
const count = async (kind: string) =>
  (await plane.kubectl(['get', kind, '-o', 'name'])).split('\n').filter((line) => line !== '').length;
const status = (message: string): Action => ({ type: 'WriteIngestionStatus', status: { phase: 'Loading', message } });

describe('acting on the apiserver', () => {
  it('is idempotent, with and without up-to-date caches', async () => {
    const ingestion = await createIngestion();
    const { name, uid } = ingestion.metadata;
    const users = entry('users', { ingestionName: name });
    const tableName = tableIngestionName(name, uid, users);
    const job = {
      name: jobName(name, uid, 'Load', tableName),
      work: { kind: 'Load', tableName, table: users },
    } as const;
    const actions: Action[] = [
      { type: 'ApplyTables', tables: [{ name: tableName, spec: users }] },
      { type: 'CreateJob', ...job },
      { type: 'WriteTableStatus', name: tableName, status: { phase: 'Running' } },
      status('once'),
      { type: 'EmitEvent', level: 'Normal', reason: 'Loading', message: 'tables are being loaded' },
    ];
    for (const action of [...actions, ...actions]) await doIt(action, await createIngestion());
    assert.deepEqual([await count('ti'), await count('jobs'), refusals], [1, 1, []]);
    const path = '{.items[*].count}';
    assert.equal(
      await plane.kubectl(['get', 'events', '--field-selector=involvedObject.name=nightly', '-o', `jsonpath=${path}`]),
      '2',
    );
    assert.equal(caches.ingestions.get('default/nightly')?.status?.message, 'once');
    for (let repeat = 0; repeat < 2; repeat++) await doIt({ type: 'DeleteJob', name: job.name }, ingestion);
  });

  it('does not touch another object with the same name', async () => {
    const before = await createIngestion();
    await plane.kubectl(['delete', 'di', 'nightly']);
    await eventually('the end', 60, () => assert.equal(caches.ingestions.get('default/nightly'), undefined));
    await doIt(status('of one that is gone'), before);
    assert.equal(caches.ingestions.get('default/nightly'), undefined);
    const successor = await createIngestion();
    assert.notEqual(successor.metadata.uid, before.metadata.uid);
    await doIt(status('of one that is gone'), before);
    assert.equal(await plane.kubectl(['get', 'di', 'nightly', '-o', 'jsonpath={.status.message}']), '');
    await doIt(status('its own'), successor);
    assert.equal(await plane.kubectl(['get', 'di', 'nightly', '-o', 'jsonpath={.status.message}']), 'its own');
  });

  it('reconciles again at once when the tables are created, since the watch does not repeat what the responses contained', async () => {
    const ingestion = await createIngestion();
    const changed: string[] = [];
    const world = new ClusterWorld({ api, caches, settings, log: SILENT_LOG, onChange: (key) => changed.push(key) });
    const courses = entry('courses');
    const name = tableIngestionName('nightly', ingestion.metadata.uid, courses);
    await world.act({ type: 'ApplyTables', tables: [{ name, spec: courses }] }, ingestion);
    assert.deepEqual(changed, ['default/nightly']);
    await world.act(status('no condition has turned'), ingestion);
    assert.deepEqual(changed, ['default/nightly']);
  });

  it('creates TableIngestions beside those of others, and takes over none that has the name of one', async () => {
    const ingestion = await createIngestion();
    const { name, uid } = ingestion.metadata;
    const [taken, free] = [entry('taken'), entry('free')].map((spec) => ({
      ...{ name: tableIngestionName(name, uid, spec), spec },
    }));
    assert(taken && free);
    const foreign = { apiVersion: 'motherload.dev/v1alpha1', kind: 'TableIngestion', spec: taken.spec };
    const owner = {
      apiVersion: 'motherload.dev/v1alpha1',
      kind: 'DumpIngestion',
      name,
      uid: 'another',
      controller: true,
    };
    const metadata = { name: taken.name, namespace: 'default', ownerReferences: [owner] };
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ ...foreign, metadata }));
    const read = () => plane.kubectl(['get', 'ti', taken.name, '-o', 'jsonpath={.metadata}']);
    const before = await read();
    refusals.length = 0;
    await doIt({ type: 'ApplyTables', tables: [taken, free] }, ingestion);
    assert.deepEqual(refusals, ['TableNameTaken']);
    assert.equal(await read(), before);
    assert.deepEqual(
      caches.tables
        .ownedBy(uid)
        .filter(({ metadata }) => metadata.name === taken.name || metadata.name === free.name)
        .map(({ metadata }) => metadata.name),
      [free.name],
    );
    await plane.kubectl(['delete', 'ti', taken.name]);
    await doIt({ type: 'ApplyTables', tables: [taken, free] }, ingestion);
    assert.deepEqual(refusals, ['TableNameTaken']);
    refusals.length = 0;
  });

  it('records events in their order, even within one second', async () => {
    const ingestion = await createIngestion();
    const reasons = ['Cataloguing', 'Catalogued', 'Loading', 'Finishing', 'AllTablesLoaded'];
    for (const reason of reasons.toReversed())
      await doIt({ type: 'EmitEvent', level: 'Normal', reason, message: 'recorded' }, ingestion);
    const path = `{range .items[?(@.involvedObject.uid=="${ingestion.metadata.uid}")]}{.message} {.reason}{"\\n"}{end}`;
    const recorded = (await plane.kubectl(['get', 'events', '-o', `jsonpath=${path}`])).match(/(?<=^recorded ).*/gm);
    assert.deepEqual(recorded, reasons);
  });

  it('fails if the CRD does not allow a status, so that the reconcile is retried and the log shows why', async () => {
    const ingestion = await createIngestion();
    const wrong = { type: 'WriteIngestionStatus', status: { phase: 'Dancing' } } as unknown as Action;
    await assert.rejects(doIt(wrong, ingestion), {
      name: 'ApiError',
      status: 422,
      message: /phase: Unsupported value: "Dancing"/,
    });
  });

  it('reports what a policy refuses, and continues', async () => {
    const ingestion = await createIngestion();
    await plane.kubectl(['create', 'quota', 'none', '--hard=count/jobs.batch=0']);
    // Written by the quota controller, which is not running here.
    const counted = JSON.stringify({
      status: { hard: { 'count/jobs.batch': '0' }, used: { 'count/jobs.batch': '0' } },
    });
    await plane.kubectl(['patch', 'quota', 'none', '--subresource=status', '--type=merge', '-p', counted]);
    const action: Action = {
      type: 'CreateJob',
      name: jobName('nightly', ingestion.metadata.uid, 'Catalogue'),
      work: { kind: 'Catalogue' },
    };
    await eventually('the quota', 60, async () => {
      refusals.length = 0;
      // Before it knows the status of the quota, the apiserver refuses for another reason.
      await doIt(action, ingestion);
      assert.deepEqual(refusals, ['QuotaExceeded']);
    });
  });
});
