import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUED, entry, ingestion, loadJob } from '../fixtures.ts';
import { actionsFor, courses, created, loadingRun } from './decisions.ts';

describe('admit', () => {
  it('starts the largest tables first, as many as there are slots', () => {
    const one = actionsFor(
      loadingRun({ ingestion: ingestion(CATALOGUED, { spec: 'loading: { maxParallelJobs: 1 }' }) }),
    );
    assert.deepEqual(
      created(one).map((work) => work.kind === 'Load' && work.table.table),
      ['courses'],
    );
    assert.equal(created(actionsFor(loadingRun())).length, 2);
    assert.equal(created(actionsFor(loadingRun({ jobs: [loadJob(courses), loadJob(entry('other'))] }))).length, 0);
  });

  it('frees the slot of a Job that is being deleted only once it no longer exists', () => {
    const deleting = loadJob(courses, { state: 'Succeeded', deleting: true });
    assert.equal(
      created(
        actionsFor(
          loadingRun({
            ingestion: ingestion(CATALOGUED, { spec: 'loading: { maxParallelJobs: 1 }' }),
            jobs: [deleting],
          }),
        ),
      ).length,
      0,
    );
  });
});
