import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Action } from '../../../operator/decide/action.ts';
import { isTrue } from '../../../operator/decide/conditions.ts';
import { subjectOf } from '../../../operator/decide/runs.ts';
import { reconcile } from '../../../operator/engine/reconcile.ts';
import type { ModelTable, Scenario } from '../decide/model-runner.ts';
import { Crash, type ModelWorld } from '../decide/model-world.ts';
import { entry, failing, omit } from '../fixtures.ts';

export const KEY = 'default/nightly';

/** What happens to the world between two reconciles. */
export interface Step {
  readonly crashAfter: number | undefined;
  readonly job: number;
  readonly event:
    'advance' | 'lose' | 'block' | 'expire' | 'suspend' | 'template' | 'queue' | 'reject' | 'kill' | 'nothing';
}

const tables: fc.Arbitrary<ModelTable[]> = fc
  .array(
    fc.record({
      decision: fc.oneof(
        { weight: 6, arbitrary: fc.constant('Load' as const) },
        fc.constantFrom('Skip' as const, 'Fail' as const),
      ),
      fate: fc.constantFrom('Loaded', 'Loaded', 'Failed', 'Skipped'),
      bytes: fc.nat(1000),
      mother: fc.constantFrom('users', 'courses', undefined),
    }),
    { maxLength: 7 },
  )
  .map((list) =>
    list.map(({ decision, fate, bytes, mother }, index): ModelTable => {
      const failure = { kind: 'Data', code: 'NotAList', message: 'not a list' } as const;
      const spec = omit(
        decision === 'Fail' ? failing(`table_${index}`, failure) : entry(`table_${index}`, { decision }),
        'mother',
      );
      const dat = { entry: 'a.dat', bytes, compressedBytes: bytes, crc32: '00000000' };
      return { spec: { ...spec, dat, ...(mother === undefined ? {} : { mother }) }, fate };
    }),
  );

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  tables,
  maxParallelJobs: fc.integer({ min: 1, max: 3 }),
  tablesPerJob: fc.constantFrom(1, 1, 2, 3, 'Auto' as const),
  catalogueFails: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  finishFails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});

export const steps = (events: readonly Step['event'][]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      crashAfter: fc.option(fc.nat(6), { nil: undefined }),
      job: fc.nat(20),
      event: fc.constantFrom(...events),
    }),
    {
      maxLength: 60,
      size: 'max',
    },
  );

export const KIND_EVENTS = ['advance', 'advance', 'advance', 'block', 'suspend', 'reject', 'nothing'] as const;
export const ALL_EVENTS = [...KIND_EVENTS, 'lose', 'expire', 'template', 'queue', 'kill'] as const;

/** A reconcile; false if the operator crashed during it. */
export async function reconcileOnce(world: ModelWorld, crashAfter: number | undefined): Promise<boolean> {
  world.actionsUntilCrash = crashAfter ?? Infinity;
  try {
    await reconcile(KEY, world);
    return true;
  } catch (error) {
    assert(error instanceof Crash, String(error));
    return false;
  } finally {
    checkOrder(world.actions);
  }
}

/** Jobs and tables, then at most one status per table, then at most one status of the DumpIngestion, then events. */
function checkOrder(actions: readonly Action[]): void {
  const rank = {
    CreateJob: 0,
    DeleteJob: 0,
    ApplyTables: 0,
    DeleteTable: 0,
    WriteTableStatus: 1,
    WriteIngestionStatus: 2,
    EmitEvent: 3,
    DeleteIngestion: 4,
  };
  const ranks = actions.map(({ type }) => rank[type]);
  assert.deepEqual(
    ranks,
    ranks.toSorted((one, other) => one - other),
  );
  assert(ranks.filter((one) => one === 2).length <= 1);
  const written = actions.flatMap((action) => (action.type === 'WriteTableStatus' ? [action.name] : []));
  assert.equal(new Set(written).size, written.length);
}

export function happen(world: ModelWorld, { job, event }: Step): void {
  world.tick();
  const pick = (names: string[]) => names[job % Math.max(1, names.length)] ?? '';
  if (event === 'advance') world.advance(pick(world.activeJobs));
  else if (event === 'lose') world.advance(pick(world.activeJobs), true);
  else if (event === 'block') world.toggleProblem(pick(world.activeJobs));
  else if (event === 'kill') world.kill(pick(world.activeJobs));
  else if (event === 'expire') world.expire(pick(world.endedJobs));
  else if (event === 'queue')
    world.toggleProblem(pick(world.activeJobs), { reason: 'WaitingForAdmission', message: 'waiting' });
  else if (event === 'template') world.toggleTemplate();
  else if (event === 'suspend') world.toggleSuspend();
  else if (event === 'reject') world.isRejecting = !world.isRejecting;
}

/** The steps, then only progress, until nothing is left to do. */
export async function runToEnd(world: ModelWorld, list: readonly Step[]): Promise<void> {
  for (const step of list) {
    await reconcileOnce(world, step.crashAfter);
    happen(world, step);
  }
  world.toggleSuspend(false);
  world.isRejecting = false;
  for (let round = 0; round < 500; round++) {
    await reconcileOnce(world, undefined);
    const [next] = world.activeJobs;
    if (world.actions.length === 0 && next === undefined) return;
    if (next !== undefined) world.advance(next);
    world.tick();
  }
  assert.fail('the run does not end');
}

/** What made the catalogue, the finish Job and some tables fail has been removed. */
export function repair(given: Scenario, which: number): Scenario {
  const tables = given.tables.map((table, index) => (((which >> index) & 1) === 1 ? repaired(table) : table));
  return { ...given, tables, catalogueFails: false, finishFails: false };
}

function repaired({ spec, fate }: ModelTable): ModelTable {
  const { failure, ...rest } = spec;
  return {
    spec: failure === undefined ? spec : { ...rest, decision: 'Load' },
    fate: fate === 'Failed' ? 'Loaded' : fate,
  };
}

export function checkEnd(world: ModelWorld): void {
  const { end, runner } = world;
  const given = runner.scenario;
  const { status } = end.ingestion;
  assert.notEqual(
    isTrue(status.conditions, 'Complete'),
    isTrue(status.conditions, 'Failed'),
    'complete or failed, and not both',
  );
  if (given.catalogueFails) {
    assert.equal(status.phase, 'Failed');
    assert.deepEqual(end.tables, []);
    return;
  }
  assert.equal(end.tables.length, given.tables.length);
  for (const { spec, fate } of given.tables) {
    const phase = end.tables.find((table) => subjectOf(table.spec) === subjectOf(spec))?.status.phase;
    if (spec.decision !== 'Load') assert.equal(phase, spec.decision === 'Skip' ? 'Skipped' : 'Failed');
    else if (fate === 'Loaded') assert(phase === 'Loaded' || phase === 'AlreadyLoaded', phase);
    else assert.equal(phase, fate);
    assert.equal(runner.ledger.has(subjectOf(spec)), spec.decision === 'Load' && fate === 'Loaded');
  }
  const hasFailed = given.tables.some(
    ({ spec, fate }) => spec.decision === 'Fail' || (spec.decision === 'Load' && fate === 'Failed'),
  );
  const isFinished = end.tables.some(
    ({ spec, status: { phase } }) => phase === 'Loaded' || (phase === 'AlreadyLoaded' && spec.mother !== undefined),
  );
  assert.equal(status.phase, hasFailed || (isFinished && given.finishFails) ? 'Failed' : 'Complete');
  const {
    pending = 0,
    running = 0,
    loaded: ofRun = 0,
    alreadyLoaded = 0,
    skipped = 0,
    failed = 0,
    total,
  } = status.tables ?? {};
  assert.equal(pending + running + ofRun + alreadyLoaded + skipped + failed, total);
  const loaded = end.tables.filter((table) => table.status.phase === 'Loaded');
  assert.equal(
    status.rows,
    loaded.reduce((sum, table) => sum + (table.status.rows ?? 0), 0),
  );
}
