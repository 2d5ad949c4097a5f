import type { DumpIngestionStatus, TableIngestionStatus } from '../../crds/contract/generated.ts';
import type { Metrics } from '../engine/metrics.ts';
import type { Caches } from './cache/caches.ts';
import { observeJob } from './observe/job-state.ts';
import type { JobObject } from './client/objects.ts';
import { measureSchedules } from './schedule-metrics.ts';

/** All phases are reported, with 0 for those without objects: series that come and go cannot be added up. */
const PHASES = Object.keys({
  ...{ Pending: 0, Cataloguing: 0, Loading: 0, Finishing: 0, Suspended: 0, Complete: 0, Failed: 0 },
} satisfies Record<NonNullable<DumpIngestionStatus['phase']>, 0>);
const TABLE_PHASES = Object.keys({
  ...{ Pending: 0, Running: 0, Loaded: 0, AlreadyLoaded: 0, Skipped: 0, Failed: 0 },
} satisfies Record<NonNullable<TableIngestionStatus['phase']>, 0>);

/** Sets the gauges of DumpIngestions, tables and schedules from the caches. */
export function measureCaches(metrics: Metrics, caches: Caches, now: number): void {
  measureSchedules(metrics, caches, now);
  metrics.clear('motherload_loaded_rows');
  metrics.clear('motherload_loaded_bytes');
  const phases = new Map<string, number>(PHASES.map((phase) => [phase, 0]));
  for (const { metadata, status } of caches.ingestions.all()) {
    const phase = status?.phase ?? 'Pending';
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
    const labels = { namespace: metadata.namespace, ingestion: metadata.name };
    metrics.set('motherload_loaded_rows', status?.rows ?? 0, labels);
    metrics.set('motherload_loaded_bytes', status?.bytes ?? 0, labels);
  }
  for (const [phase, count] of phases) metrics.set('motherload_ingestions', count, { phase });
  const tablePhases = new Map<string, number>(TABLE_PHASES.map((phase) => [phase, 0]));
  for (const { status } of caches.tables.all()) {
    const phase = status?.phase ?? 'Pending';
    tablePhases.set(phase, (tablePhases.get(phase) ?? 0) + 1);
  }
  for (const [phase, count] of tablePhases) metrics.set('motherload_tables', count, { phase });
  metrics.clear('motherload_resource_bytes');
  for (const [resource, store] of Object.entries({
    dumpingestions: caches.ingestions,
    scheduleddumpingestions: caches.schedules,
    tableingestions: caches.tables,
  }))
    for (const [namespace, bytes] of store.sizes())
      metrics.set('motherload_resource_bytes', bytes, { namespace, resource });
}

/** Measures a Job that has just ended; a Job that had ended when it was first seen was measured by an earlier leader. */
export function measureJob(metrics: Metrics, job: JobObject, previous: JobObject | undefined): void {
  if (previous === undefined) return;
  const [before, now] = [observeJob(previous, []), observeJob(job, [])];
  if (before?.completionTime !== undefined || now?.completionTime === undefined || now.startTime === undefined) return;
  const seconds = (Date.parse(now.completionTime) - Date.parse(now.startTime)) / 1000;
  metrics.observe('motherload_job_duration_seconds', seconds, {
    task: now.kind.toLowerCase(),
    result: now.state.toLowerCase(),
  });
}
