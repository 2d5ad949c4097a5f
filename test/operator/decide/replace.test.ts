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

/** The names of the Jobs that are deleted and made, in a run of one table that this Job is of. */
function turnOf(
  job: ObservedJob,
  templateDigest: string | undefined,
  spec = '',
): { deleted: string[]; made: string[] } {
  const isCatalogue = job.kind === 'Catalogue';
  const tables = isCatalogue
    ? []
    : [table(users, job.kind === 'Finish' ? { phase: 'Loaded', completionTime: NOW.toISOString() } : {})];
  const template = templateDigest === undefined ? {} : { templateDigest };
  const run = { ingestion: ingestion(isCatalogue ? {} : CATALOGUED, { spec }), tables, jobs: [job], ...template };
  const { actions } = decide(observed(run), NOW);
  const named = (type: 'DeleteJob' | 'CreateJob') =>
    actions.flatMap((action) => (action.type === type ? [action.name] : []));
  return { deleted: named('DeleteJob'), made: named('CreateJob') };
}

describe('a Job that waits', () => {
  const waiting: [title: string, job: ObservedJob][] = [
    ['the catalogue', catalogueJob({ state: 'Pending', attempts: 0, templateDigest: OLD })],
    ['a load', loadJob(users, { state: 'Pending', attempts: 0, templateDigest: OLD })],
    ['a load between two attempts', loadJob(users, { state: 'Pending', attempts: 2, templateDigest: OLD })],
    ['a load in a queue', loadJob(users, { ...QUEUED, templateDigest: OLD })],
    ['the finish', finishJob({ state: 'Pending', attempts: 0, templateDigest: OLD })],
  ];
  for (const [title, job] of waiting) {
    it(`goes where there is another template by now, and nothing takes its place before it is gone: ${title}`, () => {
      assert.deepEqual(turnOf(job, 'new'), { deleted: [job.name], made: [] });
      assert.deepEqual(turnOf({ ...job, deleting: true }, 'new'), { deleted: [], made: [] });
    });

    it(`stays where the template is the same: ${title}`, () => {
      assert.deepEqual(turnOf(job, OLD), { deleted: [], made: [] });
    });
  }

  it('stays where nothing is known of its template', () => {
    assert.deepEqual(turnOf(loadJob(users, { state: 'Pending' }), 'new'), { deleted: [], made: [] });
    assert.deepEqual(turnOf(loadJob(users, { state: 'Pending', templateDigest: OLD }), undefined), {
      deleted: [],
      made: [],
    });
  });

  it('goes out of its queue while the run is suspended, and only out of a queue', () => {
    const queued = loadJob(users, QUEUED);
    assert.deepEqual(turnOf(queued, OLD, 'suspend: true'), { deleted: [queued.name], made: [] });
    const starting = loadJob(users, { state: 'Pending', templateDigest: OLD });
    assert.deepEqual(turnOf(starting, OLD, 'suspend: true'), { deleted: [], made: [] });
  });
});

describe('a Job whose runner is at work or has failed', () => {
  for (const state of ['Running', 'Failed'] as const) {
    it(`stays as it is, whatever the template is by now: ${state}`, () => {
      assert.deepEqual(turnOf(loadJob(users, { state, templateDigest: OLD }), 'new').deleted, []);
    });
  }
});
