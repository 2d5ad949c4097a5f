/**
 * `make bench-cluster`: many small tables on one real node, in several ways, one after the other: `node test/cluster/bench/main.ts [TABLES]` prints
 * the table of docs/scale.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipDump } from '../../../examples/generator/dump.ts';
import type { Cluster } from '../cluster.ts';
import { eventually } from '../commands.ts';
import { offerDumps } from '../dumps.ts';
import { buildProjectImage } from '../images.ts';
import { installOperator, offerDatabase, offerExampleDumps } from '../installation.ts';
import { makeEmptyTenant, type Tenant } from '../tenant.ts';
import { cpuSeconds, SPENT_ON, type CpuSeconds } from './cpu.ts';
import { startTestCluster, stopTestCluster } from '../test-cluster.ts';

const ROWS = 20;
const tables = Number(process.argv[2] ?? 200);
/** As many runners at the same time as a manifest has by default; and so many that the node is busy all the time, as it is with bare Jobs. */
const PARALLEL = 2;
const BUSY = 30;

interface Measured {
  readonly way: string;
  readonly seconds: number;
  readonly jobs: number;
  readonly cpu: CpuSeconds;
}

const cluster = await startTestCluster();
const measured: Measured[] = [];
try {
  await installOperator(cluster);
  measured.push(await bareJobs());
  const own = await tenantWith('own-jobs', await writeTables());
  measured.push(await run(own, `one Job per table, ${PARALLEL} at a time`, { tablesPerJob: 1 }));
  await own.kubectl('delete', 'di', 'quickstart', '--wait');
  measured.push(await run(own, 'the same again: nothing is new', { tablesPerJob: 1 }));
  const busy = await tenantWith('busy', await writeTables());
  const many = { tablesPerJob: 1, maxParallelJobs: BUSY };
  measured.push(await run(busy, `one Job per table, ${BUSY} at a time`, many));
  const shared = await tenantWith('shared-jobs', await writeTables());
  measured.push(await run(shared, `tablesPerJob: Auto, ${tables} tables`, { tablesPerJob: 'Auto' }));
  const examples = await makeEmptyTenant(cluster, 'examples');
  await offerExampleDumps(cluster, 'examples');
  await offerDatabase(cluster, 'examples');
  measured.push(await run(examples, 'tablesPerJob: Auto, the 20 tables of the quickstart', { tablesPerJob: 'Auto' }));
} finally {
  await stopTestCluster();
}
const tablesOf = (way: string) => (way.includes('quickstart') ? 20 : tables);
console.log('| way | seconds | Jobs | seconds per table or bare Job |\n| --- | --- | --- | --- |');
for (const { way, seconds, jobs } of measured)
  console.log(`| ${way} | ${seconds.toFixed(1)} | ${jobs} | ${(seconds / tablesOf(way)).toFixed(2)} |`);
console.log(
  `\n| CPU seconds per table or bare Job | ${SPENT_ON.join(' | ')} |\n| --- |${' --- |'.repeat(SPENT_ON.length)}`,
);
for (const { way, cpu } of measured)
  console.log(`| ${way} | ${SPENT_ON.map((part) => (cpu[part] / tablesOf(way)).toFixed(3)).join(' | ')} |`);

async function tenantWith(namespace: string, folder: string): Promise<Tenant> {
  const tenant = await makeEmptyTenant(cluster, namespace);
  await offerDumps(cluster, namespace, 'dumps', folder);
  await offerDatabase(cluster, namespace);
  return tenant;
}

async function writeTables(): Promise<string> {
  const folder = join(cluster.folder, 'small-tables');
  mkdirSync(folder, { recursive: true });
  const columns = ['id', 'name', 'note'].map((name) => ({ name, type: 'varchar' }));
  const rows = Array.from({ length: ROWS }, (_, id) => ({ id: String(id), name: `name ${id}`, note: 'note' }));
  const dumped = Array.from({ length: tables }, (_, index) => ({ name: `table_${index}`, columns, rows }));
  writeFileSync(join(folder, 'small_v1.zip'), await zipDump({ file: 'small_v1.zip', tables: dumped }));
  return folder;
}

/** From `kubectl apply` to the end of the run. */
async function run(tenant: Tenant, way: string, loading: Readonly<Record<string, unknown>>): Promise<Measured> {
  console.error(way);
  const before = await cpuSeconds(cluster);
  const start = Date.now();
  const motherTables = { policy: 'Create', definitions: [], derive: 'CommonColumns' };
  await tenant.ingest({
    source: { include: ['**/*.zip'] },
    motherTables,
    loading: { maxParallelJobs: PARALLEL, ...loading },
  });
  const status = await tenant.ended('quickstart', 3600);
  if (status.phase !== 'Complete') throw new Error(JSON.stringify(status, undefined, 1));
  const seconds = (Date.parse(status.completionTime ?? '') - start) / 1000;
  return { way, seconds, jobs: await countJobs(tenant), cpu: await spentSince(before) };
}

async function spentSince(before: CpuSeconds): Promise<CpuSeconds> {
  const after = await cpuSeconds(cluster);
  return Object.fromEntries(SPENT_ON.map((part) => [part, after[part] - before[part]])) as CpuSeconds;
}

/** Of this run: those of the one before may not have been deleted yet. */
async function countJobs(tenant: Tenant): Promise<number> {
  const uid = await tenant.kubectl('get', 'di', 'quickstart', '-o', 'jsonpath={.metadata.uid}');
  const owners = await tenant.kubectl('get', 'jobs', '-o', 'jsonpath={.items[*].metadata.ownerReferences[0].uid}');
  return owners.split(' ').filter((owner) => owner === uid).length;
}

/** Jobs that do nothing, in the runner's image, all at once: what Kubernetes itself takes. */
async function bareJobs(): Promise<Measured> {
  const way = `${tables} bare Jobs that print Node's version`;
  console.error(way);
  const tenant = await makeEmptyTenant(cluster, 'bare');
  const image = await buildProjectImage(cluster.folder, 'runner');
  const items = Array.from({ length: tables }, (_, index) => bareJob(`bare-${index}`, image));
  const before = await cpuSeconds(cluster);
  const start = Date.now();
  await applyList(cluster, items);
  await eventually('the end of the bare Jobs', 3600, async () => {
    const ended = await tenant.kubectl('get', 'jobs', '-o', 'jsonpath={.items[*].status.succeeded}');
    if (ended.split(' ').filter((count) => count === '1').length < tables) throw new Error('not yet');
  });
  return { way, seconds: (Date.now() - start) / 1000, jobs: tables, cpu: await spentSince(before) };
}

async function applyList(on: Cluster, items: readonly object[]): Promise<void> {
  await on.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function bareJob(name: string, image: string): object {
  const container = {
    ...{ name: 'runner', image, imagePullPolicy: 'Never', command: ['node', '--version'] },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext,
    containers: [container],
  };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'bare' }, spec: { template: { spec } } };
}
