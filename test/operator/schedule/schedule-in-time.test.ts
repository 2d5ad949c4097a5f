import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findCondition } from '../../../operator/decide/conditions.ts';
import { ModelSchedule } from './model-schedules.ts';

const HOUR = 3600;
const berlin = { timeZone: 'Europe/Berlin' };

describe('a schedule over time', () => {
  it('runs once a night, and keeps the history that it should', async () => {
    const world = new ModelSchedule({ schedule: '0 2 * * *' }, '2026-03-01T12:00:00Z');
    await world.runUntil('2026-03-06T12:00:00Z');
    assert.deepEqual(
      world.started,
      [2, 3, 4, 5, 6].map((day) => `2026-03-0${day}T02:00`),
    );
    assert.equal((await world.observe()).runs.length, 3);
    assert.equal(world.status.lastRun?.scheduleTime, '2026-03-06T02:00:00Z');
    assert.equal(world.events.filter((event) => event.startsWith('RunStarted')).length, 5);
    assert.equal(world.events.filter((event) => event.startsWith('RunCompleted')).length, 5);
  });

  it('starts each run once, whatever action the operator is killed at', async () => {
    for (let actions = 0; actions < 12; actions++) {
      const world = new ModelSchedule({ schedule: '*/10 * * * *' }, '2026-03-01T12:05:00Z');
      await world.runUntil('2026-03-01T12:09:00Z');
      world.actionsUntilCrash = actions;
      await world.runUntil('2026-03-01T12:45:00Z');
      assert.deepEqual(world.started, ['2026-03-01T12:10', '2026-03-01T12:20', '2026-03-01T12:30', '2026-03-01T12:40']);
      assert.equal(world.status.lastScheduleTime, '2026-03-01T12:40:00Z');
    }
  });

  it('makes up for one run after thirty hours without an operator, and goes on', async () => {
    const world = new ModelSchedule({ schedule: '0 * * * *' }, '2026-03-01T12:30:00Z');
    await world.runUntil('2026-03-01T13:30:00Z');
    world.outage(30 * HOUR);
    await world.runUntil('2026-03-02T21:30:00Z');
    assert.deepEqual(world.started, ['2026-03-01T13:00', '2026-03-02T19:00', '2026-03-02T20:00', '2026-03-02T21:00']);
  });

  it('runs once in the night in which clocks are set forward, at its time as much later', async () => {
    const world = new ModelSchedule({ schedule: '30 2 * * *', ...berlin }, '2026-03-27T12:00:00Z');
    await world.runUntil('2026-03-30T12:00:00Z');
    assert.deepEqual(world.started, ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30']);
  });

  it('runs once in the night in which clocks are set back', async () => {
    const world = new ModelSchedule({ schedule: '30 2 * * *', ...berlin }, '2026-10-23T12:00:00Z');
    await world.runUntil('2026-10-26T12:00:00Z');
    assert.deepEqual(world.started, ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']);
  });

  for (const [what, night] of [
    ['forward', '2026-03-29'],
    ['back', '2026-10-25'],
  ] as const) {
    it(`runs once in the night in which clocks are set ${what}, also if the operator's clock jumps over it or back before it`, async () => {
      for (const jump of [3 * HOUR, -3 * HOUR, 20 * HOUR]) {
        const world = new ModelSchedule({ schedule: '30 2 * * *', ...berlin }, `${night}T00:00:00Z`);
        await world.runUntil(`${night}T00:20:00Z`);
        world.setClock(jump);
        await world.runUntil(`${night}T04:00:00Z`);
        world.setClock(0);
        await world.runUntil(`${night}T12:00:00Z`);
        assert.equal(world.started.length, 1, `${jump}: ${world.started.join()}`);
      }
    });
  }

  it('does not repeat a run if the clock is set back after it, by an hour or by a second', async () => {
    for (const jump of [-HOUR, -1]) {
      const world = new ModelSchedule({ schedule: '0 2 * * *', successfulRunsHistoryLimit: 0 }, '2026-03-01T12:00:00Z');
      await world.runUntil('2026-03-02T02:30:00Z');
      world.setClock(jump);
      await world.runUntil('2026-03-02T12:00:00Z');
      assert.deepEqual(world.started, ['2026-03-02T02:00']);
    }
  });

  it('runs on after a clock that was years ahead has been corrected', async () => {
    const world = new ModelSchedule({ schedule: '0 2 * * *' }, '2026-03-01T12:00:00Z');
    world.setClock(4 * 365 * 24 * HOUR);
    await world.runUntil('2026-03-01T13:00:00Z');
    assert.equal(world.started.length, 1);
    world.setClock(0);
    await world.runUntil('2026-03-03T12:00:00Z');
    assert.deepEqual(world.started.slice(1), ['2026-03-02T02:00', '2026-03-03T02:00']);
  });

  it('waits with Forbid, overlaps with Allow, and replaces with Replace, where a run takes longer than its period', async () => {
    const started = async (concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace') => {
      const world = new ModelSchedule({ schedule: '0 * * * *', concurrencyPolicy }, '2026-03-01T12:30:00Z');
      world.runSeconds = 90 * 60;
      await world.runUntil('2026-03-01T17:20:00Z');
      return { started: world.started.map((moment) => moment.slice(11)), active: world.activeRuns };
    };
    assert.deepEqual(await started('Allow'), { started: ['13:00', '14:00', '15:00', '16:00', '17:00'], active: 2 });
    // The run of 14:00 starts at 14:30, that of 16:00 on time since it was due when the one before had ended.
    assert.deepEqual(await started('Forbid'), { started: ['13:00', '14:00', '16:00'], active: 1 });
    assert.deepEqual(await started('Replace'), { started: ['13:00', '14:00', '15:00', '16:00', '17:00'], active: 1 });
  });

  it('is late while a run can not be created, and no longer once it can', async () => {
    const world = new ModelSchedule({ schedule: '0 2 * * *' }, '2026-03-01T12:00:00Z');
    world.isRejecting = true;
    await world.runUntil('2026-03-02T06:00:00Z');
    assert.equal(findCondition(world.status.conditions, 'Late')?.reason, 'QuotaExceeded');
    world.isRejecting = false;
    await world.runUntil('2026-03-02T06:05:00Z');
    assert.deepEqual(world.started, ['2026-03-02T02:00']);
    assert.equal(findCondition(world.status.conditions, 'Late')?.status, 'False');
  });

  it('starts each run at most once and in order, and none while suspended, whatever happens meanwhile', async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('run' as const), minutes: fc.integer({ min: 1, max: 180 }) }),
      fc.record({ type: fc.constant('outage' as const), minutes: fc.integer({ min: 1, max: 2000 }) }),
      fc.record({ type: fc.constant('crash' as const), minutes: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ type: fc.constant('clock' as const), minutes: fc.integer({ min: -120, max: 120 }) }),
      fc.record({ type: fc.constant('suspend' as const), minutes: fc.integer({ min: 0, max: 1 }) }),
    );
    const policy = fc.constantFrom('Allow' as const, 'Forbid' as const, 'Replace' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        policy,
        fc.constantFrom('*/20 * * * *', '30 2 * * *'),
        async (steps, concurrencyPolicy, cron) => {
          const world = new ModelSchedule({ schedule: cron, concurrencyPolicy, ...berlin }, '2026-10-24T20:00:00Z');
          let time = Date.parse('2026-10-24T20:00:00Z');
          world.runSeconds = 25 * 60;
          for (const { type, minutes } of steps) {
            if (type === 'crash') world.actionsUntilCrash = minutes;
            else if (type === 'clock') world.setClock(minutes * 60);
            else if (type === 'suspend') world.change({ suspend: minutes === 1 });
            else {
              time += minutes * 60_000;
              if (type === 'outage') world.outage(minutes * 60);
              else await world.runUntil(new Date(time).toISOString());
            }
          }
          assert.deepEqual(world.started, [...new Set(world.started)].sort());
        },
      ),
      { seed: 1, numRuns: 25 },
    );
  });
});
