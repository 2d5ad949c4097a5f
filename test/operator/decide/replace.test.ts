import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { ObservedJob } from '../../../operator/decide/observed.ts';
import { catalogueJob, CATALOGUED, entry, finishJob, ingestion, loadJob, NOW, observed, table } from '../fixtures.ts';

const users = entry('users');
const OLD = 'old';
const QUEUED = {
  state: 'Pending',
  problem: { reason: 'WaitingForAdmission', message: 'waiting for admission by queue loads' },
} as const;

/** The names of the Jobs that are deleted and created in a run that has one table and this Job. */
function jobsChangedBy(
  job: ObservedJob,
  templateDigest: string | undefined,
  spec = '',
): { deleted: string[]; created: string[] } {
  const isCatalogue = job.kind === 'Catalogue';
  const tables = isCatalogue
    ? []
    : [table(users, job.kind === 'Finish' ? { phase: 'Loaded', completionTime: NOW.toISOString() } : {})];
  const template = templateDigest === undefined ? {} : { templateDigest };
  const run = { ingestion: ingestion(isCatalogue ? {} : CATALOGUED, { spec }), tables, jobs: [job], ...template };
  const { actions } = decide(observed(run), NOW);
  const named = (type: 'DeleteJob' | 'CreateJob') =>
    actions.flatMap((action) => (action.type === type ? [action.name] : []));
  return { deleted: named('DeleteJob'), created: named('CreateJob') };
}

describe('decideReplacements for a waiting Job', () => {
  const waiting: [title: string, job: ObservedJob][] = [
    ['the catalogue', catalogueJob({ state: 'Pending', attempts: 0, templateDigest: OLD })],
    ['a load', loadJob(users, { state: 'Pending', attempts: 0, templateDigest: OLD })],
    ['a load between two attempts', loadJob(users, { state: 'Pending', attempts: 2, templateDigest: OLD })],
    ['a load in a queue', loadJob(users, { ...QUEUED, templateDigest: OLD })],
    ['the finish', finishJob({ state: 'Pending', attempts: 0, templateDigest: OLD })],
  ];
  for (const [title, job] of waiting) {
    it(`deletes it if the template has changed, and nothing is created before it no longer exists: ${title}`, () => {
      assert.deepEqual(jobsChangedBy(job, 'new'), { deleted: [job.name], created: [] });
      assert.deepEqual(jobsChangedBy({ ...job, deleting: true }, 'new'), { deleted: [], created: [] });
    });

    it(`keeps it if the template is the same: ${title}`, () => {
      assert.deepEqual(jobsChangedBy(job, OLD), { deleted: [], created: [] });
    });
  }

  it('keeps it if its template is unknown', () => {
    assert.deepEqual(jobsChangedBy(loadJob(users, { state: 'Pending' }), 'new'), { deleted: [], created: [] });
    assert.deepEqual(jobsChangedBy(loadJob(users, { state: 'Pending', templateDigest: OLD }), undefined), {
      deleted: [],
      created: [],
    });
  });

  it('deletes it from its queue while the run is suspended, and only from a queue', () => {
    const queued = loadJob(users, QUEUED);
    assert.deepEqual(jobsChangedBy(queued, OLD, 'suspend: true'), { deleted: [queued.name], created: [] });
    const starting = loadJob(users, { state: 'Pending', templateDigest: OLD });
    assert.deepEqual(jobsChangedBy(starting, OLD, 'suspend: true'), { deleted: [], created: [] });
  });
});

describe('decideReplacements for a Job whose runner is running or has failed', () => {
  for (const state of ['Running', 'Failed'] as const) {
    it(`keeps it, whatever the template: ${state}`, () => {
      assert.deepEqual(jobsChangedBy(loadJob(users, { state, templateDigest: OLD }), 'new').deleted, []);
    });
  }
});
