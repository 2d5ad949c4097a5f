import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BUCKET_SOURCE, offerBucket, startBucket } from './bucket.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { loadsDumpsWithPassword, loadsEncryptedDumps } from './encrypted-dumps.ts';
import { installOperator, offerDatabase } from './installation.ts';
import { movesDumps } from './moved-dumps.ts';
import { OperatorPods } from './operator-pods.ts';
import { repairsDump } from './repaired-dump.ts';
import { conditionOf, makeEmptyTenant, makeTenant, rowsOf, SOME_ROWS } from './tenant.ts';
import { readsDatabase } from './source-database.ts';
import { startTestCluster, stopTestCluster } from './test-cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startTestCluster();
  await installOperator(cluster);
});
after(stopTestCluster);

// Each has its own namespace and schema, and spends most of its time waiting for pods.
describe('a run in a cluster', { concurrency: 3 }, () => {
  it('does not change when the same manifest is applied again, and finds all tables loaded, without a Job of theirs, when it is deleted and applied again', async () => {
    const tenant = await makeTenant(cluster, 'again');
    await tenant.ingest();
    const first = await tenant.ended();
    await tenant.ingest();
    assert.deepEqual(await tenant.status(), first);
    await tenant.kubectl('delete', 'di', 'quickstart', '--wait');
    await tenant.ingest();
    const second = await tenant.ended();
    assert.deepEqual([second.phase, second.tables?.alreadyLoaded], ['Complete', Object.keys(SOME_ROWS).length]);
    assert.deepEqual((await tenant.tasksOfJobs()).toSorted(), ['Catalogue', 'Finish']);
    // Those of the first one may still be there: the garbage collector learns of a new CRD only after half a minute.
    await eventually('tables without a Job alone', 120, async () => {
      assert((await tenant.tables()).every(({ status: { jobName, attempts } }) => (jobName ?? attempts) === undefined));
    });
    assert.deepEqual(await tenant.rows(), SOME_ROWS);
  });

  it('reports which table failed, where and why, while the others, with which it shares a Job, are loaded; and loads it when it is triggered again', () =>
    repairsDump(cluster));

  it('goes on where the ledger says when the pod of a shared Job is killed', async () => {
    const tenant = await makeTenant(cluster, 'shared');
    await tenant.ingest({ source: { include: ['velo_v1.zip'] }, loading: { tablesPerJob: 'Auto' } });
    await tenant.ended();
    const last = (await tenant.tables()).toSorted((a, b) => (a.spec.dat?.bytes ?? 0) - (b.spec.dat?.bytes ?? 0))[0];
    const rows = rowsOf('v1', 'v2');
    const release = await tenant.holds([`v2_${last?.spec.table}`]);
    await tenant.ingest(
      { source: { include: ['velo_v1.zip', 'velo_v2.zip'] }, loading: { tablesPerJob: 'Auto' } },
      'second',
    );
    await eventually('all tables but the last of the Job', 180, async () => {
      assert.equal(Object.keys(await tenant.rows()).length, Object.keys(rows).length - 1);
    });
    const pods = ['pods', '-l', 'motherload.dev/task=LoadBatch,motherload.dev/ingestion=second'];
    await tenant.kubectl('delete', ...pods, '--grace-period=0', '--force');
    await release();
    const { phase, tables } = await tenant.ended('second');
    assert.deepEqual([phase, tables?.loaded, tables?.alreadyLoaded], ['Complete', 5, Object.keys(rowsOf('v1')).length]);
    const loaded = (await tenant.tables()).filter(
      ({ spec, status }) => spec.ingestionName === 'second' && status.jobName,
    );
    assert.deepEqual([loaded.length, new Set(loaded.map(({ status }) => status.attempts))], [5, new Set([2])]);
    assert.deepEqual(await tenant.rows(), rows);
  });

  it('starts no new load while it is suspended, recreates a deleted TableIngestion, and continues afterwards', async () => {
    const tenant = await makeTenant(cluster, 'suspended');
    const rows = rowsOf('v1', 'v2');
    const release = await tenant.startsInTheMiddle('v1', 'v2');
    await tenant.patch({ suspend: true });
    await eventually('the suspension', 60, async () => assert.equal((await tenant.status()).phase, 'Suspended'));
    await release();
    // A load whose pod is not running yet counts as pending, but suspension does not stop its Job.
    const status = await eventually('the end of the loads that were begun', 120, async () => {
      const jobs = await tenant.unfinishedJobs();
      const now = await tenant.status();
      assert.deepEqual([now.phase, jobs, now.tables?.running], ['Suspended', [], 0]);
      return now;
    });
    assert.equal(conditionOf(status, 'Suspended')?.status, 'True');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const loaded = Object.keys(await tenant.rows()).length;
    assert.equal(loaded, 3, 'the first, and one in each slot');
    await eventually('the true status', 60, async () => assert.equal((await tenant.status()).tables?.loaded, loaded));
    const waiting = (await tenant.tables()).find((table) => table.status.phase === 'Pending');
    assert(waiting);
    // kubectl returns when it is deleted.
    await tenant.kubectl('delete', 'ti', waiting.name);
    await eventually('the TableIngestion that is made again', 120, async () => {
      assert((await tenant.tables()).some(({ name }) => name === waiting.name));
    });
    await tenant.patch({ suspend: false });
    await tenant.completes(rows);
  });

  it('reads its dumps from a bucket, by keys and an authority of Secrets, and mounts no volume with dumps', async () => {
    await startBucket(cluster);
    const tenant = await makeEmptyTenant(cluster, 'bucket');
    await offerDatabase(cluster, 'bucket');
    await offerBucket(cluster, 'bucket');
    await tenant.ingest({ source: { ...BUCKET_SOURCE, include: ['velo_v2.zip'] } });
    await tenant.completes();
    const path = 'jsonpath={.items[*].spec.template.spec.volumes[*].name}';
    const volumes = await tenant.kubectl('get', 'jobs', '-o', path);
    assert.deepEqual([...new Set(volumes.split(' '))].toSorted(), ['database', 'source', 'temporary']);
    const objects = (await tenant.tables()).map(({ spec }) => spec.dump.object?.bytes ?? 0);
    assert(objects.length > 0 && objects.every((bytes) => bytes > 1000));
  });

  it('reads the tables of a source database, by TLS and a Secret', () => readsDatabase(cluster));

  it("connects by TLS: the server's name and certificate are checked, and the runner's certificate logs in", async () => {
    const tenant = await makeTenant(cluster, 'certified');
    const { uri, certificate } = cluster.database.certified;
    const { authority, ...own } = cluster.certificates.read(certificate);
    await tenant.apply('Secret', 'certified', { stringData: { 'fqdn-uri': uri } });
    await tenant.apply('ConfigMap', 'authority', { data: { 'ca.crt': String(authority) } });
    const pair = { 'tls.crt': String(own.certificate), 'tls.key': String(own.key) };
    await tenant.apply('Secret', 'client', { type: 'kubernetes.io/tls', stringData: pair });
    const tls = { caConfigMapRef: { name: 'authority' }, certificateSecretRef: { name: 'client' } };
    await tenant.ingest({ target: { databaseSecretRef: { name: 'certified', key: 'fqdn-uri' }, tls } });
    await tenant.completes();
  });

  it('moves its dumps to another claim once they are loaded, as far as the runner may write there', () =>
    movesDumps(cluster));

  it('loads a dump that gpg has encrypted, once the passphrase is right', () => loadsEncryptedDumps(cluster));

  it('loads a dump whose ZIP has a password', () => loadsDumpsWithPassword(cluster));

  it('stalls when its password is changed, tries few tables, and continues with the right password', async () => {
    const tenant = await makeTenant(cluster, 'stalled');
    const release = await tenant.startsInTheMiddle('v1', 'v2', 'v3');
    const { podUri } = cluster.database;
    const setUri = (uri: string) =>
      tenant.kubectl('patch', 'secret', 'motherload-database', '-p', JSON.stringify({ stringData: { uri } }));
    await setUri(podUri.replace(/:[^:@/]+@/, ':wrong@'));
    await release();
    const stalled = await eventually('the stall', 180, async () => {
      const status = await tenant.status();
      assert.equal(conditionOf(status, 'Stalled')?.status, 'True', JSON.stringify(status));
      return status;
    });
    assert.equal(stalled.stalled?.code, 'Sql28P01');
    // Two fail before the third says that it is not about one table, and one may have begun beside the last load that went well.
    const mostFailures = 3;
    const { pending = 0, failed = 0 } = stalled.tables ?? {};
    assert(pending > 0 && failed <= mostFailures, JSON.stringify(stalled.tables));
    await tenant.hasEvent(/Stalled.*no more Jobs are started/);
    await setUri(podUri);
    await tenant.patch({ loading: { maxParallelJobs: 3 } });
    const { phase, tables, failures = [] } = await tenant.ended();
    assert.deepEqual([tables?.failed, tables?.pending], [failures.length, 0]);
    assert.equal(phase, failures.length === 0 ? 'Complete' : 'Failed');
    const codes = failures.map(({ code }) => code);
    assert(codes.length <= mostFailures && codes.every((code) => code === 'Sql28P01'), codes.join());
    const loaded = await tenant.rows();
    assert.equal(Object.keys(loaded).length, Object.keys(rowsOf('v1', 'v2', 'v3')).length - failures.length);
  });

  it('stops running Jobs and leaves loaded tables when it is deleted during the loads', async () => {
    const tenant = await makeTenant(cluster, 'deleted');
    const release = await tenant.startsInTheMiddle('v2');
    await tenant.kubectl('delete', 'di', 'quickstart');
    await eventually('the end of all Jobs and pods', 180, async () => {
      assert.equal(await tenant.kubectl('get', 'jobs,pods,ti', '-o', 'name'), '');
    });
    await release();
    const loaded = await tenant.rows();
    assert(Object.keys(loaded).length > 0);
    for (const [table, rows] of Object.entries(loaded)) assert.equal(rows, SOME_ROWS[table], table);
  });

  it('is deleted with its namespace, without errors, and leaves loaded tables', async () => {
    const tenant = await makeTenant(cluster, 'going');
    const release = await tenant.startsInTheMiddle('v2');
    await cluster.kubectl(['delete', 'namespace', 'going', '--timeout=300s']);
    await release();
    const loaded = await tenant.rows();
    assert(Object.keys(loaded).length > 0);
    for (const [table, rows] of Object.entries(loaded)) assert.equal(rows, SOME_ROWS[table], table);
    const operator = new OperatorPods(cluster);
    await eventually('the last word of the operator about it', 60, async () => {
      const lines = (await operator.leaderLog()).filter((line) => line['namespace'] === 'going');
      assert.deepEqual(
        lines.filter(({ level }) => level === 'error'),
        [],
      );
      assert(Date.now() - Date.parse(String(lines.at(-1)?.['time'])) > 2000, 'the operator still speaks of it');
    });
  });

  it('shares mother tables with another run at the same time', async () => {
    const tenant = await makeTenant(cluster, 'together');
    const loading = { tablesPerJob: 3 };
    for (const version of ['v1', 'v2'])
      await tenant.ingest({ source: { include: [`velo_${version}.zip`] }, loading }, version);
    for (const version of ['v1', 'v2']) assert.equal((await tenant.ended(version)).phase, 'Complete');
    assert.deepEqual(await tenant.rows(), rowsOf('v1', 'v2'));
  });
});
