import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { runLocally, type LocalRunOptions, type LocalView } from '../../operator/local/run-locally.ts';
import { Runners } from '../../operator/local/runners.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../database.ts';
import { manifest } from '../operator/fixtures.ts';
import { writeDump, type DumpedTable } from './dumps.ts';

const MAIN = join(import.meta.dirname, '../../job-runner/main.ts');

const users = (rows: DumpedTable['rows']): DumpedTable => ({
  columns: { user_id: 'int', email: 'varchar', created: 'datetime', active: 'bool' },
  rows,
});
const courses = (rows: DumpedTable['rows']): DumpedTable => ({
  columns: { course_id: 'int', course_name: 'varchar' },
  rows,
});

const V1_USERS = users([
  [1, 'ann@example.org', 'Feb 14 2017 11:04PM', 1],
  [2, 'a|pipe, a `tick` and a\nline', 'Jan 29 2019  5:55AM', 0],
  [3, null, null, null],
]);
const V1_COURSES = courses([
  [1, 'Gröbner bases'],
  [2, ''],
]);
const V2_USERS: DumpedTable = {
  columns: { user_id: 'int', email: 'varchar', created: 'datetime', active: 'bool', phone: 'varchar' },
  rows: [
    [1, 'ann@example.org', 'Feb 14 2017 11:04PM', 1, '+41 1'],
    [4, 'dan@example.org', 'Mar  1 2020 12:00AM', 1, null],
  ],
};

/** A folder for dumps and a function that runs a manifest on it. */
function scene(database: TestDatabase) {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-e2e-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const pids = join(folder, 'pids.txt');
  // The shell becomes the runner, so its process id is the runner's.
  const command = ['/bin/sh', '-c', `echo $$ >> '${pids}'; exec "$0" "$@"`, process.execPath, MAIN];
  const run = async (moreSpec = '', more: Partial<LocalRunOptions> = {}): Promise<LocalView> => {
    const runners = new Runners({ command, databaseUri: database.uri, captureLog: false, graceMilliseconds: 5000 });
    try {
      return await runLocally({
        manifest: manifest(moreSpec),
        dumpsFolder: join(folder, 'dumps'),
        dialectFiles: {},
        runners,
        log: SILENT_LOG,
        backOff: { base: 20, cap: 100 },
        ...more,
      });
    } finally {
      await runners.end();
    }
  };
  const dump = async (file: string, tables: Record<string, DumpedTable>) =>
    await writeDump(join(folder, 'dumps'), file, tables);
  return { run, dump, latestPid: () => Number(readFileSync(pids, 'utf8').trim().split('\n').at(-1)) };
}

const phases = (view: LocalView): Record<string, string | undefined> =>
  Object.fromEntries(view.tables.map(({ spec, status }) => [spec.versionTable ?? spec.table, status.phase] as const));
const explain = (view: LocalView) => JSON.stringify({ ...view.ingestion, conditions: undefined }, undefined, 2);

async function countOf(database: TestDatabase, relation: string): Promise<number> {
  const [row] = await database.query(`SELECT count(*)::int AS rows FROM ${relation}`);
  return row?.['rows'] as number;
}

/** Tables in the schemas of target and ledger, where a partial load would show. */
async function tablesOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema IN ('public', 'motherload') ORDER BY 1`,
  );
  return rows.map(({ name }) => name as string);
}

for (const version of SUPPORTED_VERSIONS) runSuite(version, await createTestDatabase(version));

function runSuite(version: PostgresqlVersion, database: TestDatabase): void {
  describe(`a run from dumps to tables on PostgreSQL ${version}`, () => {
    const { run, dump } = scene(database);

    it('loads every table of every version, each row once', async () => {
      await dump('crm_v1.zip', { users: V1_USERS, courses: V1_COURSES });
      await dump('crm_v2.zip', { users: V2_USERS });
      const view = await run();
      assert.equal(view.ingestion.phase, 'Complete', explain(view));
      assert.deepEqual(phases(view), { v1_users: 'Loaded', v1_courses: 'Loaded', v2_users: 'Loaded' });
      assert.equal(view.ingestion.rows, 7);
      assert.deepEqual(view.ingestion.versions, ['v1', 'v2']);
      const rows = await database.query(
        'SELECT tableoid::regclass::text AS version, user_id, email, active FROM users ORDER BY 1, 2',
      );
      assert.deepEqual(rows, [
        { version: 'v1_users', user_id: 1, email: 'ann@example.org', active: true },
        { version: 'v1_users', user_id: 2, email: 'a|pipe, a `tick` and a\nline', active: false },
        { version: 'v1_users', user_id: 3, email: null, active: null },
        { version: 'v2_users', user_id: 1, email: 'ann@example.org', active: true },
        { version: 'v2_users', user_id: 4, email: 'dan@example.org', active: true },
      ]);
      assert.deepEqual(await database.query('SELECT phone FROM v2_users ORDER BY user_id'), [
        { phone: '+41 1' },
        { phone: null },
      ]);
      assert.deepEqual(await database.query('SELECT course_name FROM courses ORDER BY course_id'), [
        { course_name: 'Gröbner bases' },
        { course_name: '' },
      ]);
    });

    it('loads nothing the second time, and reports it', async () => {
      const view = await run();
      assert.equal(view.ingestion.phase, 'Complete', explain(view));
      assert.deepEqual(phases(view), {
        v1_users: 'AlreadyLoaded',
        v1_courses: 'AlreadyLoaded',
        v2_users: 'AlreadyLoaded',
      });
      assert.equal(view.ingestion.rows, 0);
      assert.equal(await countOf(database, 'users'), 5);
      const jobs = view.tables.flatMap(({ status }) => status.jobName ?? []);
      assert.deepEqual(jobs, [], 'the catalogue alone finds that nothing is new');
    });

    it('fails, skips or replaces tables with changed content, as onExisting says', async () => {
      await dump('crm_v2.zip', { users: { ...V2_USERS, rows: V2_USERS.rows.slice(0, 1) } });
      const failed = await run('loading: { onExisting: Fail }');
      assert.equal(failed.ingestion.phase, 'Failed');
      assert.equal(phases(failed)['v2_users'], 'Failed');
      assert.equal(phases(failed)['v1_users'], 'AlreadyLoaded');
      assert.equal(await countOf(database, 'v2_users'), 2);
      const skipped = await run('loading: { onExisting: Skip }');
      assert.equal(skipped.ingestion.phase, 'Complete', explain(skipped));
      assert.equal(phases(skipped)['v2_users'], 'Skipped');
      assert.equal(await countOf(database, 'v2_users'), 2);
      const replaced = await run('loading: { onExisting: Replace }');
      assert.equal(phases(replaced)['v2_users'], 'Loaded', explain(replaced));
      assert.equal(await countOf(database, 'v2_users'), 1);
      assert.equal(await countOf(database, 'users'), 4);
    });

    it('loads the other tables if one is bad, leaves nothing of that one, and names the line', async () => {
      const text = 'course_id|course_name\n1|`one`\n2\n';
      await dump('crm_v3.zip', { users: V1_USERS, courses: { ...V1_COURSES, text } });
      const before = await tablesOf(database);
      const view = await run();
      assert.equal(view.ingestion.phase, 'Failed');
      assert.equal(phases(view)['v3_users'], 'Loaded', explain(view));
      assert.equal(phases(view)['v3_courses'], 'Failed');
      assert.equal(view.ingestion.tables?.failed, 1);
      const [failure] = view.ingestion.failures ?? [];
      assert.equal(failure?.kind, 'Data');
      assert.equal(failure.line, 3);
      assert.match(failure.file ?? '', /crm_v3\.zip/);
      assert.deepEqual(await tablesOf(database), [...before, 'public.v3_users'].sort());
    });
  });
}

const MANY = 120_000;

/** Kills the running runner a dozen times, at different moments: first whenever that is, then while a table is being loaded. */
async function killNowAndThen(latestPid: () => number, isLoading: () => boolean, ended: AbortSignal): Promise<void> {
  for (let kills = 0; kills < 12; kills++) {
    await sleep(kills < 4 ? 250 + 150 * kills : 30 * kills);
    while (kills >= 4 && !isLoading() && !ended.aborted) await sleep(5);
    if (ended.aborted) return;
    try {
      process.kill(latestPid(), 'SIGKILL');
    } catch {
      // It had already ended, or had not started yet.
    }
  }
}

const disturbed = await createTestDatabase();

describe('an interrupted run', () => {
  const database = disturbed;
  const { run, dump, latestPid } = scene(database);
  const rows = Array.from({ length: MANY }, (_, id) => [id, `user${id}@example.org`, 'Feb 14 2017 11:04PM', 1]);

  before(async () => {
    await dump('crm_v1.zip', { users: users(rows), courses: V1_COURSES });
    await dump('crm_v2.zip', { users: V2_USERS });
  });

  it('ends with exactly the right rows however often its runners are killed', async () => {
    const ended = new AbortController();
    let isLoading = false;
    const killing = killNowAndThen(latestPid, () => isLoading, ended.signal);
    const view = await run('retry: { limit: 30 }\nloading: { maxParallelJobs: 1 }', {
      onChange: ({ tables }) => void (isLoading = tables.some(({ status }) => status.phase === 'Running')),
    });
    ended.abort();
    await killing;
    assert.equal(view.ingestion.phase, 'Complete', explain(view));
    assert(
      view.tables.some(({ status }) => (status.attempts ?? 0) > 1),
      'no load was killed',
    );
    assert.equal(view.ingestion.rows, MANY + 4, 'a load whose answer was lost is a load of this run');
    assert.equal(await countOf(database, 'users'), MANY + 2);
    assert.equal(await countOf(database, 'v1_users'), MANY);
    assert.deepEqual(await database.query('SELECT count(DISTINCT user_id)::int AS ids FROM v1_users'), [{ ids: MANY }]);
    assert.equal(await countOf(database, 'courses'), 2);
    assert.deepEqual(
      await tablesOf(database),
      [
        'motherload.dumps',
        'motherload.history',
        'motherload.loads',
        'motherload.migrations',
        'motherload.rejects',
        'public.courses',
        'public.users',
        'public.v1_courses',
        'public.v1_users',
        'public.v2_users',
      ],
      'nothing half-loaded is left',
    );
  });

  it('continues where it was stopped when it is started again', async () => {
    await dump('crm_v4.zip', { users: users(rows) });
    const stop = new AbortController();
    const stopped = await run('', {
      signal: stop.signal,
      onChange: ({ tables }) => {
        if (tables.some(({ status }) => status.phase === 'Running')) stop.abort();
      },
    });
    assert.equal(stopped.ingestion.phase, 'Suspended', explain(stopped));
    const view = await run();
    assert.equal(view.ingestion.phase, 'Complete', explain(view));
    assert.equal(await countOf(database, 'v4_users'), MANY);
    assert.equal(await countOf(database, 'users'), 2 * MANY + 2);
  });
});
