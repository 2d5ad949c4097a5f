import { jobName } from '../../crds/contract/names.ts';
import type { CreateJob } from './action.ts';
import { isActive, type ObservedIngestion, type ObservedJob, type ObservedTable } from './observed.ts';

/**
 * The load Jobs to start now: the largest tables first, so that no large one runs alone at the end, and never more at the same time than
 * `maxParallelJobs`. A load Job that is being deleted still holds its slot.
 */
export function admit(
  ingestion: ObservedIngestion,
  waiting: readonly ObservedTable[],
  jobs: readonly ObservedJob[],
): CreateJob[] {
  return waiting
    .toSorted(byLoadOrder)
    .slice(0, freeSlots(ingestion, jobs))
    .map((table) => loadJob(ingestion, table));
}

export function freeSlots({ spec }: ObservedIngestion, jobs: readonly ObservedJob[]): number {
  const active = jobs.filter((job) => job.kind === 'Load' && isActive(job)).length;
  return Math.max(0, spec.loading.maxParallelJobs - active);
}

function byLoadOrder(one: ObservedTable, other: ObservedTable): number {
  return (other.spec.dat?.bytes ?? 0) - (one.spec.dat?.bytes ?? 0) || (one.name < other.name ? -1 : 1);
}

export function loadJob({ metadata }: ObservedIngestion, table: ObservedTable): CreateJob {
  const name = jobName(metadata.name, metadata.uid, 'Load', table.name);
  return { type: 'CreateJob', name, work: { kind: 'Load', tableName: table.name, table: table.spec } };
}
