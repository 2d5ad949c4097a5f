import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../database.ts';
import { countOf, explain, localScene, phases, tablesOf, V1_COURSES, V1_USERS, V2_USERS } from './local-scene.ts';

for (const version of SUPPORTED_VERSIONS) runSuite(version, await createTestDatabase(version));

function runSuite(version: PostgresqlVersion, database: TestDatabase): void {
  describe(`a run from dumps to tables on PostgreSQL ${version}`, () => {
    const { run, dump } = localScene(database);

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
