import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionStatus, TableIngestionStatus } from '../../../crds/contract/generated.ts';
import type { Action, CreateJob, EmitEvent } from '../../../operator/decide/action.ts';
import { findCondition } from '../../../operator/decide/conditions.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { Observed } from '../../../operator/decide/observed.ts';
import {
  catalogueJob,
  CATALOGUED,
  entry,
  failing,
  finishJob,
  ingestion,
  loadJob,
  loadResult,
  nameOf,
  NOW,
  observed,
  omit,
  progress,
  secondsLater,
  table,
} from '../fixtures.ts';

const users = entry('users');
const courses = entry('courses', {
  dat: { entry: 'courses.dat', bytes: 5000, compressedBytes: 400, crc32: '00000000' },
});
const notes = entry('notes', { decision: 'Skip', reason: 'NoMother', message: 'no mother table has this name' });
const NOT_A_LIST = {
  kind: 'Data',
  code: 'NotAList',
  message: 'the schema file is no list',
  file: 'crm_v1.zip',
  table: 'broken',
} as const;
const broken = failing('broken', NOT_A_LIST);

const SUSPENDED = { spec: 'suspend: true' };
const UNSCHEDULABLE = { reason: 'Unschedulable', message: '0/3 nodes are available' };
const catalogueFailure = {
  task: 'Catalogue',
  outcome: 'Failed',
  failure: { kind: 'Manifest', code: 'NoDumps', message: 'the folder is not there' },
} as const;
const badRow = {
  kind: 'Data',
  code: 'BadRow',
  message: 'not a number',
  file: 'crm_v1.zip:users.dat',
  table: 'users',
  line: 7,
} as const;

const act = (parts: Partial<Observed>, now = NOW) => decide(observed(parts), now).actions;
const of = <Type extends Action['type']>(actions: readonly Action[], type: Type) =>
  actions.filter((action): action is Extract<Action, { type: Type }> => action.type === type);
const statusOf = (actions: readonly Action[]): DumpIngestionStatus => {
  const [write] = of(actions, 'WriteIngestionStatus');
  assert(write, 'no status is written');
  return write.status;
};
const condition = (status: DumpIngestionStatus, type: Parameters<typeof findCondition>[1]) => {
  const { status: holds, reason } = findCondition(status.conditions, type) ?? assert.fail(`no condition ${type}`);
  return `${holds} ${reason}`;
};
const created = (actions: readonly Action[]): CreateJob['work'][] => of(actions, 'CreateJob').map(({ work }) => work);
const events = (actions: readonly Action[]): EmitEvent['reason'][] =>
  of(actions, 'EmitEvent').map(({ reason }) => reason);

describe('the catalogue', () => {
  it('begins with its Job, and says so in status and event', () => {
    const actions = act({});
    assert.deepEqual(created(actions), [{ kind: 'Catalogue' }]);
    assert.equal(statusOf(actions).phase, 'Pending');
    assert.equal(condition(statusOf(actions), 'Catalogued'), 'False Cataloguing');
    assert.equal(condition(statusOf(actions), 'Progressing'), 'True Cataloguing');
    assert.equal(statusOf(actions).startTime, NOW.toISOString());
    assert.deepEqual(events(actions), ['Cataloguing']);
  });

  it('is waited for while its Job runs', () => {
    const actions = act({ jobs: [catalogueJob()] });
    assert.deepEqual(created(actions), []);
    assert.equal(statusOf(actions).phase, 'Cataloguing');
  });

  it('is not begun while suspended', () => {
    const actions = act({ ingestion: ingestion({}, SUSPENDED) });
    assert.deepEqual(created(actions), []);
    assert.equal(statusOf(actions).phase, 'Suspended');
    assert.equal(condition(statusOf(actions), 'Suspended'), 'True Suspended');
    assert.equal(condition(statusOf(actions), 'Progressing'), 'False Suspended');
  });

  it('shows why its Job cannot run, and goes on by itself', () => {
    const stuck = statusOf(act({ jobs: [catalogueJob({ state: 'Pending', attempts: 0, problem: UNSCHEDULABLE })] }));
    assert.equal(stuck.phase, 'Pending');
    assert.equal(condition(stuck, 'Progressing'), 'False Unschedulable');
    assert.match(stuck.message ?? '', /0\/3 nodes/);
    const goesOn = statusOf(act({ ingestion: ingestion(stuck), jobs: [catalogueJob()] }));
    assert.equal(condition(goesOn, 'Progressing'), 'True Cataloguing');
  });

  it('fails the run where its Job fails, with the failure that the runner left', () => {
    const actions = act({ jobs: [catalogueJob({ state: 'Failed', result: catalogueFailure })] });
    const status = statusOf(actions);
    assert.equal(status.phase, 'Failed');
    assert.equal(condition(status, 'Failed'), 'True CatalogueFailed');
    assert.deepEqual(status.failures, [catalogueFailure.failure]);
    assert.match(status.message ?? '', /the folder is not there/);
    assert.deepEqual(events(actions), ['CatalogueFailed']);
  });

  it('fails the run where its report is whole and cannot be taken, and does not call it lost or make it again', () => {
    const catalogueTrouble = {
      reason: 'CatalogueInvalid',
      message: 'no TableIngestion can be made of its entry 2',
      isTransient: false,
    } as const;
    const actions = act({ jobs: [catalogueJob({ state: 'Succeeded' })], catalogueTrouble });
    assert.deepEqual(of(actions, 'DeleteJob'), []);
    const status = statusOf(actions);
    assert.equal(condition(status, 'Catalogued'), 'False CatalogueInvalid');
    assert.equal(condition(status, 'Failed'), 'True CatalogueFailed');
    assert.deepEqual(
      status.failures?.map(({ kind, code }) => [kind, code]),
      [['Data', 'CatalogueInvalid']],
    );
    assert.match(status.message ?? '', /its entry 2; leave that dump out/);
  });

  it('fails the run with what Kubernetes knows where the runner left no word', () => {
    const problem = { reason: 'DeadlineExceeded', message: 'the Job was active longer than its deadline' };
    const status = statusOf(act({ jobs: [catalogueJob({ state: 'Failed', problem })] }));
    assert.equal(status.failures?.[0]?.code, 'DeadlineExceeded');
    assert.equal(statusOf(act({ jobs: [catalogueJob({ state: 'Failed' })] })).failures?.[0]?.code, 'JobFailed');
  });

  it('becomes TableIngestions, and only when all of them exist is it there', () => {
    const found = { jobs: [catalogueJob({ state: 'Succeeded' })], catalogue: [users, courses, notes] };
    const applied = act({ ...found, tables: [table(users)] });
    assert.deepEqual(
      of(applied, 'ApplyTables').flatMap((action) => action.tables.map(({ name }) => name)),
      [nameOf(courses), nameOf(notes)],
    );
    assert.equal(condition(statusOf(applied), 'Catalogued'), 'False Cataloguing');
    const there = act({ ...found, tables: [users, courses, notes].map((spec) => table(spec)) });
    assert.deepEqual(of(there, 'ApplyTables'), []);
    assert.equal(condition(statusOf(there), 'Catalogued'), 'True Catalogued');
    assert.equal(statusOf(there).tables?.summary, '0/2');
    assert.deepEqual(created(there), [], 'no load before the status says that the catalogue is there');
  });

  it('is made once more where its report was lost, and only once', () => {
    const lost = act({ jobs: [catalogueJob({ state: 'Succeeded' })] });
    assert.equal(of(lost, 'DeleteJob').length, 1);
    assert.equal(condition(statusOf(lost), 'Catalogued'), 'False CatalogueLost');
    const again = act({ ingestion: ingestion(statusOf(lost)) });
    assert.deepEqual(created(again), [{ kind: 'Catalogue' }]);
    assert.equal(condition(statusOf(again), 'Catalogued'), 'False CatalogueLost');
    const twice = statusOf(
      act({ ingestion: ingestion(statusOf(again)), jobs: [catalogueJob({ state: 'Succeeded' })] }),
    );
    assert.equal(twice.phase, 'Failed');
    assert.equal(twice.failures?.[0]?.code, 'CatalogueLost');
  });

  it('is never made again once a load has begun, since that may drop tables', () => {
    for (const state of ['Succeeded', undefined] as const) {
      const actions = act({
        jobs: [...(state === undefined ? [] : [catalogueJob({ state })]), loadJob(users)],
        tables: [table(users)],
      });
      assert.deepEqual(created(actions), []);
      assert.deepEqual(of(actions, 'DeleteJob'), []);
      assert.equal(statusOf(actions).failures?.[0]?.code, 'CatalogueLost');
    }
  });

  it('is asked again for a table that somebody deleted on the way', () => {
    const actions = act({
      ingestion: ingestion(CATALOGUED),
      jobs: [catalogueJob({ state: 'Succeeded' })],
      catalogue: [users, notes],
      tables: [table(notes)],
    });
    assert.deepEqual(
      of(actions, 'ApplyTables').flatMap((action) => action.tables.map(({ name }) => name)),
      [nameOf(users)],
    );
    assert.equal(statusOf(actions).phase, 'Loading');
  });

  it('that is gone fails the run that lacks a table, once the others are loaded, and the count of tables stays', () => {
    const before = {
      ...CATALOGUED,
      tables: { ...statusOf(act({ ingestion: ingestion(CATALOGUED), tables: [table(users), table(notes)] })).tables },
    };
    const deleted = (status: TableIngestionStatus, more = {}) =>
      act({ ingestion: ingestion(before, more), tables: [table(users, status)] });
    const loading = deleted({ phase: 'Running' });
    assert.equal(statusOf(loading).tables?.total, 2);
    assert.equal(condition(statusOf(loading), 'Failed'), 'False InProgress');
    const loaded: TableIngestionStatus = { phase: 'Loaded', rows: 10, completionTime: NOW.toISOString() };
    const status = statusOf(deleted(loaded));
    assert.equal(condition(status, 'Failed'), 'True CatalogueLost');
    assert.match(status.message ?? '', /1 TableIngestions were deleted, and the catalogue is gone .* apply it again/);
    assert.deepEqual([status.tables?.summary, status.rows], ['1/2', 10]);
    assert.deepEqual(
      events(deleted(loaded, { deletionTimestamp: NOW.toISOString() })),
      ['Deleting'],
      'no failure of a run that goes',
    );
  });

  it('without any table completes the run and says where to look', () => {
    const actions = act({ jobs: [catalogueJob({ state: 'Succeeded' })], catalogue: [] });
    assert.equal(condition(statusOf(actions), 'Complete'), 'True NothingToLoad');
    assert.match(statusOf(actions).message ?? '', /spec\.source/);
    assert.deepEqual(events(actions), ['Catalogued', 'NothingToLoad']);
  });
});

describe('loading', () => {
  const run = (parts: Partial<Observed> = {}) => ({
    ingestion: ingestion(CATALOGUED),
    tables: [table(users), table(courses)],
    ...parts,
  });

  it('starts the largest tables first, as many as there are places', () => {
    const one = act(run({ ingestion: ingestion(CATALOGUED, { spec: 'loading: { maxParallelJobs: 1 }' }) }));
    assert.deepEqual(
      created(one).map((work) => work.kind === 'Load' && work.table.table),
      ['courses'],
    );
    assert.equal(created(act(run())).length, 2);
    assert.equal(created(act(run({ jobs: [loadJob(courses), loadJob(entry('other'))] }))).length, 0);
  });

  it('gives a place free only when a Job that is being deleted is gone', () => {
    const deleting = loadJob(courses, { state: 'Succeeded', deleting: true });
    assert.equal(
      created(
        act(run({ ingestion: ingestion(CATALOGUED, { spec: 'loading: { maxParallelJobs: 1 }' }), jobs: [deleting] })),
      ).length,
      0,
    );
  });

  it('starts nothing while suspended, lets running Jobs go on, and goes on when it is resumed', () => {
    const jobs = [loadJob(courses, { progress: progress() })];
    const suspended = act(run({ ingestion: ingestion(CATALOGUED, SUSPENDED), jobs }));
    assert.deepEqual(created(suspended), []);
    assert.deepEqual(of(suspended, 'DeleteJob'), []);
    assert.equal(statusOf(suspended).phase, 'Suspended');
    assert.equal(statusOf(suspended).tables?.running, 1);
    const resumed = act(run({ ingestion: ingestion(statusOf(suspended)), jobs }));
    assert.equal(created(resumed).length, 1);
    assert.equal(statusOf(resumed).phase, 'Loading');
    assert(events(resumed).includes('Resumed'));
  });

  it('counts tables, rows, bytes, percent and speed, running loads included', () => {
    const loaded = table(courses, {
      phase: 'Loaded',
      rows: 50,
      bytes: 5000,
      startTime: NOW.toISOString(),
      completionTime: secondsLater(1).toISOString(),
    });
    const actions = act(
      run({ tables: [loaded, table(users), table(notes)], jobs: [loadJob(users, { progress: progress() })] }),
      secondsLater(2),
    );
    const status = statusOf(actions);
    assert.deepEqual(status.tables, {
      summary: '1/2',
      total: 3,
      pending: 0,
      running: 1,
      loaded: 1,
      alreadyLoaded: 0,
      skipped: 1,
      failed: 0,
    });
    assert.equal(status.rows, 54);
    assert.equal(status.bytes, 5400);
    assert.equal(status.totalBytes, 6000);
    assert.equal(status.percent, 88, '440 of 500 compressed bytes');
    assert.equal(status.megabytesPerSecond, '0.0');
    assert.equal(status.rowsPerSecond, 27);
    assert.equal(status.secondsLeft, 1, '60 bytes at 220 a second');
    assert.deepEqual(status.versions, ['v1']);
  });

  it('expects of many small tables that their pods take their time, whatever their bytes', () => {
    const at = (seconds: number) => secondsLater(seconds).toISOString();
    const through = {
      phase: 'Loaded',
      bytes: 1000,
      seconds: { copy: 1 },
      startTime: at(0),
      completionTime: at(4),
    } as const;
    const small = Array.from({ length: 10 }, (_, index) => table(entry(`t${index}`)));
    const big = entry('big', { dat: { entry: 'big.dat', bytes: 1e6, compressedBytes: 1e5, crc32: '00000000' } });
    assert.equal(
      statusOf(act(run({ tables: [table(big, through), ...small] }), secondsLater(4))).secondsLeft,
      15,
      '10 times 3 s, two at once',
    );
  });

  it('does not write a status only because time passes within a second', () => {
    const before = run({ tables: [table(users)], jobs: [loadJob(users, { progress: progress() })] });
    const first = act(before, secondsLater(3.1));
    const tables = of(first, 'WriteTableStatus').map(({ status }) => table(users, status));
    assert.deepEqual(act({ ...before, ingestion: ingestion(statusOf(first)), tables }, secondsLater(3.9)), []);
  });

  it('sorts versions as people do', () => {
    const versions = ['v10', 'v2', 'v1'].map((version) =>
      table(entry('users', { dump: { file: `${version}.zip`, version } })),
    );
    assert.deepEqual(statusOf(act(run({ tables: versions }))).versions, ['v1', 'v2', 'v10']);
  });

  it('shows Jobs that cannot run: as the reason of no progress where none runs, else in the message', () => {
    const stuck = loadJob(users, {
      state: 'Pending',
      problem: { reason: 'ImagePullBackOff', message: 'no such image' },
    });
    const nothing = act(run({ jobs: [stuck] }));
    assert.equal(condition(statusOf(nothing), 'Progressing'), 'False ImagePullBackOff');
    assert(events(nothing).includes('ImagePullBackOff'));
    const some = statusOf(act(run({ jobs: [stuck, loadJob(courses)] })));
    assert.equal(condition(some, 'Progressing'), 'True Loading');
    assert.match(some.message ?? '', /ImagePullBackOff: no such image/);
  });

  it('shows that Jobs wait in a queue, which is no trouble, and that they are admitted', () => {
    const queued = {
      state: 'Pending',
      problem: { reason: 'WaitingForAdmission', message: 'waiting for admission by queue loads' },
    } as const;
    const waiting = act(run({ jobs: [loadJob(users, queued), loadJob(courses, queued)] }));
    assert.equal(condition(statusOf(waiting), 'Progressing'), 'False WaitingForAdmission');
    assert.match(statusOf(waiting).message ?? '', /waiting for admission by queue loads/);
    const [event] = of(waiting, 'EmitEvent').filter(({ reason }) => reason === 'WaitingForAdmission');
    assert.equal(event?.level, 'Normal');
    assert.deepEqual(created(waiting), [], 'a Job in a queue holds its place');
    const admitted = act(
      run({ ingestion: ingestion(statusOf(waiting)), jobs: [loadJob(users), loadJob(courses, queued)] }),
    );
    assert.equal(condition(statusOf(admitted), 'Progressing'), 'True Loading');
  });

  it('shows that Jobs are refused, and tries again by the clock', () => {
    const problem = { reason: 'QuotaExceeded', message: 'exceeded quota: jobs' };
    const decision = decide(observed(run({ problem })), NOW);
    assert.equal(condition(statusOf(decision.actions), 'Progressing'), 'False QuotaExceeded');
    assert.equal(created(decision.actions).length, 2);
    assert.equal(decision.requeueAfterSeconds, 10);
    assert.equal(decide(observed(run()), NOW).requeueAfterSeconds, undefined);
  });

  it('tells of a failed table at once and goes on with the others', () => {
    const failed = loadJob(users, { state: 'Failed', result: { task: 'Load', outcome: 'Failed', failure: badRow } });
    const actions = act(run({ jobs: [failed] }));
    assert.equal(statusOf(actions).phase, 'Loading');
    assert.deepEqual(statusOf(actions).failures, [badRow]);
    assert.match(
      statusOf(actions).message ?? '',
      /first failure: crm_v1.zip:users.dat, table users, line 7: not a number/,
    );
    assert(events(actions).includes('TableFailed'));
    assert.equal(created(actions).length, 1);
  });

  it('keeps the first ten failures', () => {
    const many = Array.from({ length: 15 }, (_, index) => table(failing(`t${index}`, NOT_A_LIST)));
    assert.equal(statusOf(act(run({ tables: many }))).failures?.length, 10);
  });
});

describe('the end', () => {
  const loaded = (spec = users) => table(spec, { phase: 'Loaded', rows: 10, completionTime: NOW.toISOString() });
  const run = (parts: Partial<Observed> = {}) => ({ ingestion: ingestion(CATALOGUED), tables: [loaded()], ...parts });

  it('comes with a finish Job for the mothers of loaded tables, each once', () => {
    const other = loaded(entry('users', { dump: { file: 'crm_v2.zip', version: 'v2' } }));
    const actions = act(run({ tables: [loaded(), other, loaded(courses), table(notes)] }));
    assert.deepEqual(created(actions), [{ kind: 'Finish', mothers: ['courses', 'users'] }]);
    assert.equal(statusOf(actions).phase, 'Finishing');
    assert.equal(condition(statusOf(actions), 'Progressing'), 'True Finishing');
  });

  it('is complete when the finish Job is through', () => {
    const actions = act(run({ jobs: [finishJob({ state: 'Succeeded' })] }));
    const status = statusOf(actions);
    assert.equal(status.phase, 'Complete');
    assert.equal(condition(status, 'Complete'), 'True AllTablesLoaded');
    assert.equal(condition(status, 'Failed'), 'False NotFailed');
    assert.equal(condition(status, 'Progressing'), 'False Ended');
    assert.equal(status.completionTime, NOW.toISOString());
    assert(events(actions).includes('AllTablesLoaded'));
  });

  it('needs no finish Job where no loaded table has a mother', () => {
    assert.equal(statusOf(act(run({ tables: [loaded(omit(users, 'mother'))] }))).phase, 'Complete');
  });

  it('waits for the finish Job while suspended', () => {
    const actions = act(run({ ingestion: ingestion(CATALOGUED, SUSPENDED) }));
    assert.deepEqual(created(actions), []);
    assert.equal(statusOf(actions).phase, 'Suspended');
  });

  it('is failed where tables failed, after the others are finished', () => {
    const tables = [loaded(), table(broken)];
    assert.deepEqual(created(act(run({ tables }))), [{ kind: 'Finish', mothers: ['users'] }]);
    const status = statusOf(act(run({ tables, jobs: [finishJob({ state: 'Succeeded' })] })));
    assert.equal(status.phase, 'Failed');
    assert.equal(condition(status, 'Failed'), 'True TablesFailed');
    assert.match(
      status.message ?? '',
      /1 of 2 tables failed; first: crm_v1.zip, table broken: the schema file is no list/,
    );
  });

  it('is failed where the finish Job failed, and says that the tables are there', () => {
    const failure = { kind: 'Transient', code: 'ConnectionLost', message: 'the server went away' } as const;
    const status = statusOf(
      act(run({ jobs: [finishJob({ state: 'Failed', result: { task: 'Finish', outcome: 'Failed', failure } })] })),
    );
    assert.equal(condition(status, 'Failed'), 'True FinishFailed');
    assert.match(status.message ?? '', /the tables are loaded, but/);
  });

  it('says so where nothing was loaded because all was there, or all was skipped', () => {
    const already = table(users, { phase: 'AlreadyLoaded', rows: 10 });
    const status = statusOf(act(run({ tables: [already], jobs: [finishJob({ state: 'Succeeded' })] })));
    assert.match(status.message ?? '', /0 tables loaded, 1 were there already/);
    assert.equal(status.rows, 0);
    assert.equal(condition(statusOf(act(run({ tables: [table(notes)] }))), 'Complete'), 'True NothingToLoad');
  });

  it('is final: nothing is done any more, and a later change of the spec is only acknowledged', () => {
    const complete = statusOf(act(run({ jobs: [finishJob({ state: 'Succeeded' })] })));
    const after = ingestion(complete);
    assert.deepEqual(act({ ingestion: after, tables: [table(users)] }, secondsLater(60)), []);
    const changed = { ...after, metadata: { ...after.metadata, generation: 2 } };
    assert.deepEqual(act({ ingestion: changed, tables: [table(users)] }), [
      { type: 'WriteIngestionStatus', status: { ...complete, observedGeneration: 2 } },
    ]);
  });
});

describe('a run that has ended', () => {
  const complete = statusOf(
    act({
      ingestion: ingestion(CATALOGUED),
      tables: [table(users, { phase: 'Loaded' })],
      jobs: [finishJob({ state: 'Succeeded' })],
    }),
  );
  const after = (seconds: number, spec: string) =>
    decide(
      observed({ ingestion: ingestion(complete, { spec }), tables: [table(users, { phase: 'Loaded' })] }),
      secondsLater(seconds),
    );

  it('stays for good where the manifest does not say how long', () => {
    assert.deepEqual(after(1e9, ''), { actions: [] });
  });

  it('stays for the time that the manifest says, looking again when it is over or in an hour', () => {
    assert.deepEqual(after(20, 'ttlSecondsAfterFinished: 60'), { actions: [], requeueAfterSeconds: 40 });
    assert.deepEqual(after(59.5, 'ttlSecondsAfterFinished: 60'), { actions: [], requeueAfterSeconds: 1 });
    assert.deepEqual(after(20, 'ttlSecondsAfterFinished: 86400'), { actions: [], requeueAfterSeconds: 3600 });
  });

  it('says that it goes and goes when its time is over', () => {
    for (const [seconds, spec] of [
      [60, 'ttlSecondsAfterFinished: 60'],
      [0, 'ttlSecondsAfterFinished: 0'],
    ] as const) {
      const { actions, requeueAfterSeconds } = after(seconds, spec);
      assert.deepEqual(
        actions.map(({ type }) => type),
        ['EmitEvent', 'DeleteIngestion'],
      );
      assert.deepEqual(events(actions), ['Expired']);
      assert.equal(requeueAfterSeconds, undefined);
    }
  });

  it('is not deleted twice', () => {
    const deleted = ingestion(complete, { spec: 'ttlSecondsAfterFinished: 0', deletionTimestamp: NOW.toISOString() });
    assert.deepEqual(act({ ingestion: deleted }, secondsLater(9)), []);
  });

  it('and failed goes in the same way', () => {
    const failed = statusOf(act({ jobs: [catalogueJob({ state: 'Failed', result: catalogueFailure })] }));
    const actions = act({ ingestion: ingestion(failed, { spec: 'ttlSecondsAfterFinished: 5' }) }, secondsLater(5));
    assert.equal(of(actions, 'DeleteIngestion').length, 1);
  });
});

describe('deletion', () => {
  const deleted = (status: DumpIngestionStatus = CATALOGUED) =>
    ingestion(status, { deletionTimestamp: NOW.toISOString() });

  it('stops running Jobs once, starts nothing, and touches no table', () => {
    const jobs = [loadJob(users), loadJob(courses, { deleting: true })];
    const actions = act({ ingestion: deleted(), tables: [table(users), table(courses), table(entry('third'))], jobs });
    assert.deepEqual(of(actions, 'DeleteJob'), [{ type: 'DeleteJob', name: loadJob(users).name }]);
    assert.deepEqual(created(actions), []);
    assert.equal(condition(statusOf(actions), 'Progressing'), 'False Deleting');
  });

  it('before the catalogue starts nothing', () => {
    assert.deepEqual(created(act({ ingestion: deleted({}) })), []);
  });
});

describe('conditions', () => {
  it('move their time only when their status changes', () => {
    const first = statusOf(act({}));
    const later = statusOf(
      act(
        { ingestion: ingestion(first), jobs: [catalogueJob({ state: 'Failed', result: catalogueFailure })] },
        secondsLater(9),
      ),
    );
    assert.equal(findCondition(later.conditions, 'Catalogued')?.lastTransitionTime, NOW.toISOString());
    assert.equal(findCondition(later.conditions, 'Failed')?.lastTransitionTime, secondsLater(9).toISOString());
  });

  it('speak of the generation that was seen', () => {
    const given = ingestion();
    const status = statusOf(act({ ingestion: { ...given, metadata: { ...given.metadata, generation: 4 } } }));
    assert.equal(status.observedGeneration, 4);
    assert(status.conditions?.every(({ observedGeneration }) => observedGeneration === 4));
  });

  it('keep within the bounds of the CRD however long a message is', () => {
    const problem = { reason: 'FailedCreate', message: 'x'.repeat(50_000) };
    const status = statusOf(act({ jobs: [catalogueJob({ state: 'Pending', problem })] }));
    assert((status.message?.length ?? 0) <= 4096);
    assert(status.conditions?.every(({ message }) => message.length <= 32_768));
  });
});

describe('ten thousands of tables that wait', () => {
  const specs = Array.from({ length: 1201 }, (_, index) => entry(`table_${index}`));
  /** Looks again and again; how many tables' statuses each look writes. */
  const look = (given: Observed) => {
    let { ingestion: run, tables } = given;
    const counts: number[] = [];
    for (let isMore = true; isMore;) {
      const { actions, requeueAfterSeconds } = decide({ ...given, ingestion: run, tables }, NOW);
      const written = new Map(of(actions, 'WriteTableStatus').map(({ name, status }) => [name, status]));
      const [status] = of(actions, 'WriteIngestionStatus');
      run = { ...run, status: status?.status ?? run.status };
      tables = tables.map((one) => ({ ...one, status: written.get(one.name) ?? one.status }));
      counts.push(written.size);
      isMore = requeueAfterSeconds === 1;
    }
    return { counts, tables };
  };

  it('are told so by the hundred, so that loads and the status of the DumpIngestion do not wait for them', () => {
    const started = loadJob(specs[1200] ?? users, { state: 'Running' });
    const { counts, tables } = look(
      observed({ ingestion: ingestion(CATALOGUED), tables: specs.map((spec) => table(spec)), jobs: [started] }),
    );
    assert.deepEqual(counts, [501, 500, 200]);
    assert(tables.every(({ status }) => status.phase !== undefined));
  });

  it('hear of a suspension in the same way, the DumpIngestion at once', () => {
    const tables = look(
      observed({ ingestion: ingestion(CATALOGUED), tables: specs.map((spec) => table(spec)), jobs: [] }),
    ).tables;
    const suspended = observed({ ingestion: ingestion(CATALOGUED, SUSPENDED), tables, jobs: [] });
    assert.equal(statusOf(decide(suspended, NOW).actions).phase, 'Suspended');
    assert.deepEqual(look(suspended).counts, [500, 500, 201]);
  });
});

describe('the result of a load', () => {
  it('is not forgotten when its Job is gone', () => {
    const job = loadJob(users, { state: 'Succeeded', result: loadResult() });
    const first = act({ ingestion: ingestion(CATALOGUED), tables: [table(users)], jobs: [job] });
    const [write] = of(first, 'WriteTableStatus');
    const second = act(
      { ingestion: ingestion(statusOf(first)), tables: [table(users, write?.status ?? {})] },
      secondsLater(3600),
    );
    assert.deepEqual(of(second, 'WriteTableStatus'), []);
    assert.deepEqual(created(second), [{ kind: 'Finish', mothers: ['users'] }]);
  });
});
