import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import type { Failure } from '../../../crds/contract/errors.ts';
import { isTrue } from '../../../operator/decide/conditions.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { Observed, ObservedJob } from '../../../operator/decide/observed.ts';
import { reconcile } from '../../../operator/engine/reconcile.ts';
import {
  CATALOGUED,
  entry,
  ingestion,
  loadJob,
  loadResult,
  nameOf,
  observed,
  secondsLater,
  table,
} from '../fixtures.ts';
import { actionsFor, conditionOf, created, events, ofType, statusOf } from './decisions.ts';
import { ModelWorld } from './model-world.ts';

const [one, two, three, four, five] = ['one', 'two', 'three', 'four', 'five'].map((name, index) =>
  entry(name, { dat: { entry: `${name}.dat`, bytes: 100 * (5 - index), compressedBytes: 10, crc32: '00000000' } }),
) as [Spec, Spec, Spec, Spec, Spec];
type Spec = ReturnType<typeof entry>;
const all = [one, two, three, four, five];

const PASSWORD: Failure = { kind: 'Manifest', code: 'Sql28P01', message: 'password authentication failed' };
const FULL: Failure = {
  kind: 'Transient',
  code: 'Sql53100',
  message: 'could not extend file: no space left on device',
};
const BAD_ROW: Failure = { kind: 'Data', code: 'BadRow', message: 'not a number' };
const UNKNOWN: Failure = { kind: 'Manifest', code: 'Sql42P01', message: 'relation does not exist' };

/** A Job that started and ended so many seconds after the beginning. */
function failedJob(spec: Spec, failure: Failure, start = 1): ObservedJob {
  const result = { task: 'Load', outcome: 'Failed', failure } as const;
  const times = { startTime: secondsLater(start).toISOString(), completionTime: secondsLater(start + 1).toISOString() };
  return loadJob(spec, { state: 'Failed', result, ...times });
}
function loadedJob(spec: Spec, start: number): ObservedJob {
  const times = { startTime: secondsLater(start).toISOString(), completionTime: secondsLater(start + 1).toISOString() };
  return loadJob(spec, { state: 'Succeeded', result: loadResult(), ...times });
}

const run = (
  jobs: readonly ObservedJob[],
  status: DumpIngestionStatus = CATALOGUED,
  generation = 1,
): Partial<Observed> => {
  const now = ingestion({ observedGeneration: 1, ...status });
  return {
    ingestion: { ...now, metadata: { ...now.metadata, generation } },
    tables: all.map((spec) => table(spec)),
    jobs,
  };
};
const startedBy = (parts: Partial<Observed>, seconds: number) =>
  created(actionsFor(parts, secondsLater(seconds))).map((work) =>
    work.kind === 'Load' ? work.table.table : work.kind,
  );
/** The status of a run that has stalled ten seconds after the beginning. */
const stalled = statusOf(actionsFor(run([one, two, three].map((spec) => failedJob(spec, PASSWORD))), secondsLater(10)));
const held = [one, two, three].map((spec) => failedJob(spec, PASSWORD));

describe('loads that fail for a reason that is not theirs', () => {
  it('stall the run from the third on: no Job is started, all of them stay pending, and a condition says why', () => {
    const parts = run(held);
    const actions = actionsFor(parts, secondsLater(10));
    assert.deepEqual(startedBy(parts, 10), []);
    const status = statusOf(actions);
    assert.equal(conditionOf(status, 'Stalled'), 'True Stalled');
    assert.equal(conditionOf(status, 'Progressing'), 'False Stalled');
    assert.match(status.message ?? '', /failed with Sql28P01: password authentication failed; one is tried at 2026-/);
    assert.deepEqual(status.stalled, {
      ...{ code: 'Sql28P01', message: PASSWORD.message, since: secondsLater(10).toISOString(), probes: 0 },
      nextProbeTime: secondsLater(40).toISOString(),
    });
    assert.deepEqual([status.tables?.failed, status.tables?.pending], [0, 5]);
    assert(events(actions).includes('Stalled'));
    assert.equal(decide(observed(parts), secondsLater(10)).requeueAfterSeconds, 30);
  });

  const NOT: [what: string, jobs: readonly ObservedJob[]][] = [
    ['there are two', held.slice(0, 2)],
    ['each is about its table', [one, two, three].map((spec) => failedJob(spec, BAD_ROW))],
    ['nobody knows whether they are', [one, two, three].map((spec) => failedJob(spec, UNKNOWN))],
    ['they differ', [failedJob(one, PASSWORD), failedJob(two, PASSWORD), failedJob(three, FULL)]],
    ['a load that began later went well', [...held, loadedJob(four, 2)]],
  ];
  for (const [what, jobs] of NOT) {
    it(`do not stall it if ${what}`, () => {
      const actions = actionsFor(run(jobs), secondsLater(10));
      assert.equal(conditionOf(statusOf(actions), 'Stalled'), 'False NotStalled');
      assert(created(actions).length > 0);
      assert.equal(statusOf(actions).tables?.failed, jobs.filter(({ state }) => state === 'Failed').length);
    });
  }

  it('count with those that have their final status', () => {
    const status = { phase: 'Failed', failure: FULL, startTime: secondsLater(1).toISOString() } as const;
    const tables = all.map((spec, index) => table(spec, index < 2 ? status : {}));
    const actions = actionsFor({ ...run([failedJob(three, FULL, 3)]), tables }, secondsLater(10));
    assert.deepEqual([statusOf(actions).stalled?.code, created(actions)], ['Sql53100', []]);
  });
});

describe('a stalled run', () => {
  it('writes nothing until the next try is due, and then starts the smallest table alone', () => {
    assert.deepEqual(startedBy(run(held, stalled), 39), []);
    assert.deepEqual(startedBy(run(held, stalled), 40), ['five']);
    const status = statusOf(actionsFor(run(held, stalled), secondsLater(40)));
    assert.deepEqual([status.stalled?.probes, status.stalled?.nextProbeTime], [1, secondsLater(100).toISOString()]);
    const probing = loadJob(five, { startTime: secondsLater(41).toISOString() });
    assert.deepEqual(startedBy(run([...held, probing], status), 200), []);
  });

  it('does not wait for a clock that was set back to be there again', () => {
    assert.deepEqual(startedBy(run(held, stalled), -600), ['five']);
  });

  it('tries another table after each that failed, then those that failed before, oldest first', () => {
    const failed = [...held.slice(1), failedJob(one, PASSWORD, 0), failedJob(five, PASSWORD, 41)];
    assert.deepEqual(startedBy(run(failed, stalled), 200), ['four']);
    const every = [...failed, failedJob(four, FULL, 101)];
    const actions = actionsFor(run(every, stalled), secondsLater(200));
    assert.deepEqual(
      ofType(actions, 'DeleteJob').map(({ name }) => name),
      [loadJob(one).name],
    );
    assert.deepEqual([statusOf(actions).stalled?.code, created(actions)], ['Sql53100', []]);
  });

  it('tries at once when the manifest is changed, and starts nothing while suspended', () => {
    assert.deepEqual(startedBy(run(held, stalled, 2), 11), ['five']);
    const suspended = ingestion({ observedGeneration: 1, ...stalled }, { spec: 'suspend: true' });
    assert.deepEqual(startedBy({ ...run(held, stalled), ingestion: suspended }, 500), []);
  });

  it('goes on when a load that began since then goes well, and repeats those that failed', () => {
    const early = actionsFor(run([...held, loadedJob(five, 9)], stalled), secondsLater(60));
    assert.equal(conditionOf(statusOf(early), 'Stalled'), 'True Stalled');
    const tables = all.map((spec) => ({ ...table(spec), status: heldStatus(spec) }));
    const parts = { ...run([...held, loadedJob(five, 41)], stalled), tables };
    const actions = actionsFor(parts, secondsLater(60));
    const status = statusOf(actions);
    assert.deepEqual([conditionOf(status, 'Stalled'), status.stalled], ['False NotStalled', undefined]);
    assert.deepEqual(
      ofType(actions, 'DeleteJob').map(({ name }) => name),
      held.map(({ name }) => name),
    );
    assert.equal(status.tables?.failed, 0);
    // The watch may report the deletion late.
    const again = actionsFor(
      { ...parts, ingestion: ingestion({ observedGeneration: 1, ...status }) },
      secondsLater(61),
    );
    assert.equal(ofType(again, 'DeleteJob').length, 3);
  });

  const heldStatus = (spec: Spec) => {
    const writes = ofType(actionsFor(run(held), secondsLater(10)), 'WriteTableStatus');
    return writes.find(({ name }) => name === nameOf(spec))?.status ?? {};
  };
});

describe('a run of 200 tables', () => {
  it('starts fewer than 20 Jobs in two hours with a wrong password, and loads every table once it is right', async () => {
    const tables = Array.from({ length: 200 }, (_, index) => ({ spec: entry(`t${index}`), fate: 'Loaded' as const }));
    const world = new ModelWorld({ tables, maxParallelJobs: 3, catalogueFails: false, finishFails: false });
    const turn = async () => {
      await reconcile('default/nightly', world);
      for (const name of world.activeJobs) world.advance(name);
      world.tick();
    };
    while (!isTrue(world.end.ingestion.status.conditions, 'Catalogued')) await turn();
    world.runner.outage = PASSWORD;
    for (let second = 0; second < 7200; second++) await turn();
    const loads = [...world.created.values()].reduce((sum, count) => sum + count, 0) - 1;
    assert(loads > 10 && loads < 20, `${loads} Jobs`);
    world.runner.outage = undefined;
    for (let second = 0; second < 1500; second++) await turn();
    assert.equal(world.end.ingestion.status.phase, 'Complete');
    assert.equal(world.runner.ledger.size, 200);
  });
});
