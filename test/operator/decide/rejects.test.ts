import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RejectSummary } from '../../../crds/contract/report.ts';
import { CATALOGUED, finishJob, ingestion, loadJob, loadResult, table } from '../fixtures.ts';
import { actionsFor, conditionOf, courses, events, ofType, statusOf, users } from './decisions.ts';

const reject = (line: number, more: Partial<RejectSummary> = {}): RejectSummary => ({
  ...{ line, code: 'Sql22008', reason: 'no such date' },
  ...more,
});

describe('a table that was loaded without some of its records', () => {
  const loadedWith = (rejects: number, firstRejects: readonly RejectSummary[]) => {
    const result = loadResult({ rejects, firstRejects });
    const job = loadJob(users, { state: 'Succeeded', result });
    const actions = actionsFor({ ingestion: ingestion(CATALOGUED), tables: [table(users)], jobs: [job] });
    const [written] = ofType(actions, 'WriteTableStatus');
    return written?.status ?? assert.fail('no status is written');
  };

  it('has their number and the first three reasons in its status, and a reason of its own', () => {
    const first = [reject(7, { column: 'born' }), reject(9), reject(12), reject(20)];
    const { phase, rejects, firstRejects, conditions } = loadedWith(5, first);
    assert.deepEqual([phase, rejects], ['Loaded', 5]);
    assert.deepEqual(firstRejects, [
      'line 7, column born: no such date (Sql22008)',
      'line 9: no such date (Sql22008)',
      'line 12: no such date (Sql22008)',
    ]);
    const complete = conditions?.find(({ type }) => type === 'Complete');
    assert.deepEqual([complete?.status, complete?.reason], ['True', 'LoadedWithRejects']);
  });

  it('has neither where there was none', () => {
    const { rejects, firstRejects, conditions } = loadedWith(0, []);
    assert.deepEqual([rejects, firstRejects], [undefined, undefined]);
    assert.equal(conditions?.find(({ type }) => type === 'Complete')?.reason, 'Loaded');
  });
});

describe('a run whose tables were loaded without some of their records', () => {
  it('is Complete, and its reason, message and number of rejects say so', () => {
    const tables = [
      table(users, { phase: 'Loaded', rows: 10, rejects: 3 }),
      table(courses, { phase: 'Loaded', rows: 4, rejects: 2 }),
    ];
    const jobs = [finishJob({ state: 'Succeeded' })];
    const actions = actionsFor({ ingestion: ingestion(CATALOGUED), tables, jobs });
    const status = statusOf(actions);
    assert.deepEqual([status.phase, status.rejects, status.rows], ['Complete', 5, 14]);
    assert.equal(conditionOf(status, 'Complete'), 'True LoadedWithRejects');
    assert.equal(status.message, '2 tables loaded; 5 records could not be loaded: see the table rejects of the ledger');
    assert(events(actions).includes('LoadedWithRejects'));
  });
});
