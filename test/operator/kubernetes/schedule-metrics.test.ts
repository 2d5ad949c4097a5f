import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ScheduledDumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { Metrics } from '../../../operator/engine/metrics.ts';
import { Caches } from '../../../operator/kubernetes/cache/caches.ts';
import { measureSchedules } from '../../../operator/kubernetes/schedule-metrics.ts';
import { schedule } from '../schedule/fixtures.ts';
import { apiserver } from './apiserver.ts';

const NOW = '2026-03-02T03:00:00Z';
const True = (type: string) => ({
  conditions: [{ type, status: 'True' as const, reason: 'Any', message: '', lastTransitionTime: NOW }],
});

/** The metrics of schedules with these statuses, by name. */
async function measured(statuses: Record<string, ScheduledDumpIngestionStatus>, suspend = false): Promise<string> {
  const { api } = await apiserver(() => ({ body: {} }));
  const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onError: () => undefined });
  for (const [name, status] of Object.entries(statuses))
    caches.schedules.put({
      metadata: { namespace: 'default', name, uid: name, resourceVersion: '1' },
      spec: { ...schedule().spec, suspend },
      status,
    });
  const metrics = new Metrics();
  measureSchedules(metrics, caches, Date.parse(NOW));
  return metrics.render();
}

const lateness = (text: string, name: string) =>
  Number(
    new RegExp(`^motherload_schedule_late_seconds\\{namespace="default",schedule="${name}"\\} (.+)$`, 'm').exec(
      text,
    )?.[1],
  );

describe('the metrics of schedules', () => {
  it('have how late the first run is that is due, as long as none has started since', async () => {
    const text = await measured({
      waiting: { nextScheduleTime: '2026-03-03T02:00:00Z', lateSince: '2026-03-01T02:00:00Z' },
      due: { nextScheduleTime: '2026-03-02T02:59:30Z' },
      ahead: { nextScheduleTime: '2026-03-03T02:00:00Z' },
      new: {},
    });
    assert.deepEqual(
      ['waiting', 'due', 'ahead', 'new'].map((name) => lateness(text, name)),
      [25 * 3600, 30, 0, 0],
    );
  });

  it('count schedules by state, a suspended one as that even if a run had been late', async () => {
    const states = (text: string) =>
      [...text.matchAll(/^motherload_schedules\{state="(\w+)"\} (\d+)$/gm)].map(
        ([, state, count]) => `${state} ${count}`,
      );
    const statuses = { a: True('Stalled'), b: True('Late'), c: {}, d: {} };
    assert.deepEqual(states(await measured(statuses)), ['Scheduled 2', 'Suspended 0', 'Late 1', 'Invalid 1']);
    const suspended = await measured({ a: { ...True('Late'), lateSince: '2026-03-01T02:00:00Z' } }, true);
    assert.deepEqual(states(suspended), ['Scheduled 0', 'Suspended 1', 'Late 0', 'Invalid 0']);
    assert.equal(lateness(suspended, 'a'), 0);
  });

  it('have when a run last succeeded, for schedules of which one has', async () => {
    const text = await measured({ a: { lastSuccessfulTime: '2026-03-02T02:30:00Z' }, b: {} });
    const lines = [
      ...text.matchAll(/^motherload_schedule_last_success_timestamp_seconds\{.*schedule="(\w)"\} (\d+)$/gm),
    ];
    assert.deepEqual(
      lines.map(([, name, time]) => [name, Number(time)]),
      [['a', Date.parse('2026-03-02T02:30:00Z') / 1000]],
    );
  });
});
