import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { TableIngestionObject } from '../../operator/kubernetes/client/objects.ts';
import { LABELS } from '../../crds/contract/names.ts';
import { eventually } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { NodelessTenant, type Job } from './nodeless-tenant.ts';
import { prepareOperator, startOperator, type OperatorProcess } from './operator-process.ts';
import { makeCatalogue, resultTemplate, runnerLog } from './scale/catalogue.ts';
import { startSimulatedNodes } from './simulated-nodes.ts';

/**
 * A status says what its own run has done: it is believed only if a Job of the same run produced it. Runners are simulated: each Job is one that
 * would have loaded its table.
 */
const folder = mkdtempSync(join(tmpdir(), 'motherload-one-run-'));
const TABLES = 12;
const LOADING = ['orphans', 'by-hand', 'no-room'];
let plane: ControlPlane;
let operator: OperatorProcess;
before(async () => {
  plane = await startControlPlane({ folder, controllers: true });
  const catalogue = makeCatalogue('nightly', TABLES);
  const skipped = catalogue.map((entry) => ({ ...entry, decision: 'Skip' as const }));
  const loading = LOADING.map((namespace) => [namespace, runnerLog(catalogue)] as const);
  const logs = { ...Object.fromEntries(loading), skipped: runnerLog(skipped) };
  await startSimulatedNodes(plane, { nodes: 1, result: resultTemplate(catalogue), milliseconds: 300, logs });
  operator = await startOperator(plane, await prepareOperator(plane), 'only');
});
after(async () => {
  await operator.stop('SIGKILL');
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const SPEC = { source: { volume: { csi: { driver: 'dumps.invalid' } } } };

const uidOf = (tenant: NodelessTenant) => tenant.kubectl('get', 'di', 'nightly', '-o', 'jsonpath={.metadata.uid}');
const ended = (tenant: NodelessTenant) =>
  eventually('the end', 300, async () => {
    const status = await tenant.status();
    assert(status.completionTime !== undefined, JSON.stringify(status));
    return status;
  });
const tablesOf = async (tenant: NodelessTenant) =>
  (JSON.parse(await tenant.kubectl('get', 'ti', '-o', 'json')) as { items: TableIngestionObject[] }).items;
const names = async (tenant: NodelessTenant) => (await tenant.kubectl('get', 'ti', '-o', 'name')).trim().split('\n');
const isOwnedBy = (uid: string, { metadata }: Pick<TableIngestionObject, 'metadata'> | Job) =>
  (metadata as TableIngestionObject['metadata']).ownerReferences?.some((owner) => owner.uid === uid) === true;
/** The tables that a Job of this run would have loaded. */
const loadedBy = async (tenant: NodelessTenant, uid: string) => {
  const jobs = (await tenant.jobs()).filter((job) => isOwnedBy(uid, job));
  return new Set(jobs.flatMap(({ metadata }) => metadata.labels[LABELS.table] ?? []));
};

describe('a run', () => {
  it('does not take over the TableIngestions that a deleted DumpIngestion of the same name left behind', async () => {
    const tenant = await NodelessTenant.create(plane, 'orphans');
    await tenant.ingest({ ...SPEC, loading: { maxParallelJobs: 6 } });
    assert.equal((await ended(tenant)).tables?.summary, `${TABLES}/${TABLES}`);
    // Beforehand, since the garbage collector learns of a new CRD only after half a minute, and deletes what it could not orphan.
    await tenant.kubectl(
      'patch',
      ...(await names(tenant)),
      '--type=merge',
      '-p',
      '{"metadata":{"ownerReferences":null}}',
    );
    await tenant.kubectl('delete', 'di', 'nightly', '--cascade=orphan');
    const left = await tablesOf(tenant);
    assert.equal(left.length, TABLES);
    await tenant.ingest({ ...SPEC, loading: { maxParallelJobs: 6 } });
    const uid = await uidOf(tenant);
    assert.equal((await ended(tenant)).tables?.loaded, TABLES);
    assert.equal((await loadedBy(tenant, uid)).size, TABLES, 'tables that this run loaded');
    const tables = await tablesOf(tenant);
    assert.equal(tables.filter((table) => isOwnedBy(uid, table)).length, TABLES);
    for (const orphan of left)
      assert.deepEqual(
        tables.find((one) => one.metadata.uid === orphan.metadata.uid),
        orphan,
      );
  });

  it('loads the tables whose status somebody has set to Loaded, even with the status of a loaded one', async () => {
    const tenant = await NodelessTenant.create(plane, 'by-hand');
    await tenant.ingest({ ...SPEC, loading: { maxParallelJobs: 1 } });
    const loaded = await eventually('a loaded table', 60, async () => {
      const found = (await tablesOf(tenant)).find(({ status }) => status?.phase === 'Loaded');
      assert(found);
      return found;
    });
    const [one, other] = (await tablesOf(tenant)).filter(({ status }) => status?.phase === 'Pending').slice(-2);
    assert(one && other);
    const set = (name: string, status: object) =>
      tenant.kubectl('patch', 'ti', name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
    await set(one.metadata.name, { phase: 'Loaded' });
    await set(other.metadata.name, { ...loaded.status });
    assert.equal((await ended(tenant)).tables?.loaded, TABLES);
    assert.equal((await loadedBy(tenant, await uidOf(tenant))).size, TABLES, 'tables that this run loaded');
  });

  it('asks the apiserver for one Job every ten seconds while a quota rejects all, and loads once there is room', async () => {
    const tenant = await NodelessTenant.create(plane, 'no-room');
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'one-job' } };
    await tenant.apply({ ...quota, spec: { hard: { 'count/jobs.batch': '1' } } });
    await tenant.ingest({ ...SPEC, loading: { maxParallelJobs: TABLES } });
    await tenant.waitsBecause('QuotaExceeded');
    const rejected = () =>
      operator
        .lines()
        .filter(({ namespace, message }) => namespace === 'no-room' && /^could not create Job/.test(String(message)));
    // The first ones are tried at once, and the second time says what is in the way.
    await wait(5000);
    const before = rejected().length;
    await wait(25_000);
    const tries = rejected().length - before;
    assert(tries >= 1 && tries <= 4, `${tries} tries in 25 s`);
    await tenant.kubectl('delete', 'quota', 'one-job');
    assert.equal((await ended(tenant)).tables?.loaded, TABLES);
  });

  it('that skipped every table says so in the table column', async () => {
    const tenant = await NodelessTenant.create(plane, 'skipped');
    await tenant.ingest(SPEC);
    await ended(tenant);
    assert.match(await tenant.kubectl('get', 'di'), new RegExp(`^nightly +Complete +${TABLES} skipped +0 `, 'm'));
    await tenant.hasEvent('AllTablesSkipped');
  });
});
