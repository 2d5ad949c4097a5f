import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { Controller } from '../../operator/controller.ts';
import type { Observed } from '../../operator/decide/observed.ts';
import { Metrics } from '../../operator/metrics.ts';

/** A world in which nothing is, and that only notes when it was looked at. */
function emptyWorld(observe: (key: string) => void = () => undefined) {
  const times: number[] = [];
  return {
    times,
    now: () => new Date(),
    observe: (key: string): Promise<Observed | undefined> => {
      times.push(Date.now());
      return Promise.resolve().then(() => {
        observe(key);
        return undefined;
      });
    },
    act: () => Promise.resolve(),
    refreshAfter: () => undefined,
  };
}

function controllerOf(world: ReturnType<typeof emptyWorld>) {
  const metrics = new Metrics();
  return { metrics, controller: new Controller({ world, metrics, log: SILENT_LOG, concurrency: 2 }) };
}

describe('Controller', () => {
  it('remembers what happened before it was started, and does nothing about it until then', async () => {
    const world = emptyWorld();
    const { controller } = controllerOf(world);
    controller.enqueue('default/nightly');
    await wait(50);
    assert.equal(world.times.length, 0);
    controller.start();
    await controller.stop();
    assert.equal(world.times.length, 1);
  });

  it('has no queue until it is started, and nothing in it has waited longer than that', async () => {
    const { controller, metrics } = controllerOf(emptyWorld());
    controller.enqueue('default/nightly');
    await wait(200);
    assert.equal(controller.depth, 0);
    controller.start();
    await wait(0);
    assert.equal(controller.depth, 0);
    controller.enqueue('default/nightly');
    assert.equal(controller.depth, 1);
    await controller.stop();
    const [, waited] = /^motherload_queue_latency_seconds_sum (\S+)$/m.exec(metrics.render()) ?? [];
    assert(Number(waited) < 0.1, waited);
  });

  it('reconciles at once, and then no more than once a second, whatever happens meanwhile', async () => {
    const world = emptyWorld();
    const { controller, metrics } = controllerOf(world);
    controller.start();
    for (let count = 0; count < 40; count++) {
      controller.enqueue('default/nightly');
      await wait(40);
    }
    await wait(1100);
    await controller.stop();
    const gaps = world.times.slice(1).map((time, index) => time - (world.times[index] ?? 0));
    assert(gaps.every((gap) => gap >= 990) && gaps.length >= 1, String(gaps));
    assert.match(metrics.render(), new RegExp(`^motherload_reconciles_total\\{result="success"\\} ${world.times.length}$`, 'm'));
  });

  it('tries again what failed', async () => {
    let failures = 1;
    const world = emptyWorld(() => {
      if (failures-- > 0) throw new Error('the apiserver is away');
    });
    const { controller, metrics } = controllerOf(world);
    controller.start();
    controller.enqueue('default/nightly');
    await wait(1800);
    await controller.stop();
    assert.equal(world.times.length, 2);
    assert.match(metrics.render(), /^motherload_reconciles_total\{result="error"\} 1$/m);
  });
});
