import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import { CATALOGUED, catalogueJob, ingestion, loadJob, nameOf, NOW, table } from '../fixtures.ts';
import {
  actionsFor,
  CATALOGUE_FAILURE,
  conditionOf,
  courses,
  created,
  events,
  notes,
  ofType,
  statusOf,
  SUSPENDED,
  UNSCHEDULABLE,
  users,
} from './decisions.ts';

describe('the catalogue', () => {
  it('starts with its Job, in status and event', () => {
    const actions = actionsFor({});
    assert.deepEqual(created(actions), [{ kind: 'Catalogue' }]);
    assert.equal(statusOf(actions).phase, 'Pending');
    assert.equal(conditionOf(statusOf(actions), 'Catalogued'), 'False Cataloguing');
    assert.equal(conditionOf(statusOf(actions), 'Progressing'), 'True Cataloguing');
    assert.equal(statusOf(actions).startTime, NOW.toISOString());
    assert.deepEqual(events(actions), ['Cataloguing']);
  });

  it('delays everything else while its Job runs', () => {
    const actions = actionsFor({ jobs: [catalogueJob()] });
    assert.deepEqual(created(actions), []);
    assert.equal(statusOf(actions).phase, 'Cataloguing');
  });

  it('is not started while suspended', () => {
    const actions = actionsFor({ ingestion: ingestion({}, SUSPENDED) });
    assert.deepEqual(created(actions), []);
    assert.equal(statusOf(actions).phase, 'Suspended');
    assert.equal(conditionOf(statusOf(actions), 'Suspended'), 'True Suspended');
    assert.equal(conditionOf(statusOf(actions), 'Progressing'), 'False Suspended');
  });

  it('shows why its Job cannot run, and continues on its own', () => {
    const stuck = statusOf(
      actionsFor({ jobs: [catalogueJob({ state: 'Pending', attempts: 0, problem: UNSCHEDULABLE })] }),
    );
    assert.equal(stuck.phase, 'Pending');
    assert.equal(conditionOf(stuck, 'Progressing'), 'False Unschedulable');
    assert.match(stuck.message ?? '', /0\/3 nodes/);
    const continued = statusOf(actionsFor({ ingestion: ingestion(stuck), jobs: [catalogueJob()] }));
    assert.equal(conditionOf(continued, 'Progressing'), 'True Cataloguing');
  });

  it("fails the run with the runner's failure if its Job fails", () => {
    const actions = actionsFor({ jobs: [catalogueJob({ state: 'Failed', result: CATALOGUE_FAILURE })] });
    const status = statusOf(actions);
    assert.equal(status.phase, 'Failed');
    assert.equal(conditionOf(status, 'Failed'), 'True CatalogueFailed');
    assert.deepEqual(status.failures, [CATALOGUE_FAILURE.failure]);
    assert.match(status.message ?? '', /the folder does not exist/);
    assert.deepEqual(events(actions), ['CatalogueFailed']);
  });

  it('fails the run if its report is complete but invalid, and is neither lost nor created again', () => {
    const catalogueProblem = {
      reason: 'CatalogueInvalid',
      message: 'entry 2 cannot become a TableIngestion',
      isTransient: false,
    } as const;
    const actions = actionsFor({ jobs: [catalogueJob({ state: 'Succeeded' })], catalogueProblem });
    assert.deepEqual(ofType(actions, 'DeleteJob'), []);
    const status = statusOf(actions);
    assert.equal(conditionOf(status, 'Catalogued'), 'False CatalogueInvalid');
    assert.equal(conditionOf(status, 'Failed'), 'True CatalogueFailed');
    assert.deepEqual(
      status.failures?.map(({ kind, code }) => [kind, code]),
      [['Data', 'CatalogueInvalid']],
    );
    assert.match(status.message ?? '', /entry 2 cannot become a TableIngestion; exclude the dump/);
  });

  it('fails the run if two of its entries have one name, since one table would be left out, and creates neither', () => {
    const twin = { ...users, message: 'will be loaded, too' };
    const actions = actionsFor({ jobs: [catalogueJob({ state: 'Succeeded' })], catalogue: [courses, users, twin] });
    assert.deepEqual(ofType(actions, 'ApplyTables'), []);
    const status = statusOf(actions);
    assert.equal(conditionOf(status, 'Failed'), 'True CatalogueFailed');
    assert.deepEqual(
      status.failures?.map(({ kind, code }) => [kind, code]),
      [['Data', 'TableIngestionClash']],
    );
    assert.match(status.message ?? '', /table users of crm_v1\.zip and table users of crm_v1\.zip would both become/);
  });

  it('fails the run with what Kubernetes reports if the runner left no result', () => {
    const problem = { reason: 'DeadlineExceeded', message: 'the Job was active longer than its deadline' };
    const status = statusOf(actionsFor({ jobs: [catalogueJob({ state: 'Failed', problem })] }));
    assert.equal(status.failures?.[0]?.code, 'DeadlineExceeded');
    assert.equal(statusOf(actionsFor({ jobs: [catalogueJob({ state: 'Failed' })] })).failures?.[0]?.code, 'JobFailed');
  });

  it('is done only once all its TableIngestions exist', () => {
    const found = { jobs: [catalogueJob({ state: 'Succeeded' })], catalogue: [users, courses, notes] };
    const applied = actionsFor({ ...found, tables: [table(users)] });
    assert.deepEqual(
      ofType(applied, 'ApplyTables').flatMap((action) => action.tables.map(({ name }) => name)),
      [nameOf(courses), nameOf(notes)],
    );
    assert.equal(conditionOf(statusOf(applied), 'Catalogued'), 'False Cataloguing');
    const there = actionsFor({ ...found, tables: [users, courses, notes].map((spec) => table(spec)) });
    assert.deepEqual(ofType(there, 'ApplyTables'), []);
    assert.equal(conditionOf(statusOf(there), 'Catalogued'), 'True Catalogued');
    assert.equal(statusOf(there).tables?.summary, '0/2');
    assert.deepEqual(created(there), [], 'no load before the status says that the catalogue is done');
  });

  it('is created once more if its report was lost, but only once', () => {
    const lost = actionsFor({ jobs: [catalogueJob({ state: 'Succeeded' })] });
    assert.equal(ofType(lost, 'DeleteJob').length, 1);
    assert.equal(conditionOf(statusOf(lost), 'Catalogued'), 'False CatalogueLost');
    const again = actionsFor({ ingestion: ingestion(statusOf(lost)) });
    assert.deepEqual(created(again), [{ kind: 'Catalogue' }]);
    assert.equal(conditionOf(statusOf(again), 'Catalogued'), 'False CatalogueLost');
    const twice = statusOf(
      actionsFor({ ingestion: ingestion(statusOf(again)), jobs: [catalogueJob({ state: 'Succeeded' })] }),
    );
    assert.equal(twice.phase, 'Failed');
    assert.equal(twice.failures?.[0]?.code, 'CatalogueLost');
  });

  it('is never created again once a load has started, since that may drop tables', () => {
    for (const state of ['Succeeded', undefined] as const) {
      const actions = actionsFor({
        jobs: [...(state === undefined ? [] : [catalogueJob({ state })]), loadJob(users)],
        tables: [table(users)],
      });
      assert.deepEqual(created(actions), []);
      assert.deepEqual(ofType(actions, 'DeleteJob'), []);
      assert.equal(statusOf(actions).failures?.[0]?.code, 'CatalogueLost');
    }
  });

  it('is used again to recreate a TableIngestion that somebody deleted', () => {
    const actions = actionsFor({
      ingestion: ingestion(CATALOGUED),
      jobs: [catalogueJob({ state: 'Succeeded' })],
      catalogue: [users, notes],
      tables: [table(notes)],
    });
    assert.deepEqual(
      ofType(actions, 'ApplyTables').flatMap((action) => action.tables.map(({ name }) => name)),
      [nameOf(users)],
    );
    assert.equal(statusOf(actions).phase, 'Loading');
  });

  it('fails a run with a missing table once the others are loaded if it was lost, and the total of tables remains', () => {
    const before = {
      ...CATALOGUED,
      tables: {
        ...statusOf(actionsFor({ ingestion: ingestion(CATALOGUED), tables: [table(users), table(notes)] })).tables,
      },
    };
    const deleted = (status: TableIngestionStatus, more = {}) =>
      actionsFor({ ingestion: ingestion(before, more), tables: [table(users, status)] });
    const loading = deleted({ phase: 'Running' });
    assert.equal(statusOf(loading).tables?.total, 2);
    assert.equal(conditionOf(statusOf(loading), 'Failed'), 'False InProgress');
    const loaded: TableIngestionStatus = { phase: 'Loaded', rows: 10, completionTime: NOW.toISOString() };
    const status = statusOf(deleted(loaded));
    assert.equal(conditionOf(status, 'Failed'), 'True CatalogueLost');
    assert.match(status.message ?? '', /1 TableIngestions were deleted and cannot be recreated, .* apply it again/);
    assert.deepEqual([status.tables?.summary, status.rows], ['1/2', 10]);
    assert.deepEqual(
      events(deleted(loaded, { deletionTimestamp: NOW.toISOString() })),
      ['Deleting'],
      'no failure of a run that is being deleted',
    );
  });

  it('completes the run if it has no tables, and the message says what to check', () => {
    const actions = actionsFor({ jobs: [catalogueJob({ state: 'Succeeded' })], catalogue: [] });
    assert.equal(conditionOf(statusOf(actions), 'Complete'), 'True NothingToLoad');
    assert.match(statusOf(actions).message ?? '', /spec\.source/);
    assert.deepEqual(events(actions), ['Catalogued', 'NothingToLoad']);
  });
});
