import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Action } from '../../../operator/decide/action.ts';
import { subjectOf } from '../../../operator/decide/runs.ts';
import { OutdatedError, reconcile } from '../../../operator/engine/reconcile.ts';
import { ModelWorld } from '../decide/model-world.ts';
import {
  ALL_EVENTS,
  checkEnd,
  happen,
  KEY,
  KIND_EVENTS,
  reconcileOnce,
  repair,
  runToEnd,
  scenario,
  steps,
} from './model-run.ts';

describe('reconciling, whatever happens and whenever the operator is killed', () => {
  it('reaches the right end, creating each Job once and never too many', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, steps(KIND_EVENTS), async (given, list) => {
        const world = new ModelWorld(given);
        await runToEnd(world, list);
        checkEnd(world);
        for (const [name, count] of world.created) assert.equal(count, 1, `${name} was created ${count} times`);
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('reaches the right end even if results are lost, Jobs expire and templates change', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, steps(ALL_EVENTS), async (given, list) => {
        const world = new ModelWorld(given);
        await runToEnd(world, list);
        checkEnd(world);
      }),
      { seed: 4, numRuns: 400 },
    );
  });

  it('runs again when it is triggered: failed tables only, or all of them, and what it shows is right each time', async () => {
    const again = fc.array(
      fc.record({
        retryPolicy: fc.constantFrom('FailedTables' as const, 'All' as const),
        repaired: fc.nat(),
        list: steps(ALL_EVENTS),
      }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(scenario, steps(ALL_EVENTS), again, async (given, list, triggers) => {
        const world = new ModelWorld(given);
        await runToEnd(world, list);
        for (const [index, { retryPolicy, repaired, list }] of triggers.entries()) {
          const phases = new Map(world.end.tables.map(({ spec, status }) => [subjectOf(spec), status.phase]));
          world.runner.scenario = repair(world.runner.scenario, repaired);
          world.created.clear();
          world.trigger(`trigger ${index}`, retryPolicy);
          await runToEnd(world, list);
          checkEnd(world);
          const { run, runs } = world.end.ingestion.status;
          assert.deepEqual([run?.number, run?.retryPolicy, runs?.length], [index + 2, retryPolicy, index + 1]);
          for (const { spec } of world.end.tables) {
            const before = phases.get(subjectOf(spec));
            const isKept = retryPolicy === 'FailedTables' && before !== undefined && before !== 'Failed';
            assert.equal(spec.run === run?.number, !isKept, `${spec.table} was ${before}`);
          }
        }
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('writes nothing if nothing has changed', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, steps(ALL_EVENTS), async (given, list) => {
        const world = new ModelWorld(given);
        for (const step of list) {
          await reconcileOnce(world, step.crashAfter);
          happen(world, step);
        }
        for (let round = 0; round < 5; round++) await reconcileOnce(world, undefined);
        assert.deepEqual(
          world.actions.filter(({ type }) => type !== 'CreateJob'),
          [],
        );
        if (!world.isRejecting) assert.deepEqual(world.actions, []);
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it('does nothing for a DumpIngestion that no longer exists', async () => {
    const world = new ModelWorld({ tables: [], maxParallelJobs: 1, catalogueFails: false, finishFails: false });
    const requeue = await reconcile(KEY, {
      observe: () => Promise.resolve(undefined),
      act: () => assert.fail('acted'),
      now: () => world.now(),
    });
    assert.equal(requeue, undefined);
  });
});

describe('reconcile', () => {
  it('stops at an outdated object, records no events, and is repeated soon', async () => {
    const world = new ModelWorld({ tables: [], maxParallelJobs: 1, catalogueFails: false, finishFails: false });
    const done: string[] = [];
    const outdated = {
      now: () => world.now(),
      observe: () => world.observe(),
      act: ({ type }: Action) => {
        done.push(type);
        return type === 'WriteIngestionStatus' ? Promise.reject(new OutdatedError('nightly')) : Promise.resolve();
      },
    };
    assert.deepEqual(await reconcile(KEY, outdated), { afterSeconds: 1 });
    assert.deepEqual(done, ['CreateJob', 'WriteIngestionStatus']);
  });
});
