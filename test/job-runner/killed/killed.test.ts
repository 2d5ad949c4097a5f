import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { resolveFormat } from '../../../crds/contract/format.ts';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { readManifests } from '../../../crds/contract/manifest.ts';
import { decodeResult } from '../../../crds/contract/result-text.ts';
import type { LoadTask } from '../../../crds/contract/task.ts';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import { loadTable } from '../../../job-runner/load/load-table.ts';
import { createTestDatabase, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { manifestText } from '../../manifest.ts';
import { startDatabaseProxy, type ProxyEvents } from './database-proxy.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
const ROWS = 30_000;
/** Records that cannot be loaded, among the others. */
const REJECTS = 100;
/** Spread over all bytes of a load, the first and the last included. */
const KILL_POINTS = 18;

const folder = mkdtempSync(join(tmpdir(), 'motherload-killed-'));
after(() => rmSync(folder, { recursive: true, force: true }));
/** Who finds the bad records: the reader, or half of them PostgreSQL alone, so that the table is copied again in batches. */
type Finder = 'reader' | 'CHECK';
for (const finder of ['reader', 'CHECK'] satisfies Finder[])
  await writeDump(join(folder, finder), 'crm_v1.zip', {
    rides: {
      columns: { ride_id: 'int', rider: 'varchar', remark: 'varchar' },
      // Line ends and quotes within values, so that a wrong split would show.
      rows: Array.from({ length: ROWS }, (_, index) => [
        [index, `rider ${index % 97}`, index % 50 === 0 ? `two\nlines \`${index}\`` : null],
        ...(index % (ROWS / REJECTS) === 0 ? [badRecord(index, finder)] : []),
      ]).flat(),
    },
  });

function badRecord(index: number, finder: Finder): (string | number | null)[] {
  return finder === 'CHECK' && index % (2 * (ROWS / REJECTS)) === 0
    ? [-1 - index, 'refused', null]
    : [`x${index}`, 'no number', null];
}

interface Variant {
  readonly version: PostgresqlVersion;
  readonly streams: number;
  readonly finder: Finder;
}

async function taskFor({ version, streams, finder }: Variant, name: string): Promise<LoadTask> {
  const dumpsFolder = join(folder, finder);
  const run = `${name}-${version}-${streams}-${finder}`;
  const [ingestion] = readManifests([{ name: 'ingestion.yaml', text: manifestText() }]).ingestions;
  assert(ingestion !== undefined);
  const { spec } = ingestion;
  const archive = await openArchive(join(dumpsFolder, 'crm_v1.zip'), spec.limits);
  const find = async (name: string) => {
    const entry = archive.entries.find((candidate) => candidate.name === name);
    assert(entry !== undefined);
    return {
      entry: entry.name,
      bytes: entry.bytes,
      compressedBytes: entry.compressedBytes,
      crc32: await archive.identify(entry),
    };
  };
  const table = {
    table: 'rides',
    versionTable: 'v1_rides',
    mother: 'rides',
    dat: await find('rides.dat'),
    schemaFile: await find('rides.json'),
  };
  await archive.close();
  return {
    kind: 'Load',
    ingestion: { namespace: 'default', name: 'nightly', run },
    target: spec.target,
    dumpsFolder,
    format: resolveFormat(spec.format),
    dialectFiles: {},
    limits: spec.limits,
    loading: { streamsPerTable: streams, onExisting: 'Fail' },
    indexes: 'LikeMother',
    rejects: { limit: REJECTS },
    table: {
      ingestionName: 'nightly',
      dump: { file: 'crm_v1.zip', version: 'v1' },
      ...table,
      decision: 'Load',
      reason: 'Defined',
      message: '',
    },
  };
}

/** Runs the real runner behind a proxy; `kill` sends it SIGKILL. Returns its result, if it left one. */
async function runRunner(database: TestDatabase, task: LoadTask, events: (kill: () => void) => ProxyEvents) {
  const resultFile = join(folder, `result-${task.ingestion.run}.json`);
  let kill: () => void = () => undefined;
  const proxy = await startDatabaseProxy(
    database.uri,
    events(() => kill()),
  );
  const env = {
    PATH: process.env['PATH'],
    MOTHERLOAD_TASK: JSON.stringify(task),
    MOTHERLOAD_DATABASE_URI: proxy.uri,
    MOTHERLOAD_RESULT_FILE: resultFile,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: 'ignore' });
  kill = () => void child.kill('SIGKILL');
  const signal = await new Promise((resolve) => child.once('close', (_, name) => resolve(name)));
  const { clientBytes } = proxy;
  await proxy.close();
  let result;
  try {
    result = decodeResult(readFileSync(resultFile, 'utf8'));
  } catch {
    // A killed runner leaves none.
  }
  return { signal, clientBytes, result };
}

async function newDatabase({ version, finder }: Variant): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await database.query(
    `CREATE TABLE rides (ride_id integer ${finder === 'CHECK' ? 'CHECK (ride_id >= 0)' : ''}, rider text NOT NULL); CREATE UNIQUE INDEX ON rides (ride_id)`,
  );
  return database;
}

async function assertNothingOrAll(database: TestDatabase): Promise<'nothing' | 'all'> {
  const [ledger] = await database.query("SELECT to_regclass('motherload.rejects') IS NOT NULL AS there");
  // In one snapshot: the server may still be committing what the runner had sent to its last byte.
  const rejects = ledger?.['there'] === true ? '(SELECT count(*)::int FROM motherload.rejects)' : '0';
  const [row] = await database.query(`SELECT (SELECT count(*)::int FROM rides) AS rows, ${rejects} AS rejects`);
  const [nothing, all] = [
    { rows: 0, rejects: 0 },
    { rows: ROWS, rejects: REJECTS },
  ];
  assert.deepEqual(
    row,
    row?.['rows'] === 0 ? nothing : all,
    'readers see nothing or all, rejects with their load alone',
  );
  return row['rows'] === 0 ? 'nothing' : 'all';
}

/** What the retry must leave: each row once, nothing else, and one ledger row that says so. */
async function assertLoadedOnce(database: TestDatabase): Promise<void> {
  const [row] = await database.query(
    `SELECT count(*)::int AS rows, count(DISTINCT ride_id)::int AS different, min(ride_id) AS first, max(ride_id) AS last,
            count(remark)::int AS remarks, count(*) FILTER (WHERE remark LIKE E'two\\nlines \`%\`')::int AS whole FROM v1_rides`,
  );
  const remarks = ROWS / 50;
  assert.deepEqual(row, { rows: ROWS, different: ROWS, first: 0, last: ROWS - 1, remarks, whole: remarks });
  assert.equal(await assertNothingOrAll(database), 'all');
  assert.deepEqual(
    await database.query('SELECT version_table, rows::int AS rows, rejects::int AS rejects FROM motherload.loads'),
    [{ version_table: 'v1_rides', rows: ROWS, rejects: REJECTS }],
  );
  const [kept] = await database.query(
    'SELECT count(DISTINCT record)::int AS records FROM motherload.rejects JOIN motherload.loads USING (load_id)',
  );
  assert.deepEqual(kept, { records: REJECTS });
  assert.deepEqual(await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'staging%'"), []);
}

// Each pair of two of these once.
runSuite({ version: 18, streams: 1, finder: 'reader' });
runSuite({ version: 14, streams: 2, finder: 'reader' });
runSuite({ version: 18, streams: 2, finder: 'CHECK' });
runSuite({ version: 14, streams: 1, finder: 'CHECK' });

function runSuite(variant: Variant): void {
  const { version, streams, finder } = variant;
  describe(`a runner with ${streams} stream(s) on PostgreSQL ${version} and rejects of the ${finder} that is killed at any moment`, async () => {
    const whole = await newDatabase(variant);
    const undisturbed = await runRunner(whole, await taskFor(variant, 'whole'), () => ({}));
    await assertLoadedOnce(whole);

    for (let point = 0; point < KILL_POINTS; point++) {
      const bytes = Math.max(
        1,
        Math.floor((undisturbed.clientBytes * point) / (KILL_POINTS - 1)) - (point === KILL_POINTS - 1 ? 1 : 0),
      );
      it(`after ${Math.round((100 * point) / (KILL_POINTS - 1))} % of its bytes leaves nothing or all, and the retry makes it all, once`, async () => {
        const database = await newDatabase(variant);
        const task = await taskFor(variant, `killed-${point}`);
        await runRunner(database, task, (kill) => ({ onClientBytes: (sent) => (sent >= bytes ? kill() : undefined) }));
        await assertNothingOrAll(database);
        const retried = await loadTable(task, database.uri, SILENT_LOG, () => undefined);
        assert.deepEqual([retried.outcome, retried.rows], ['Loaded', ROWS]);
        await assertLoadedOnce(database);
      });
    }

    it('after its commit and before the answer has loaded all, and the retry says so', async () => {
      const database = await newDatabase(variant);
      const task = await taskFor(variant, 'committed');
      const { signal, result } = await runRunner(database, task, (kill) => ({ onCommitted: kill }));
      assert.equal(signal, 'SIGKILL');
      assert.equal(result, undefined);
      assert.equal(await assertNothingOrAll(database), 'all');
      const retried = await loadTable(task, database.uri, SILENT_LOG, () => undefined);
      assert.deepEqual([retried.outcome, retried.rows], ['Loaded', ROWS]);
      assert.match(retried.message, /earlier attempt/);
      await assertLoadedOnce(database);
    });

    it('loses its connection after the commit and before the answer: a transient error, and the retry finds it loaded', async () => {
      const database = await newDatabase(variant);
      const task = await taskFor(variant, 'cut-committed');
      const { result } = await runRunner(database, task, () => ({ onCommitted: (proxy) => proxy.cut() }));
      assert(result?.outcome === 'Failed');
      assert.equal(result.failure.kind, 'Transient');
      assert.equal((await loadTable(task, database.uri, SILENT_LOG, () => undefined)).outcome, 'Loaded');
      await assertLoadedOnce(database);
    });

    it('loses its connection in the middle of the data: a transient error, nothing visible, and the retry loads it', async () => {
      const database = await newDatabase(variant);
      const task = await taskFor(variant, 'cut');
      const half = undisturbed.clientBytes / 2;
      const { result } = await runRunner(database, task, () => ({
        onClientBytes: (sent, proxy) => (sent >= half ? proxy.cut() : undefined),
      }));
      assert(result?.outcome === 'Failed');
      assert.equal(result.failure.kind, 'Transient');
      assert.equal(await assertNothingOrAll(database), 'nothing');
      assert.equal((await loadTable(task, database.uri, SILENT_LOG, () => undefined)).outcome, 'Loaded');
      await assertLoadedOnce(database);
    });
  });
}
