import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSharedJobName, sharedJobName } from '../../../crds/contract/names.ts';
import type { TableResult } from '../../../crds/contract/report.ts';
import type { ObservedJob, ObservedTable } from '../../../operator/decide/observed.ts';
import { CATALOGUED, entry, ingestion, loadJob, loadResult, nameOf, NOW, progress, table, UID } from '../fixtures.ts';
import { actionsFor, BAD_ROW, created, ofType } from './decisions.ts';

const MIB = 1024 * 1024;
const sized = (name: string, bytes: number) =>
  entry(name, { dat: { entry: `${name}.dat`, bytes, compressedBytes: 100, crc32: '00000000' } });
const small = (count: number, bytes = 1000) =>
  Array.from({ length: count }, (_, index) => sized(`t${String(index).padStart(3, '0')}`, bytes));
const run = (specs: readonly ReturnType<typeof entry>[], loading: string, jobs: readonly ObservedJob[] = []) => ({
  ingestion: ingestion(CATALOGUED, { spec: `loading: { ${loading} }` }),
  tables: specs.map((spec) => table(spec)),
  jobs,
});
/** The tables of each Job that is started. */
const started = (parts: ReturnType<typeof run>) =>
  created(actionsFor(parts)).map((work) =>
    work.kind === 'LoadBatch' ? work.tables.length : work.kind === 'Load' ? work.table.table : work.kind,
  );

describe('small tables', () => {
  it('have a Job each by default', () => {
    assert.deepEqual(started(run(small(5), 'maxParallelJobs: 3')), ['t000', 't001', 't002']);
  });

  it('share Jobs of up to so many tables', () => {
    assert.deepEqual(started(run(small(8), 'maxParallelJobs: 9, tablesPerJob: 3')), [3, 3, 2]);
    assert.deepEqual(started(run(small(7), 'maxParallelJobs: 9, tablesPerJob: 3')), [3, 3, 't006']);
  });

  it('share as few Jobs as pay, and more only to keep all slots busy', () => {
    assert.deepEqual(started(run(small(20), 'maxParallelJobs: 4, tablesPerJob: Auto')), [20]);
    assert.deepEqual(started(run(small(160), 'maxParallelJobs: 2, tablesPerJob: Auto')), [80, 80]);
    assert.deepEqual(started(run(small(900), 'maxParallelJobs: 2, tablesPerJob: Auto')), [100, 100]);
    assert.deepEqual(started(run(small(20, 15 * MIB), 'maxParallelJobs: 2, tablesPerJob: Auto')), [8, 8]);
  });

  it('do not share with large ones, which come first', () => {
    const specs = [...small(4), sized('large', 17 * MIB), sized('larger', 99 * MIB)];
    assert.deepEqual(started(run(specs, 'maxParallelJobs: 9, tablesPerJob: Auto')), ['larger', 'large', 4]);
    assert.deepEqual(started(run(specs, 'maxParallelJobs: 1, tablesPerJob: Auto')), ['larger']);
  });

  it('share a Job only as far as its task has room', () => {
    const long = small(40).map((spec) => ({ ...spec, message: 'x'.repeat(4000) }));
    const counts = started(run(long, 'maxParallelJobs: 9, tablesPerJob: 40'));
    assert.deepEqual(counts, [15, 15, 10]);
    const formats = Array.from(
      { length: 100 },
      (_, index) => `{ match: '${'a'.repeat(200)}${index}', nullMarker: '${'x'.repeat(60)}' }`,
    );
    const names = `maxParallelJobs: 9, tablesPerJob: 40 }\nformat: { tables: [${formats.join()}]`;
    assert.deepEqual(started(run(small(2), names)), ['t000', 't001'], 'a long manifest leaves no room');
  });
});

const [one, two, three] = small(3);
assert(one && two && three);
const THREE = [one, two, three];
const SHARED = 'maxParallelJobs: 2, tablesPerJob: 3';
const NAMES = THREE.map((spec) => nameOf(spec));
const shared = (more: Partial<ObservedJob> = {}): ObservedJob => ({
  name: sharedJobName('nightly', UID, NAMES),
  ...{ kind: 'LoadBatch', tableNames: NAMES, state: 'Running', attempts: 2, startTime: NOW.toISOString(), ...more },
});
const bad: TableResult = { task: 'Load', outcome: 'Failed', failure: BAD_ROW };
const statuses = (job: ObservedJob, tables?: readonly ObservedTable[]) => {
  const actions = actionsFor({ ...run(THREE, SHARED, [job]), ...(tables === undefined ? {} : { tables }) });
  return { actions, written: ofType(actions, 'WriteTableStatus').map(({ status }) => status) };
};
const succeeded = (results?: readonly TableResult[]) =>
  shared({
    state: 'Succeeded',
    result: { task: 'LoadBatch', outcome: 'Succeeded', results: { sha256: '' }, seconds: {} },
    ...(results === undefined ? {} : { results }),
  });
const failed = (more: Partial<ObservedJob> = {}) =>
  shared({ state: 'Failed', problem: { reason: 'BackoffLimitExceeded', message: 'OOMKilled' }, ...more });

describe('tables that share a Job', () => {
  it('run with it, each with its name and attempts, and are not started again', () => {
    const { actions, written } = statuses(shared());
    assert.deepEqual(
      written.map(({ phase, jobName, attempts, message }) => [phase, jobName, attempts, message]),
      NAMES.map(() => [
        'Running',
        shared().name,
        2,
        'the runner has started, attempt 2; it loads 2 other tables as well',
      ]),
    );
    assert.deepEqual(created(actions), []);
  });

  it('show how far each is, and the run how far all are', () => {
    const read = [{ table: 2, rows: 9, bytes: 900, compressedBytes: 100, seconds: 3 }];
    const { actions, written } = statuses(shared({ progress: progress({ tables: { current: 0, read } }) }));
    assert.deepEqual(
      written.map(({ phase, rows, percent, message }) => [phase, rows, percent, message]),
      [
        ['Running', 4, 40, 'step copy, attempt 2; it loads 2 other tables as well'],
        ['Running', undefined, undefined, 'the runner has started, attempt 2; it loads 2 other tables as well'],
        ['Running', 9, 100, 'step attach, attempt 2; it loads 2 other tables as well'],
      ],
    );
    const [{ status } = {}] = ofType(actions, 'WriteIngestionStatus');
    assert.deepEqual([status?.rows, status?.bytes], [13, 1300]);
  });

  it('end each as its own load has ended', () => {
    const { written } = statuses(succeeded([loadResult({ rows: 7 }), bad, loadResult({ outcome: 'AlreadyLoaded' })]));
    assert.deepEqual(
      written.map(({ phase, rows, failure, attempts }) => [phase, rows, failure?.code, attempts]),
      [
        ['Loaded', 7, undefined, 2],
        ['Failed', undefined, 'BadRow', 2],
        ['AlreadyLoaded', 10, undefined, 2],
      ],
    );
  });

  it('have a credible end with the name of a shared Job of this run, and with no other', () => {
    const { written } = statuses(succeeded([loadResult(), loadResult(), loadResult()]));
    assert(written.every(({ jobName = '' }) => isSharedJobName(jobName, UID) && !isSharedJobName(jobName, 'other')));
    const ended = THREE.map((spec, index) => ({ ...table(spec), status: written[index] ?? {} }));
    assert.deepEqual(
      created(actionsFor({ ...run(THREE, SHARED), tables: ended })).map(({ kind }) => kind),
      ['Finish'],
    );
    const forged = ended.map((each) => ({
      ...each,
      status: { ...each.status, jobName: sharedJobName('nightly', 'other', NAMES) },
    }));
    assert.deepEqual(started({ ...run(THREE, SHARED), tables: forged }), [3]);
  });

  it('are loaded once more, by one Job that is deleted once, if their results are lost', () => {
    const { actions, written } = statuses(succeeded());
    assert.deepEqual(
      written.map(({ phase }) => phase),
      ['Pending', 'Pending', 'Pending'],
    );
    assert.deepEqual(
      ofType(actions, 'DeleteJob').map(({ name }) => name),
      [shared().name],
    );
  });

  it('wait while their results cannot be read', () => {
    const resultsProblem = { reason: 'ResultsUnreadable', message: 'could not read the log of pod x: 502' };
    for (const job of [succeeded(), failed()]) {
      const { actions, written } = statuses({ ...job, resultsProblem });
      assert.deepEqual([created(actions), ofType(actions, 'DeleteJob')], [[], []]);
      assert(written.every(({ phase, message = '' }) => phase === 'Running' && message.endsWith('pod x: 502')));
    }
  });

  it('are loaded in Jobs of their own where it failed without a word about them, and the others keep their ends', () => {
    const { actions, written } = statuses(failed({ results: [loadResult(), null, bad] }));
    assert.deepEqual(
      written.map(({ phase, failure }) => [phase, failure?.code]),
      [
        ['Loaded', undefined],
        ['Failed', 'BadRow'],
        ['Pending', undefined],
      ],
      'those that wait are written last',
    );
    assert.deepEqual(
      created(actions).map((work) => work.kind === 'Load' && work.table.table),
      ['t001'],
    );
    assert.deepEqual(started(run(THREE, SHARED, [failed()])), ['t000', 't001'], 'as many as there are slots');
  });

  it('stay alone until they end, even once the failed Job is gone', () => {
    const { written } = statuses(failed());
    const tables = THREE.map((spec, index) => ({ ...table(spec), status: written[index] ?? {} }));
    const later = actionsFor({ ...run(THREE, SHARED), tables });
    assert.deepEqual(
      created(later).map(({ kind }) => kind),
      ['Load', 'Load'],
    );
    const own = loadJob(one);
    const running = actionsFor({ ...run(THREE, SHARED, [own]), tables });
    const [status] = ofType(running, 'WriteTableStatus').map((write) => write.status);
    assert.deepEqual(
      [status?.phase, status?.jobName, status?.conditions?.[0]?.reason],
      ['Running', own.name, 'BatchFailed'],
    );
    const ended = actionsFor({
      ...run(THREE, SHARED, [failed(), { ...own, state: 'Succeeded', result: loadResult() }]),
      tables,
    });
    const [loaded] = ofType(ended, 'WriteTableStatus').map((write) => write.status);
    assert.deepEqual([loaded?.phase, loaded?.jobName], ['Loaded', own.name]);
  });

  it('hold one slot together', () => {
    const others = small(5).slice(3);
    const parts = run([...THREE, ...others], 'maxParallelJobs: 2, tablesPerJob: 1', [shared()]);
    assert.deepEqual(started(parts), ['t003']);
  });

  it('stall the run by their common failure as one, and are not failed by it', () => {
    const failure = { kind: 'Transient', code: 'Sql28P01', message: 'password authentication failed' } as const;
    const jobs = [0, 1, 2].map((index) => {
      const specs = small(9).slice(3 * index, 3 * index + 3);
      const tableNames = specs.map((spec) => nameOf(spec));
      const result = { task: 'LoadBatch', outcome: 'Failed', failure } as const;
      return failed({ name: sharedJobName('nightly', UID, tableNames), tableNames, result });
    });
    const actions = actionsFor(run(small(9), SHARED, jobs));
    const [status] = ofType(actions, 'WriteIngestionStatus').map((write) => write.status);
    assert.equal(status?.stalled?.code, 'Sql28P01');
    assert.deepEqual(created(actions), []);
    assert(ofType(actions, 'WriteTableStatus').every((write) => write.status.phase === 'Pending'));
    assert.equal(
      actionsFor(run(small(6), SHARED, jobs.slice(0, 2))).filter(({ type }) => type === 'CreateJob').length,
      2,
    );
  });
});
