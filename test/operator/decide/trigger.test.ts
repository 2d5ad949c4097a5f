import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  DumpIngestionStatus,
  TableIngestionSpec,
  TableIngestionStatus,
} from '../../../crds/contract/generated.ts';
import { jobName, runIdentity, tableIngestionName } from '../../../crds/contract/names.ts';
import { buildCatalogueTask } from '../../../operator/build/task.ts';
import type { Observed, ObservedTable } from '../../../operator/decide/observed.ts';
import { tablesOfRuns } from '../../../operator/decide/runs.ts';
import { catalogueJob, ingestion, NOW, secondsLater, table, UID } from '../fixtures.ts';
import {
  actionsFor,
  BAD_ROW,
  broken,
  conditionOf,
  courses,
  created,
  events,
  ofType,
  statusOf,
  users,
} from './decisions.ts';
import { checkStatus } from './check-status.ts';

/** How a run ended in which courses was loaded and users was not. */
const FAILED: DumpIngestionStatus = {
  observedGeneration: 1,
  phase: 'Failed',
  startTime: NOW.toISOString(),
  completionTime: secondsLater(60).toISOString(),
  tables: { summary: '1/2', total: 2, failed: 1 },
  rows: 10,
  conditions: (['Catalogued', 'Failed'] as const).map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: NOW.toISOString(),
    reason: type === 'Failed' ? 'TablesFailed' : 'Catalogued',
    message: '1 of 2 tables failed',
  })),
};
const loaded = table(courses, { phase: 'Loaded', rows: 10 });
const failed = table(users, { phase: 'Failed', failure: BAD_ROW });

const ended = (spec: string, status = FAILED): Partial<Observed> => ({
  ingestion: ingestion(status, { spec }),
  tables: [loaded, failed],
});
const triggered = (spec: string, status = FAILED) => actionsFor(ended(spec, status), secondsLater(100));

/** A TableIngestion of the second run. */
function again(spec: TableIngestionSpec, status: TableIngestionStatus = {}): ObservedTable {
  const name = tableIngestionName('nightly', runIdentity(UID, 2), spec);
  return { name, generation: 1, spec: { ...spec, run: 2 }, status };
}

describe('a DumpIngestion that has ended', () => {
  it('runs again when spec.trigger is set, with a new status that keeps how the run before ended', () => {
    const actions = triggered('trigger: monday');
    const status = statusOf(actions);
    checkStatus('DumpIngestion', status);
    assert.deepEqual(
      [status.phase, status.startTime, status.completionTime, status.tables, status.failures],
      ['Pending', secondsLater(100).toISOString(), undefined, undefined, undefined],
    );
    assert.equal(conditionOf(status, 'Catalogued'), 'False Cataloguing');
    assert.equal(conditionOf(status, 'Failed'), 'False InProgress');
    assert.deepEqual(status.run, { number: 2, trigger: 'monday', retryPolicy: 'FailedTables', since: 1 });
    const before = {
      phase: 'Failed',
      reason: 'TablesFailed',
      message: '1 of 2 tables failed',
      tables: '1/2',
      failed: 1,
    };
    const { startTime, completionTime } = FAILED;
    assert.deepEqual(status.runs, [{ number: 1, ...before, rows: 10, startTime, completionTime }]);
    assert.deepEqual(events(actions), ['Triggered', 'Cataloguing']);
  });

  it('does not run again for the trigger that it has run for, nor without one, nor while it is being deleted', () => {
    const run = { number: 1, since: 1, trigger: 'monday' };
    assert.deepEqual(ofType(triggered('trigger: monday', { ...FAILED, run }), 'WriteIngestionStatus'), []);
    assert.deepEqual(ofType(triggered('', { ...FAILED, run }), 'WriteIngestionStatus'), []);
    const deletionTimestamp = NOW.toISOString();
    assert.deepEqual(actionsFor({ ingestion: ingestion(FAILED, { spec: 'trigger: tuesday', deletionTimestamp }) }), []);
  });

  it('is not deleted after its TTL when it is triggered first', () => {
    const actions = actionsFor(ended('trigger: monday\nttlSecondsAfterFinished: 0'), secondsLater(1e6));
    assert.deepEqual(ofType(actions, 'DeleteIngestion'), []);
    assert.equal(statusOf(actions).run?.number, 2);
  });

  it('keeps the last ten runs', () => {
    const runs = [3, 2, 1].flatMap((tens) => Array.from({ length: tens === 3 ? 4 : 3 }, (_, i) => tens * 10 - i));
    const past = runs.map((number) => ({ number, phase: 'Failed', reason: 'TablesFailed', message: '' }) as const);
    const status = statusOf(triggered('trigger: last', { ...FAILED, run: { number: 31, since: 1 }, runs: past }));
    assert.deepEqual(
      status.runs?.map(({ number }) => number),
      [31, ...runs.slice(0, 9)],
    );
  });
});

describe('the first run', () => {
  it('has the trigger that the manifest had when it began, whatever it becomes meanwhile', () => {
    const first = statusOf(actionsFor({ ingestion: ingestion({}, { spec: 'trigger: monday' }) }));
    assert.deepEqual(first.run, { number: 1, since: 1, trigger: 'monday' });
    const parts = { ingestion: ingestion(first, { spec: 'trigger: tuesday' }), jobs: [catalogueJob()] };
    assert.equal(statusOf(actionsFor(parts)).run?.trigger, 'monday');
  });

  it('has no trigger if it was set after the beginning', () => {
    const parts = {
      ingestion: ingestion(statusOf(actionsFor({})), { spec: 'trigger: monday' }),
      jobs: [catalogueJob()],
    };
    assert.equal(statusOf(actionsFor(parts)).run, undefined);
  });
});

describe('a run of the tables that failed', () => {
  const { run, runs = [] } = statusOf(triggered('trigger: monday\nmotherTables: { policy: Recreate }'));
  const status: DumpIngestionStatus = { ...(run === undefined ? {} : { run }), runs, startTime: NOW.toISOString() };
  const second = ingestion(status, { spec: 'trigger: monday\nmotherTables: { policy: Recreate }' });
  const inRun = (all: readonly ObservedTable[], more: Partial<Observed> = {}) =>
    actionsFor({ ingestion: second, ...tablesOfRuns(second, all), ...more }, secondsLater(200));
  /** Its catalogue is done. */
  const catalogued = { ...status, conditions: FAILED.conditions?.slice(0, 1) ?? [] };
  const loading = ingestion(catalogued, { spec: 'trigger: monday' });
  const finish = {
    name: jobName('nightly', runIdentity(UID, 2), 'Finish'),
    kind: 'Finish',
    state: 'Succeeded',
    attempts: 1,
  } as const;
  const secondCatalogue = catalogueJob({ name: jobName('nightly', runIdentity(UID, 2), 'Catalogue') });
  const done = { jobs: [{ ...secondCatalogue, state: 'Succeeded' as const }], catalogue: [users, courses] };

  it('reads the dumps again in a Job of its own, which drops nothing of what is loaded', () => {
    const [job] = ofType(inRun([loaded, failed]), 'CreateJob');
    assert.equal(job?.name, secondCatalogue.name);
    assert.deepEqual(job.work, { kind: 'Catalogue', keepsTables: true });
    const context = { volumeFolder: '/dumps', dialectFiles: {}, records: 'Hidden' } as const;
    assert.equal(buildCatalogueTask(second, context, true).motherTables.policy, 'Create');
    assert.equal(buildCatalogueTask(second, context).motherTables.policy, 'Recreate');
  });

  it('may drop as the manifest says if nothing has been loaded', () => {
    assert.deepEqual(created(inRun([failed])), [{ kind: 'Catalogue' }]);
  });

  it('creates a TableIngestion for what failed, and for what is new, and none for what is loaded', () => {
    const [apply] = ofType(inRun([loaded, failed], { ...done, catalogue: [users, courses, broken] }), 'ApplyTables');
    assert.deepEqual(
      apply?.tables.map(({ name, spec }) => [name, spec.table, spec.run]),
      [users, broken].map((spec) => [again(spec).name, spec.table, 2]),
    );
  });

  it('then deletes the one that has failed, and counts the loaded one', () => {
    const actions = inRun([loaded, failed, again(users)], done);
    assert.deepEqual(ofType(actions, 'DeleteTable'), [{ type: 'DeleteTable', name: failed.name }]);
    const { tables, rows, conditions } = statusOf(actions);
    assert.deepEqual([tables?.summary, tables?.pending, tables?.loaded, rows], ['1/2', 1, 1, 10]);
    assert.match(conditions?.[0]?.message ?? '', /^found 1 table in 1 dump besides 1 of earlier runs: 1 to load/);
  });

  it('is complete once the failed ones are loaded, and says how fast these were', () => {
    const jobName2 = jobName('nightly', runIdentity(UID, 2), 'Load', again(users).name);
    const conditions = [
      {
        type: 'Complete',
        status: 'True' as const,
        lastTransitionTime: NOW.toISOString(),
        reason: 'Loaded',
        message: '',
      },
    ];
    const times = { startTime: secondsLater(150).toISOString(), completionTime: secondsLater(152).toISOString() };
    const end = {
      phase: 'Loaded',
      rows: 4,
      bytes: 2e6,
      seconds: { copy: 2 },
      jobName: jobName2,
      conditions,
      ...times,
    } as const;
    const parts = tablesOfRuns(loading, [loaded, again(users, end)]);
    const result = statusOf(actionsFor({ ingestion: loading, ...parts, jobs: [finish] }, secondsLater(200)));
    assert.deepEqual(
      [result.phase, result.tables?.summary, result.rows, result.megabytesPerSecond],
      ['Complete', '2/2', 14, '1.0'],
    );
    assert.equal(result.message, '2 tables loaded');
    const ending = actionsFor({ ingestion: loading, ...parts }, secondsLater(200));
    const earlier = { runs: [UID], loaded: 1 };
    assert.deepEqual(created(ending), [{ kind: 'Finish', mothers: ['courses', 'users'], own: { loaded: 1 }, earlier }]);
  });

  it('fails again with a table that failed and is in no dump any more', () => {
    const result = statusOf(
      actionsFor({ ingestion: loading, ...tablesOfRuns(loading, [loaded, failed]), jobs: [finish] }, secondsLater(200)),
    );
    assert.deepEqual([result.phase, result.tables?.failed, result.failures], ['Failed', 1, [BAD_ROW]]);
  });

  it('fails if the end of an earlier table was lost together with its dump, since nobody knows what became of it', () => {
    const forged = { ...failed, status: { phase: 'Loaded' } as const };
    const result = statusOf(
      actionsFor({ ingestion: loading, ...tablesOfRuns(loading, [loaded, forged]), jobs: [finish] }, secondsLater(200)),
    );
    assert.deepEqual([result.phase, result.failures?.map(({ code }) => code)], ['Failed', ['ResultLost']]);
  });
});

describe('a run of all tables', () => {
  const spec = 'trigger: monday\nretryPolicy: All\nmotherTables: { policy: Recreate }';
  const { run } = statusOf(triggered(spec));
  const second = ingestion({ ...(run === undefined ? {} : { run }), startTime: NOW.toISOString() }, { spec });

  it('counts nothing of earlier runs, deletes their TableIngestions, and drops as the manifest says', () => {
    assert.equal(run?.since, 2);
    const parts = tablesOfRuns(second, [loaded, failed]);
    assert.deepEqual(parts, { tables: [], earlier: [], superseded: [loaded.name, failed.name], unread: [] });
    const actions = actionsFor({ ingestion: second, ...parts });
    assert.deepEqual(created(actions), [{ kind: 'Catalogue' }]);
    assert.equal(ofType(actions, 'DeleteTable').length, 2);
  });

  it('deletes thousands in several reconciles, also after its end', () => {
    const superseded = Array.from({ length: 450 }, (_, index) => `table-${index}`);
    assert.equal(ofType(actionsFor({ ingestion: second, superseded }), 'DeleteTable').length, 200);
    const left = actionsFor({ ingestion: ingestion(FAILED), superseded: superseded.slice(0, 50) });
    assert.equal(ofType(left, 'DeleteTable').length, 50);
  });

  it('leaves nothing of before to a run of failed tables that follows it, since tables may have been dropped', () => {
    const status = { ...FAILED, run: { number: 2, since: 2, trigger: 'monday', retryPolicy: 'All' as const } };
    const third = statusOf(triggered('trigger: tuesday', status)).run;
    assert.deepEqual(third, { number: 3, since: 2, trigger: 'tuesday', retryPolicy: 'FailedTables' });
    const parts = tablesOfRuns(ingestion({ run: third }), [loaded, again(users)]);
    assert.deepEqual(parts, { tables: [], earlier: [again(users)], superseded: [loaded.name], unread: [] });
  });
});
