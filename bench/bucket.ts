/**
 * `node bench/bucket.ts [MEGABYTES]`: what a bucket costs, with versitygw on this machine. One entry from the bucket and from a folder in turn, each
 * by a runner of its own, and the catalogue of 50 dumps of 1 GB with its requests; with 0 the catalogue alone. The results are in docs/buckets.md.
 */
import { spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createConnection, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import { readManifests } from '../crds/contract/manifest.ts';
import type { CatalogueTask } from '../crds/contract/task.ts';
import { catalogueWithoutChanges } from '../job-runner/catalogue/run-catalogue.ts';
import { connect } from '../job-runner/database/connection.ts';
import { readArchive } from '../job-runner/dump/archive.ts';
import { folderSource } from '../job-runner/dump/folder-source.ts';
import { bucketSource } from '../job-runner/dump/remote/s3/bucket-source.ts';
import { buildCatalogueTask } from '../operator/build/task.ts';
import { buildProgram } from '../test/cluster/binaries.ts';
import { prepareDataSets } from './data.ts';
import { writeSparseDump } from './sparse-dump.ts';

const ROUNDS = 5;
const DUMPS = 50;
/** How many tables a dump has, and how many of them are large: the schema files of the others lie close together. */
const LAYOUTS = [
  { bucket: 'close', tables: 4, large: 1 },
  { bucket: 'apart', tables: 20, large: 20 },
] as const;
type Layout = (typeof LAYOUTS)[number];
const PORT = 27_070;
const KEYS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench-secret', AWS_REGION: 'us-east-1' };
const LIMITS = { maxEntryBytes: 2 ** 40, maxCompressionRatio: 10_000, maxTables: 1000 };
const COMMAND = join(import.meta.dirname, '..', 'bin', 'motherload.js');

const megabytes = Number(process.argv[2] ?? '1000');
const folder = mkdtempSync(join(tmpdir(), 'motherload-bench-bucket-'));
Object.assign(process.env, KEYS);
const gateway = spawn(await buildProgram('versitygw'), ['--port', `127.0.0.1:${PORT}`, '--quiet', 'posix', folder], {
  env: { ROOT_ACCESS_KEY_ID: 'bench', ROOT_SECRET_ACCESS_KEY: 'bench-secret' },
  stdio: 'ignore',
});
const databaseFolder = mkdtempSync(join(tmpdir(), 'motherload-bench-database-'));
const server = await startEmbeddedPostgresql({
  folder: databaseFolder,
  settings: { fsync: 'off', max_wal_size: '8GB' },
});
try {
  await untilListening();
  if (megabytes > 0) await measureReading();
  if (megabytes > 0) await measureLoads();
  for (const layout of LAYOUTS) await measureCatalogue(layout);
} finally {
  await server.stop();
  gateway.kill('SIGKILL');
  for (const own of [folder, databaseFolder]) rmSync(own, { recursive: true, force: true });
}

/** The dump's folder, which is a bucket, too. */
async function prepareLarge(): Promise<string> {
  const [set] = await prepareDataSets(join(import.meta.dirname, 'data'), megabytes * 1e6, ['large']);
  if (set === undefined) throw new Error('no data');
  mkdirSync(join(folder, 'large'), { recursive: true });
  for (const file of readdirSync(set.folder)) {
    const link = join(folder, 'large', file);
    if (!existsSync(link)) linkSync(join(set.folder, file), link);
  }
  return set.folder;
}

/** The entry unpacked and checked, without a database. CPU time is less a matter of what else the machine does. */
async function measureReading(): Promise<void> {
  const dumps = await prepareLarge();
  const s3 = { bucket: 'large', prefix: '', endpoint: `http://127.0.0.1:${PORT}` };
  const sources = { folder: folderSource(dumps), bucket: await bucketSource(s3, undefined) };
  const wall = { folder: [] as number[], bucket: [] as number[] };
  const cpu = { folder: [] as number[], bucket: [] as number[] };
  for (let round = 0; round < ROUNDS; round++)
    for (const name of ['folder', 'bucket'] as const) {
      const [started, used] = [performance.now(), process.cpuUsage()];
      const [dump] = await sources[name].list({ include: ['*.zip'], exclude: [] });
      const archive = await readArchive(await sources[name].open(dump?.file ?? ''), LIMITS, 'bench');
      const entry = archive.entries.find((each) => each.name.endsWith('.dat'));
      if (entry === undefined) throw new Error('no entry');
      let bytes = 0;
      for await (const chunk of await archive.openRaw(entry)) bytes += chunk.length;
      await archive.close();
      if (bytes !== entry.bytes) throw new Error(`${bytes} bytes`);
      const { user, system } = process.cpuUsage(used);
      wall[name].push((performance.now() - started) / 1000);
      cpu[name].push((user + system) / 1e6);
    }
  for (const [what, seconds] of [
    ['elapsed', wall],
    ['CPU', cpu],
  ] as const)
    console.log(
      `reading, ${what}, medians: folder ${median(seconds.folder).toFixed(2)} s, bucket ${median(seconds.bucket).toFixed(2)} s`,
    );
}

async function measureLoads(): Promise<void> {
  const dumps = await prepareLarge();
  const seconds = { folder: [] as number[], bucket: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    seconds.folder.push(await run(dumps));
    seconds.bucket.push(await run('s3://large'));
    console.log(
      `round ${round + 1}: folder ${seconds.folder.at(-1)?.toFixed(2)} s, bucket ${seconds.bucket.at(-1)?.toFixed(2)} s`,
    );
  }
  const [one, other] = [median(seconds.folder), median(seconds.bucket)];
  console.log(
    `${megabytes} MB, medians: folder ${one.toFixed(2)} s, bucket ${other.toFixed(2)} s, ${((other / one - 1) * 100).toFixed(1)} % more`,
  );
}

/** A whole run by the command line, into an empty database. */
async function run(dumps: string): Promise<number> {
  const client = await connect(server.uri);
  await client.query('DROP SCHEMA IF EXISTS bench, motherload CASCADE');
  await client.query('CHECKPOINT');
  await client.end();
  const manifest = join(import.meta.dirname, 'bucket.yaml');
  const started = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'run', '-f', manifest, '--dumps', dumps, '--database', server.uri], {
    env: { ...process.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${PORT}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the run of ${dumps} ended with ${String(code)}: ${errors}`);
  return (performance.now() - started) / 1000;
}

async function measureCatalogue(layout: Layout): Promise<void> {
  const { bucket, tables, large } = layout;
  mkdirSync(join(folder, bucket));
  for (let number = 0; number < DUMPS; number++)
    writeSparseDump(join(folder, bucket, `crm_v${number}.zip`), 1e9, tables, large, number);
  const counting = await countingProxy();
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await catalogueOf(layout, `http://127.0.0.1:${PORT}`);
    seconds.push((performance.now() - started) / 1000);
  }
  await catalogueOf(layout, counting.endpoint);
  counting.close();
  console.log(
    `catalogue of ${DUMPS} dumps of 1 GB with ${tables} tables, ${large} of them large: ${median(seconds).toFixed(2)} s, ${(counting.requests / DUMPS).toFixed(1)} requests a dump`,
  );
}

async function catalogueOf({ bucket, tables: count }: Layout, endpoint: string): Promise<void> {
  const { tables, entries } = await catalogueWithoutChanges(taskOf(bucket, endpoint), undefined);
  const failed = entries.find(({ failure }) => failure !== undefined);
  if (failed !== undefined || tables.length !== DUMPS * count)
    throw new Error(`${tables.length} tables, ${failed?.message ?? 'none failed'}`);
}

function taskOf(bucket: string, endpoint: string): CatalogueTask {
  const text = `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: bench }
spec: { source: { s3: { bucket: ${bucket}, endpoint: "${endpoint}" } }, target: { databaseSecretRef: { name: database } } }`;
  const [manifest] = readManifests([{ name: 'bench', text }]).ingestions;
  if (manifest === undefined) throw new Error('no manifest');
  const metadata = { namespace: 'default', name: 'bench', uid: 'bench', generation: 1 };
  const context = { volumeFolder: '', dialectFiles: {}, records: 'Shown' as const };
  return buildCatalogueTask({ metadata, spec: manifest.spec, status: {} }, context);
}

async function countingProxy() {
  const counted = { requests: 0, endpoint: '', close: () => void proxy.close() };
  const proxy = createServer((incoming, outgoing) => {
    counted.requests++;
    const { method, url: path, headers } = incoming;
    request({ host: '127.0.0.1', port: PORT, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(outgoing);
    }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  counted.endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return counted;
}

async function untilListening(): Promise<void> {
  for (;;) {
    const socket = createConnection(PORT, '127.0.0.1');
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen === true) return;
    await wait(50);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
