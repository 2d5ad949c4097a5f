import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionSpec, TableIngestionStatus } from '../../../crds/contract/generated.ts';
import { jobName, runIdentity, tableIngestionName } from '../../../crds/contract/names.ts';
import { WHOLE_DUMP } from '../../../crds/contract/whole-dump.ts';
import type { Observed, ObservedTable } from '../../../operator/decide/observed.ts';
import { tablesOfRuns } from '../../../operator/decide/runs.ts';
import { catalogueJob, CATALOGUED, ingestion, NOW, secondsLater, table, UID } from '../fixtures.ts';
import { actionsFor, BAD_ROW, courses, ofType, statusOf, users } from './decisions.ts';

/** The second run of a DumpIngestion, triggered after one in which a dump could not be read, and no table of it was known. */
const { ingestionName, dump, reason, message } = users;
const wholeDump: TableIngestionSpec = { ingestionName, dump, table: WHOLE_DUMP, decision: 'Fail', reason, message };
const unread = table(wholeDump, { phase: 'Failed', failure: BAD_ROW });
const loaded = table(courses, { phase: 'Loaded', rows: 10 });
const run = { number: 2, trigger: 'monday', retryPolicy: 'FailedTables', since: 1 } as const;
const second = ingestion({ run, startTime: NOW.toISOString(), conditions: CATALOGUED.conditions ?? [] });
const identity = runIdentity(UID, 2);
const catalogue = { ...catalogueJob({ name: jobName('nightly', identity, 'Catalogue') }), state: 'Succeeded' as const };

function again(spec: TableIngestionSpec, status: TableIngestionStatus = {}): ObservedTable {
  return { name: tableIngestionName('nightly', identity, spec), generation: 1, spec: { ...spec, run: 2 }, status };
}

const after = (all: readonly ObservedTable[], more: Partial<Observed>) =>
  actionsFor({ ingestion: second, ...tablesOfRuns(second, all), ...more }, secondsLater(200));

describe('a dump that could not be read in the run before', () => {
  const readable = { jobs: [catalogue], catalogue: [users, courses] };

  it('has all its tables in the run once it can be read, also those that were loaded from it earlier', () => {
    const [apply] = ofType(after([loaded, unread], readable), 'ApplyTables');
    assert.deepEqual(
      apply?.tables.map(({ spec }) => spec.table),
      ['users', 'courses'],
    );
  });

  it('counts no longer then', () => {
    const actions = after([loaded, unread, again(users), again(courses)], readable);
    assert.deepEqual(
      ofType(actions, 'DeleteTable').map(({ name }) => name),
      [loaded.name, unread.name],
    );
    const { tables, conditions } = statusOf(actions);
    assert.deepEqual([tables?.total, tables?.pending, tables?.failed], [2, 2, 0]);
    assert.match(conditions?.[0]?.message ?? '', /^found 2 tables in 1 dump: 2 to load/);
  });

  it('keeps the run failed while it cannot be read, or is no longer there', () => {
    const finish = {
      name: jobName('nightly', identity, 'Finish'),
      kind: 'Finish',
      state: 'Succeeded',
      attempts: 1,
    } as const;
    const still = again(wholeDump, { phase: 'Failed', failure: BAD_ROW });
    for (const all of [[unread], [unread, still], [loaded, unread]]) {
      const { phase, tables } = statusOf(after(all, { jobs: [finish] }));
      assert.deepEqual([phase, tables?.failed], ['Failed', 1]);
    }
  });
});
