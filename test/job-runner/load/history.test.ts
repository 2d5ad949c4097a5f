import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { findLoad, listLoads } from '../../../job-runner/database/ledger.ts';
import { readHistory, type PastLoad } from '../../../job-runner/database/history.ts';
import { prepareMothers } from '../../../job-runner/database/mothers.ts';
import { HISTORY_LOADS } from '../../../job-runner/plan/ledger-statements.ts';
import { SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { failureOf, load, ridesDatabase, ridesText, taskOf, upTo } from './load-scene.ts';

async function historyOf(database: TestDatabase): Promise<PastLoad[]> {
  const all: PastLoad[] = [];
  for await (const loads of readHistory(database.client, 'motherload')) all.push(...loads);
  return all;
}

const REPLACE = 'loading: { onExisting: Replace }';
const TABLE = { schema: 'public', name: 'v1_rides' };

for (const version of SUPPORTED_VERSIONS) {
  suite(`the history of loads on PostgreSQL ${version}`, () => {
    test('has a load that was replaced, as it stood in the ledger', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: ridesText(upTo(3)) });
      const before = await findLoad(database.client, 'motherload', TABLE);
      assert.deepEqual(await historyOf(database), []);
      await load(database, { text: ridesText(upTo(5)), spec: REPLACE });
      const [past, ...more] = await historyOf(database);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [past?.outcome, past?.versionTable, past?.rows, past?.rejects, past?.loadId, past?.sha256, past?.checksum],
        ['Replaced', 'public.v1_rides', 3, 0, before?.loadId, before?.sha256, before?.checksum?.sum],
      );
      assert.deepEqual([past?.code, past?.loadedAt], [null, before?.loadedAt]);
      assert.equal((await findLoad(database.client, 'motherload', TABLE))?.rows, 5);
    });

    test('has a load that failed, with its reason and place, which never looks loaded', async () => {
      const database = await ridesDatabase(version);
      for (const streams of [1, 2]) {
        const text = `${ridesText(upTo(9))}x|ten\n`;
        const scene = { text, spec: `loading: { streamsPerTable: ${streams}, onExisting: Replace }` };
        const failure = await failureOf(load(database, scene));
        const [past] = await historyOf(database);
        assert.deepEqual([past?.outcome, past?.code, past?.rows], ['Failed', failure.code, null]);
        // The task does not say that values may be shown.
        assert.match(
          past?.message ?? '',
          /^crm_v1\.zip:rides\.dat, table rides, line 11, column ride_id: the value is not/,
        );
        assert.deepEqual(await listLoads(database.client, 'motherload'), []);
      }
      assert.equal((await load(database, { text: ridesText(upTo(9)) })).outcome, 'Loaded');
      assert.equal((await historyOf(database)).length, 2);
    });

    test('has a load that failed because other content is there, which is left as it is', async () => {
      const database = await ridesDatabase(version);
      await load(database, { text: ridesText(upTo(3)) });
      await failureOf(load(database, { text: ridesText(upTo(4)) }));
      const [past] = await historyOf(database);
      assert.deepEqual([past?.outcome, past?.code], ['Failed', 'OtherContentLoaded']);
      assert.equal((await findLoad(database.client, 'motherload', TABLE))?.rows, 3);
    });

    test('has the loads that a policy dropped', async () => {
      const database = await ridesDatabase(version);
      const task = await taskOf({ text: ridesText(upTo(3)) });
      await load(database, task);
      const plan = { name: 'rides', action: 'Purge', origin: 'Database', columns: [], warnings: [] } as const;
      const later = { ...task.ingestion, run: 'run-2' };
      await prepareMothers(database.client, { ingestion: later, target: task.target }, [plan], SILENT_LOG);
      assert.deepEqual(
        (await historyOf(database)).map(({ outcome, rows }) => [outcome, rows]),
        [['Dropped', 3]],
      );
    });

    test('keeps the newest loads of each table, those that failed apart from the others', async () => {
      const database = await ridesDatabase(version);
      for (const id of upTo(HISTORY_LOADS + 3)) await load(database, { text: ridesText([id]), spec: REPLACE });
      await load(database, { text: ridesText([1]), version: 'v2' });
      for (const id of upTo(HISTORY_LOADS + 2)) await failureOf(load(database, { text: ridesText([1000 + id]) }));
      const all = await historyOf(database);
      const replaced = all.filter(({ outcome }) => outcome === 'Replaced');
      assert.deepEqual([replaced.length, all.length], [HISTORY_LOADS, 2 * HISTORY_LOADS]);
      const ids = all.map(({ endedAt }) => endedAt.getTime());
      assert.deepEqual(
        ids,
        ids.toSorted((one, other) => other - one),
      );
    });
  });
}
