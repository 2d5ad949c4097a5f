import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import { hasCredibleEnd } from '../../../operator/decide/credible.ts';
import { ingestion, loadJob, nameOf, omit, table } from '../fixtures.ts';
import { actionsFor, broken, courses, created, loadingRun, notes, ofType, users } from './decisions.ts';

const run = ingestion();
const { status: loaded } = table(users, { phase: 'Loaded', rows: 10 });
const end = (status: TableIngestionStatus, spec = users) =>
  hasCredibleEnd({ name: nameOf(spec), generation: 1, spec, status }, run);

describe('the end of a table', () => {
  it('counts with the name of its Job and the condition, whether or not the Job still exists', () => {
    for (const phase of ['Loaded', 'AlreadyLoaded', 'Skipped', 'Failed'] as const)
      assert(hasCredibleEnd(table(users, { phase }), run), phase);
    assert(!end({ phase: 'Running', jobName: loadJob(users).name }));
  });

  const FORGED: [what: string, status: TableIngestionStatus][] = [
    ['only the phase', { phase: 'Loaded' }],
    ['no Job', omit(loaded, 'jobName')],
    ['no conditions', omit(loaded, 'conditions')],
    ['the conditions of a failed table', { ...loaded, ...omit(table(users, { phase: 'Failed' }).status, 'phase') }],
    ['the Job of another table', { ...loaded, jobName: loadJob(courses).name }],
  ];
  for (const [what, status] of FORGED) {
    it(`does not count with ${what}, and the table is loaded`, () => {
      assert(!end(status));
      const tables = [{ ...table(users), status }, table(courses, { phase: 'Loaded' })];
      const actions = actionsFor(loadingRun({ tables }));
      assert.deepEqual(
        created(actions).map((work) => work.kind === 'Load' && work.tableName),
        [nameOf(users)],
      );
      const [written] = ofType(actions, 'WriteTableStatus');
      assert.deepEqual([written?.name, written?.status.phase], [nameOf(users), 'Pending']);
    });
  }

  it('does not count in another run, even with the same status object', () => {
    const status = table(users, { phase: 'Loaded' }).status;
    assert(end(status));
    const another = { ...run, metadata: { ...run.metadata, uid: 'another' } };
    assert(!hasCredibleEnd({ name: nameOf(users), generation: 1, spec: users, status }, another));
  });

  it('follows from the catalogue for what is not loaded, and from nothing else', () => {
    assert(end({ phase: 'Skipped' }, notes));
    assert(end({ phase: 'Failed' }, broken));
    assert(end({ phase: 'AlreadyLoaded' }, { ...users, decision: 'Keep' }));
    assert(!end({ phase: 'Loaded' }, { ...users, decision: 'Keep' }));
    assert(!end({ phase: 'Loaded' }, notes));
    assert(!end({ phase: 'Skipped' }, broken));
  });
});
