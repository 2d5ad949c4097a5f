import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import { isWholeDump, WHOLE_DUMP } from '../../../crds/contract/whole-dump.ts';
import { subjectOf } from '../../../operator/decide/runs.ts';
import type { ModelTable, Scenario } from '../decide/model-runner.ts';
import { ModelWorld } from '../decide/model-world.ts';
import { entry, failing, omit } from '../fixtures.ts';
import { ALL_EVENTS, happen, reconcileOnce, runToEnd, steps, type Step } from './model-run.ts';

const UNREADABLE = { kind: 'Data', code: 'NotAZip', message: 'not a ZIP' } as const;

/** A dump in one run: its tables, each with whether it can be loaded. */
type DumpState = 'Unreadable' | 'Gone' | readonly boolean[];

interface ModelRun {
  readonly retryPolicy: 'FailedTables' | 'All';
  readonly dumps: readonly DumpState[];
  readonly list: readonly Step[];
  /** The tables to be deleted by hand, each by a number, between two steps. */
  readonly deleted: readonly number[];
}

const dumpState: fc.Arbitrary<DumpState> = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(true, true, false), { minLength: 1, maxLength: 4 }) },
  fc.constantFrom('Unreadable' as const, 'Unreadable' as const, 'Gone' as const),
);

const runs = (deleted: fc.Arbitrary<readonly number[]>): fc.Arbitrary<ModelRun[]> =>
  fc.array(
    fc.record({
      retryPolicy: fc.constantFrom('FailedTables' as const, 'FailedTables' as const, 'All' as const),
      dumps: fc.array(dumpState, { minLength: 2, maxLength: 2 }),
      list: steps(ALL_EVENTS),
      deleted,
    }),
    { minLength: 2, maxLength: 5 },
  );

function tablesOf(file: string, state: DumpState): ModelTable[] {
  const dump = { ...entry('any').dump, file };
  if (state === 'Gone') return [];
  if (state === 'Unreadable') {
    const spec = omit(omit({ ...failing(WHOLE_DUMP, UNREADABLE), dump }, 'dat'), 'schemaFile');
    return [{ spec: omit(omit(spec, 'mother'), 'versionTable'), fate: 'Failed' }];
  }
  return state.map((isGood, index) => ({
    spec: omit(entry(`table_${index}`, { dump }), 'mother'),
    fate: isGood ? 'Loaded' : 'Failed',
  }));
}

function scenarioOf(dumps: readonly DumpState[]): Scenario {
  const tables = dumps.flatMap((state, index) => tablesOf(`crm_v${index}.zip`, state));
  return { tables, maxParallelJobs: 2, catalogueFails: false, finishFails: false };
}

/** What counts after a run: the phase of each table, and the run that has it. */
type Counted = ReadonlyMap<string, { readonly hasFailed: boolean; readonly file: string; readonly run: number }>;

function countedAfter(before: Counted, { tables }: Scenario, run: number, keeps: boolean): Counted {
  const counted = new Map(keeps ? before : []);
  const unread = new Set([...counted].flatMap(([subject, { file }]) => (isWhole(subject) ? [file] : [])));
  for (const file of new Set(tables.map(({ spec }) => spec.dump.file)))
    if (tables.some(({ spec }) => spec.dump.file === file && !isWholeDump(spec)))
      counted.delete(JSON.stringify([file, WHOLE_DUMP]));
  for (const { spec, fate } of tables) {
    const { file } = spec.dump;
    const known = counted.get(subjectOf(spec));
    if (known?.hasFailed !== false || unread.has(file))
      counted.set(subjectOf(spec), { hasFailed: fate === 'Failed', file, run });
  }
  return counted;
}

function isWhole(subject: string): boolean {
  return (JSON.parse(subject) as string[])[1] === WHOLE_DUMP;
}

function hasFailed({ phase }: TableIngestionStatus): boolean {
  assert(phase === 'Failed' || phase === 'Loaded' || phase === 'AlreadyLoaded', phase);
  return phase === 'Failed';
}

describe('runs over dumps that come, go, break and are repaired', () => {
  it('count each table once, and a dump that could not be read until it can be, or all tables are loaded again', async () => {
    await fc.assert(
      fc.asyncProperty(runs(fc.constant([])), async (list) => {
        const world = new ModelWorld(scenarioOf([]));
        let counted: Counted = new Map();
        for (const [index, { retryPolicy, dumps, list: ofRun }] of list.entries()) {
          world.runner.scenario = scenarioOf(dumps);
          if (index > 0) world.trigger(`trigger ${index}`, retryPolicy);
          await runToEnd(world, ofRun);
          counted = countedAfter(counted, world.runner.scenario, index + 1, retryPolicy === 'FailedTables');
          const { ingestion, tables } = world.end;
          assert.deepEqual(
            new Map(
              tables.map(({ spec, status }) => [
                subjectOf(spec),
                { hasFailed: hasFailed(status), file: spec.dump.file, run: spec.run ?? 1 },
              ]),
            ),
            counted,
          );
          const failed = [...counted.values()].filter((table) => table.hasFailed).length;
          const { phase, tables: numbers } = ingestion.status;
          assert.deepEqual([phase, numbers?.failed], [failed > 0 ? 'Failed' : 'Complete', failed]);
          assert.equal(numbers?.total, counted.size);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('are never complete without a table of a dump, whatever somebody deletes, nor failed for ever', async () => {
    const deleted = fc.array(fc.nat(20), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(runs(deleted), async (list) => {
        const world = new ModelWorld(scenarioOf([]));
        for (const [index, { retryPolicy, dumps, list: ofRun, deleted }] of list.entries()) {
          world.runner.scenario = scenarioOf(dumps);
          if (index > 0) world.trigger(`trigger ${index}`, retryPolicy);
          for (const [at, step] of ofRun.entries()) {
            await reconcileOnce(world, step.crashAfter);
            happen(world, step);
            const { ingestion, tables } = world.end;
            if (/Complete|Failed/.test(ingestion.status.phase ?? '')) continue;
            const name = tables[(deleted[at % 7] ?? 100) % 30]?.name;
            if (name !== undefined) world.deleteTable(name);
          }
          await runToEnd(world, []);
          if (world.end.ingestion.status.phase !== 'Complete') continue;
          const phases = new Map(world.end.tables.map(({ spec, status }) => [subjectOf(spec), status.phase]));
          for (const { spec } of world.runner.scenario.tables)
            assert.match(phases.get(subjectOf(spec)) ?? 'missing', /Loaded$/, spec.table);
        }
        world.runner.scenario = scenarioOf([[true], [true, true]]);
        world.trigger('last', 'All');
        await runToEnd(world, []);
        assert.equal(world.end.ingestion.status.phase, 'Complete');
        assert.equal(world.end.tables.length, 3);
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});
