import { isTrue } from '../decide/conditions.ts';
import type { Metrics } from '../engine/metrics.ts';
import type { Caches } from './cache/caches.ts';
import type { ScheduledDumpIngestionObject } from './client/objects.ts';

const STATES = ['Scheduled', 'Suspended', 'Late', 'Invalid'] as const;

/** Sets the gauges of schedules, from the moments in their statuses. */
export function measureSchedules(metrics: Metrics, caches: Caches, now: number): void {
  metrics.clear('motherload_schedule_late_seconds');
  metrics.clear('motherload_schedule_last_success_timestamp_seconds');
  const states = new Map<string, number>(STATES.map((state) => [state, 0]));
  for (const schedule of caches.schedules.all()) {
    const state = stateOf(schedule);
    states.set(state, (states.get(state) ?? 0) + 1);
    const { metadata, status } = schedule;
    const labels = { namespace: metadata.namespace, schedule: metadata.name };
    metrics.set('motherload_schedule_late_seconds', lateSeconds(schedule, now), labels);
    if (status?.lastSuccessfulTime === undefined) continue;
    const seconds = Date.parse(status.lastSuccessfulTime) / 1000;
    metrics.set('motherload_schedule_last_success_timestamp_seconds', seconds, labels);
  }
  for (const [state, count] of states) metrics.set('motherload_schedules', count, { state });
}

function stateOf({ spec, status }: ScheduledDumpIngestionObject): (typeof STATES)[number] {
  if (isTrue(status?.conditions, 'Stalled')) return 'Invalid';
  if (spec.suspend) return 'Suspended';
  return isTrue(status?.conditions, 'Late') ? 'Late' : 'Scheduled';
}

/** A status that nobody writes any more shows, too: its next run is in the past. */
function lateSeconds({ spec, status }: ScheduledDumpIngestionObject, now: number): number {
  const due = status?.lateSince ?? status?.nextScheduleTime;
  return spec.suspend || due === undefined ? 0 : Math.max(0, (now - Date.parse(due)) / 1000);
}
