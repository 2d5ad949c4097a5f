import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { Controller } from '../../../operator/engine/controller.ts';
import { reconcile } from '../../../operator/engine/reconcile.ts';
import type { Observed } from '../../../operator/decide/observed.ts';
import { Metrics } from '../../../operator/engine/metrics.ts';
import { settled, TestClock } from '../test-clock.ts';

const KEY = 'default/nightly';

/** A controller of an empty world that records when it was observed. */
function scene(observe: () => void = () => undefined) {
  const [metrics, clock] = [new Metrics(), new TestClock()];
  const times: number[] = [];
  const world = {
    now: () => new Date(clock.now()),
    observe: async (): Promise<Observed | undefined> => {
      times.push(clock.now());
      await Promise.resolve();
      observe();
      return undefined;
    },
    act: () => Promise.resolve(),
    refreshAfter: () => undefined,
  };
  const controller = new Controller({
    ...{ kind: 'DumpIngestion', metrics, log: SILENT_LOG, concurrency: 2, clock },
    reconcile: (key) => reconcile(key, world),
  });
  /** Lets time pass, with an event every 50 ms. */
  const pass = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      controller.enqueue(KEY);
      await settled();
      await clock.move(50);
    }
  };
  return { controller, metrics, clock, times, pass };
}

describe('Controller', () => {
  it('starts with the existing DumpIngestions, and ignores earlier events', async () => {
    const { controller, times } = scene();
    controller.enqueue('default/earlier');
    await settled();
    assert.deepEqual(times, []);
    controller.start([KEY]);
    await controller.stop();
    assert.deepEqual(times, [0]);
  });

  it('has no queue before it is started, and measures waiting times from then on', async () => {
    const { controller, metrics, clock } = scene();
    controller.enqueue(KEY);
    await clock.move(200);
    assert.equal(controller.depth, 0);
    controller.start([KEY]);
    await settled();
    assert.equal(controller.depth, 0);
    controller.enqueue(KEY);
    assert.equal(controller.depth, 1);
    await controller.stop();
    assert.match(metrics.render(), /^motherload_queue_latency_seconds_sum\{kind="DumpIngestion"\} 0$/m);
  });

  it('reconciles immediately, and then at most once per second, whatever happens meanwhile', async () => {
    const { controller, metrics, times, pass } = scene();
    controller.start([]);
    await pass(3500);
    await controller.stop();
    assert.deepEqual(times, [0, 1000, 2000, 3000]);
    assert.match(metrics.render(), /^motherload_reconciles_total\{kind="DumpIngestion",result="success"\} 4$/m);
  });

  it('retries failures with a back-off, whatever happens meanwhile, and resets it after a success', async () => {
    let failures = 8;
    const { controller, metrics, times, pass } = scene(() => {
      if (failures-- > 0) throw new Error('the apiserver is unreachable');
    });
    controller.start([KEY]);
    await pass(185_000);
    await controller.stop();
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.deepEqual(gaps.slice(0, 10), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 1000, 1000]);
    assert.match(metrics.render(), /^motherload_reconciles_total\{kind="DumpIngestion",result="error"\} 8$/m);
  });
});
