import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sharedJobName } from '../../../crds/contract/names.ts';
import type { ObservedIngestion, ObservedJob } from '../../../operator/decide/observed.ts';
import { CATALOGUED, ingestion, NOW, table, UID } from '../fixtures.ts';
import { actionsFor, courses, created, DATABASE, ofType, statusOf, users } from './decisions.ts';

const BAD_PASSWORD = { kind: 'Manifest', code: 'SourceCredentials', message: 'the user is not let in' } as const;
const database = { ...DATABASE, snapshot: 'AllTables' } as const;

function ofDatabase({ spec, ...rest }: ObservedIngestion): ObservedIngestion {
  const { volume, ...source } = spec.source;
  assert(volume !== undefined);
  return {
    ...rest,
    spec: { ...spec, source: { ...source, database: { ...database, includeTables: ['*'], excludeTables: [] } } },
  };
}

const run = (spec = 'loading: { maxParallelJobs: 9 }') => ofDatabase(ingestion(CATALOGUED, { spec }));
const TABLES = [table(users), table(courses)];
const NAMES = TABLES.map(({ name }) => name);

function job(more: Partial<ObservedJob>): ObservedJob {
  const name = sharedJobName('nightly', UID, NAMES);
  return {
    name,
    kind: 'LoadBatch',
    tableNames: NAMES,
    state: 'Running',
    attempts: 1,
    startTime: NOW.toISOString(),
    ...more,
  };
}

describe('a run whose tables are read as of one moment', () => {
  it('has one Job for all of them, whatever their number and size', () => {
    const large = table({ ...courses, dat: { entry: 'courses', bytes: 2 ** 40, compressedBytes: 2 ** 40 } });
    const jobs = created(
      actionsFor({ ingestion: run('loading: { tablesPerJob: 1, maxParallelJobs: 9 }'), tables: [table(users), large] }),
    );
    assert.deepEqual(
      jobs.map((work) => (work.kind === 'LoadBatch' ? work.tables.map(({ spec }) => spec.table) : work.kind)),
      [['courses', 'users']],
    );
    assert.deepEqual(created(actionsFor({ ingestion: run(), tables: TABLES, jobs: [job({})] })), []);
  });

  it('fails with its Job, whose tables are never loaded in Jobs of their own', () => {
    const result = { task: 'LoadBatch', outcome: 'Failed', failure: BAD_PASSWORD } as const;
    for (const failed of [
      job({ state: 'Failed', result }),
      job({ state: 'Failed', problem: { reason: 'OOMKilled', message: 'no memory' } }),
    ]) {
      const actions = actionsFor({ ingestion: run(), tables: TABLES, jobs: [failed] });
      assert.deepEqual(
        created(actions).filter(({ kind }) => kind !== 'Finish'),
        [],
      );
      const written = ofType(actions, 'WriteTableStatus');
      const code = failed.result === undefined ? 'OOMKilled' : 'SourceCredentials';
      assert.deepEqual(
        written.map(({ status }) => [status.phase, status.failure?.code]),
        [
          ['Failed', code],
          ['Failed', code],
        ],
      );
      // Also where the failure of some tables was written already, and looks like one that others would share.
      const seen = written.map(({ status }, index) => table(index === 0 ? users : courses, status));
      const later = actionsFor({ ingestion: run(), tables: seen.slice(0, 1).concat(table(courses)), jobs: [failed] });
      assert.deepEqual(
        created(later).filter(({ kind }) => kind !== 'Finish'),
        [],
      );
      assert.equal(statusOf(later).stalled, undefined);
    }
  });

  it('loads all of them when it is triggered again, whatever spec.retryPolicy says', () => {
    const condition = (type: 'Catalogued' | 'Failed') => ({
      type,
      status: 'True' as const,
      lastTransitionTime: NOW.toISOString(),
      reason: type,
      message: '',
    });
    const status = {
      observedGeneration: 1,
      startTime: NOW.toISOString(),
      phase: 'Failed' as const,
      conditions: [condition('Catalogued'), condition('Failed')],
    };
    const ended = ofDatabase(ingestion(status, { spec: 'retryPolicy: FailedTables\ntrigger: again' }));
    const next = statusOf(
      actionsFor({
        ingestion: ended,
        tables: [table(users, { phase: 'Loaded' }), table(courses, { phase: 'Failed' })],
      }),
    );
    assert.deepEqual([next.run?.number, next.run?.since, next.run?.retryPolicy], [2, 2, 'All']);
  });
});
