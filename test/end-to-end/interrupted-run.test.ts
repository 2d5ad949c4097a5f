import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '../database.ts';
import { countOf, explain, localScene, tablesOf, users, V1_COURSES, V2_USERS } from './local-scene.ts';

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

const database = await createTestDatabase();

describe('an interrupted run', () => {
  const { run, dump, latestPid } = localScene(database);
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
