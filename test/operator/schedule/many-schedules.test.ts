import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { Controller } from '../../../operator/engine/controller.ts';
import { Metrics } from '../../../operator/engine/metrics.ts';
import { reconcileSchedule } from '../../../operator/engine/reconcile-schedule.ts';
import type { ScheduleAction } from '../../../operator/schedule/action.ts';
import type { ObservedSchedule } from '../../../operator/schedule/observed.ts';
import { settled, TestClock } from '../test-clock.ts';
import { schedule } from './fixtures.ts';

const START = Date.parse('2026-03-01T01:50:30Z');
const DUE = Date.parse('2026-03-01T02:00:00Z');
const REQUEST_MILLISECONDS = 20;
const COUNT = 500;

/** Schedules of the same minute with a real work queue, on an apiserver in memory that takes a while for each request. */
class ManySchedules {
  readonly clock = new TestClock();
  readonly started: { readonly name: string; readonly at: number }[] = [];
  readonly #schedules = new Map<string, ObservedSchedule>();
  readonly controller: Controller;

  constructor() {
    const metadata = { ...schedule().metadata, creationTimestamp: new Date(START).toISOString() };
    for (let index = 0; index < COUNT; index++) {
      const name = `schedule-${index}`;
      this.#schedules.set(`default/${name}`, schedule({ metadata: { ...metadata, name } }));
    }
    const world = {
      now: () => new Date(START + this.clock.now()),
      observe: (key: string) => Promise.resolve(this.#schedules.get(key)),
      act: (action: ScheduleAction, seen: ObservedSchedule) => this.#act(action, seen),
    };
    this.controller = new Controller({
      ...{ kind: 'ScheduledDumpIngestion', metrics: new Metrics(), log: SILENT_LOG, concurrency: 4, clock: this.clock },
      reconcile: (key) => reconcileSchedule(key, world),
    });
  }

  start(): void {
    this.controller.start(this.#schedules.keys());
  }

  async pass(milliseconds: number, step = REQUEST_MILLISECONDS): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += step) {
      await this.clock.move(step);
      await settled();
    }
  }

  async #act(action: ScheduleAction, { metadata }: ObservedSchedule): Promise<void> {
    await new Promise<void>((resolve) => this.clock.after(REQUEST_MILLISECONDS, resolve));
    const key = `default/${metadata.name}`;
    const seen = this.#schedules.get(key);
    assert(seen);
    if (action.type === 'WriteScheduleStatus') this.#schedules.set(key, { ...seen, status: action.status });
    if (action.type !== 'CreateRun') return;
    const creationTimestamp = new Date(START + this.clock.now()).toISOString();
    const { name, moment } = action;
    this.#schedules.set(key, { ...seen, runs: [...seen.runs, { name, moment, creationTimestamp }] });
    this.started.push({ name, at: START + this.clock.now() });
    this.controller.enqueue(key);
  }
}

describe('500 schedules of the same minute', () => {
  it('start each of their runs once, none before it is due, and all within ten seconds', async () => {
    const world = new ManySchedules();
    world.start();
    await world.pass(DUE - START - 1000, 500);
    assert.deepEqual(world.started, []);
    await world.pass(20_000);
    assert.equal(world.started.length, COUNT);
    assert.equal(new Set(world.started.map(({ name }) => name)).size, COUNT);
    const times = world.started.map(({ at }) => at - DUE);
    assert(Math.min(...times) >= 0, `${Math.min(...times)} ms`);
    assert(Math.max(...times) < 10_000, `${Math.max(...times)} ms`);
    await world.controller.stop();
  });
});
