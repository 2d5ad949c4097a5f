import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { Observed } from '../../../operator/decide/observed.ts';
import {
  CATALOGUED,
  entry,
  failing,
  ingestion,
  loadJob,
  loadResult,
  NOW,
  observed,
  progress,
  secondsLater,
  table,
} from '../fixtures.ts';
import {
  actionsFor,
  BAD_ROW,
  conditionOf,
  courses,
  created,
  events,
  NOT_A_LIST,
  ofType,
  statusOf,
  SUSPENDED,
  users,
  loadingRun,
} from './decisions.ts';

describe('loading', () => {
  it('starts nothing while suspended, lets running Jobs continue, and continues once resumed', () => {
    const jobs = [loadJob(courses, { progress: progress() })];
    const suspended = actionsFor(loadingRun({ ingestion: ingestion(CATALOGUED, SUSPENDED), jobs }));
    assert.deepEqual(created(suspended), []);
    assert.deepEqual(ofType(suspended, 'DeleteJob'), []);
    assert.equal(statusOf(suspended).phase, 'Suspended');
    assert.equal(statusOf(suspended).tables?.running, 1);
    const resumed = actionsFor(loadingRun({ ingestion: ingestion(statusOf(suspended)), jobs }));
    assert.equal(created(resumed).length, 1);
    assert.equal(statusOf(resumed).phase, 'Loading');
    assert(events(resumed).includes('Resumed'));
  });

  it('does not write a status merely because time passes within a second', () => {
    const before = loadingRun({ tables: [table(users)], jobs: [loadJob(users, { progress: progress() })] });
    const first = actionsFor(before, secondsLater(3.1));
    const tables = ofType(first, 'WriteTableStatus').map(({ status }) => table(users, status));
    assert.deepEqual(actionsFor({ ...before, ingestion: ingestion(statusOf(first)), tables }, secondsLater(3.9)), []);
  });

  it('shows Jobs that cannot run: as the reason for no progress if no Job runs, else in the message', () => {
    const stuck = loadJob(users, {
      state: 'Pending',
      problem: { reason: 'ImagePullBackOff', message: 'no such image' },
    });
    const nothing = actionsFor(loadingRun({ jobs: [stuck] }));
    assert.equal(conditionOf(statusOf(nothing), 'Progressing'), 'False ImagePullBackOff');
    assert(events(nothing).includes('ImagePullBackOff'));
    const some = statusOf(actionsFor(loadingRun({ jobs: [stuck, loadJob(courses)] })));
    assert.equal(conditionOf(some, 'Progressing'), 'True Loading');
    assert.match(some.message ?? '', /ImagePullBackOff: no such image/);
  });

  it('shows that Jobs wait in a queue, without a warning, and that they are admitted', () => {
    const queued = {
      state: 'Pending',
      problem: { reason: 'WaitingForAdmission', message: 'waiting for admission by queue loads' },
    } as const;
    const waiting = actionsFor(loadingRun({ jobs: [loadJob(users, queued), loadJob(courses, queued)] }));
    assert.equal(conditionOf(statusOf(waiting), 'Progressing'), 'False WaitingForAdmission');
    assert.match(statusOf(waiting).message ?? '', /waiting for admission by queue loads/);
    const [event] = ofType(waiting, 'EmitEvent').filter(({ reason }) => reason === 'WaitingForAdmission');
    assert.equal(event?.level, 'Normal');
    assert.deepEqual(created(waiting), [], 'a Job in a queue holds its slot');
    const admitted = actionsFor(
      loadingRun({ ingestion: ingestion(statusOf(waiting)), jobs: [loadJob(users), loadJob(courses, queued)] }),
    );
    assert.equal(conditionOf(statusOf(admitted), 'Progressing'), 'True Loading');
  });

  it('shows that Jobs are rejected, and retries on a timer', () => {
    const problem = { reason: 'QuotaExceeded', message: 'exceeded quota: jobs' };
    const decision = decide(observed(loadingRun({ problem })), NOW);
    assert.equal(conditionOf(statusOf(decision.actions), 'Progressing'), 'False QuotaExceeded');
    assert.equal(created(decision.actions).length, 1);
    assert.equal(decision.requeueAfterSeconds, 10);
    assert.equal(decide(observed(loadingRun()), NOW).requeueAfterSeconds, undefined);
  });

  it('reports a failed table immediately and continues with the others', () => {
    const failed = loadJob(users, { state: 'Failed', result: { task: 'Load', outcome: 'Failed', failure: BAD_ROW } });
    const actions = actionsFor(loadingRun({ jobs: [failed] }));
    assert.equal(statusOf(actions).phase, 'Loading');
    assert.deepEqual(statusOf(actions).failures, [BAD_ROW]);
    assert.match(
      statusOf(actions).message ?? '',
      /first failure: crm_v1.zip:users.dat, table users, line 7: not a number/,
    );
    const reported = ofType(actions, 'EmitEvent').filter(({ reason }) => reason === 'TableFailed');
    assert.deepEqual(
      reported.map(({ table: name }) => name),
      [undefined, table(users).name],
      'an event of the DumpIngestion, and one of the table',
    );
    assert.equal(created(actions).length, 1);
  });

  it('keeps the first ten failures', () => {
    const many = Array.from({ length: 15 }, (_, index) => table(failing(`t${index}`, NOT_A_LIST)));
    assert.equal(statusOf(actionsFor(loadingRun({ tables: many }))).failures?.length, 10);
  });
});

describe('deletion', () => {
  const deleted = (status: DumpIngestionStatus = CATALOGUED) =>
    ingestion(status, { deletionTimestamp: NOW.toISOString() });

  it('stops running Jobs once, starts nothing, and leaves tables alone', () => {
    const jobs = [loadJob(users), loadJob(courses, { deleting: true })];
    const actions = actionsFor({
      ingestion: deleted(),
      tables: [table(users), table(courses), table(entry('third'))],
      jobs,
    });
    assert.deepEqual(ofType(actions, 'DeleteJob'), [{ type: 'DeleteJob', name: loadJob(users).name }]);
    assert.deepEqual(created(actions), []);
    assert.equal(conditionOf(statusOf(actions), 'Progressing'), 'False Deleting');
  });

  it('starts nothing before the catalogue', () => {
    assert.deepEqual(created(actionsFor({ ingestion: deleted({}) })), []);
  });
});

describe('the result of a load', () => {
  it('is kept after its Job is deleted', () => {
    const job = loadJob(users, { state: 'Succeeded', result: loadResult() });
    const first = actionsFor({ ingestion: ingestion(CATALOGUED), tables: [table(users)], jobs: [job] });
    const [write] = ofType(first, 'WriteTableStatus');
    const second = actionsFor(
      { ingestion: ingestion(statusOf(first)), tables: [table(users, write?.status ?? {})] },
      secondsLater(3600),
    );
    assert.deepEqual(ofType(second, 'WriteTableStatus'), []);
    assert.deepEqual(created(second), [{ kind: 'Finish', mothers: ['users'], own: { loaded: 1 } }]);
  });
});

describe('statuses of tens of thousands of waiting tables', () => {
  const specs = Array.from({ length: 1201 }, (_, index) => entry(`table_${index}`));
  /** Reconciles until nothing is left; returns how many statuses each reconcile writes, and the tables. */
  const reconcileAll = (given: Observed) => {
    let { ingestion: run, tables } = given;
    const counts: number[] = [];
    for (let isMore = true; isMore;) {
      const { actions, requeueAfterSeconds } = decide({ ...given, ingestion: run, tables }, NOW);
      const written = new Map(ofType(actions, 'WriteTableStatus').map(({ name, status }) => [name, status]));
      const [status] = ofType(actions, 'WriteIngestionStatus');
      run = { ...run, status: status?.status ?? run.status };
      tables = tables.map((one) => ({ ...one, status: written.get(one.name) ?? one.status }));
      counts.push(written.size);
      isMore = requeueAfterSeconds === 1;
    }
    return { counts, tables };
  };

  it('are written in batches, so that they do not delay loads and the status of the DumpIngestion', () => {
    const started = loadJob(specs[1200] ?? users, { state: 'Running' });
    const { counts, tables } = reconcileAll(
      observed({ ingestion: ingestion(CATALOGUED), tables: specs.map((spec) => table(spec)), jobs: [started] }),
    );
    assert.deepEqual(counts, [501, 500, 200]);
    assert(tables.every(({ status }) => status.phase !== undefined));
  });

  it('show a suspension in batches, too, and the DumpIngestion immediately', () => {
    const tables = reconcileAll(
      observed({ ingestion: ingestion(CATALOGUED), tables: specs.map((spec) => table(spec)), jobs: [] }),
    ).tables;
    const suspended = observed({ ingestion: ingestion(CATALOGUED, SUSPENDED), tables, jobs: [] });
    assert.equal(statusOf(decide(suspended, NOW).actions).phase, 'Suspended');
    assert.deepEqual(reconcileAll(suspended).counts, [500, 500, 201]);
  });
});
