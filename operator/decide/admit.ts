import { jobName, sharedJobName } from '../../crds/contract/names.ts';
import type { CreateJob } from './action.ts';
import { isActive, isLoad, type ObservedIngestion, type ObservedJob, type ObservedTable } from './observed.ts';

/** A larger table does not share a Job: starting a pod takes little beside its load. */
const MAX_SHARED_BYTES = 16 * 1024 * 1024;
/** What a table takes beside its bytes: as long as so many bytes. */
const TABLE_BYTES = 1024 * 1024;
/** What Auto puts into a Job: as much as takes as long as starting its pod, or for the last Jobs a share for each slot. */
const AUTO_BYTES = 32 * 1024 * 1024;
/** The most that a Job takes with it if it has to start over; it also bounds the time until its tables show their ends. */
const MAX_JOB_BYTES = 128 * 1024 * 1024;
const MAX_TABLES = 100;
/** Of the entries in a task, which has 128 KiB in all, and of what the manifest adds to it. */
const MAX_ENTRIES_LENGTH = 64 * 1024;
const MAX_MANIFEST_LENGTH = 24 * 1024;

/**
 * The load Jobs to start now: the largest tables first, so that no large one runs alone at the end, and never more at the same time than
 * `maxParallelJobs`. A load Job that is being deleted still holds its slot. Small tables share Jobs as `tablesPerJob` says, except those that
 * must not.
 */
export function admit(
  ingestion: ObservedIngestion,
  waiting: readonly ObservedTable[],
  jobs: readonly ObservedJob[],
  mustBeAlone: (table: ObservedTable) => boolean = () => false,
): CreateJob[] {
  const slots = freeSlots(ingestion, jobs);
  if (slots === 0) return [];
  const sorted = waiting.toSorted(byLoadOrder);
  const bounds = boundsOf(ingestion, sorted);
  const sharing = new Set(bounds === undefined ? [] : sorted.filter((table) => isSmall(table) && !mustBeAlone(table)));
  const alone = sorted.filter((table) => !sharing.has(table)).slice(0, slots);
  const created = alone.map((table) => loadJob(ingestion, table));
  let rest = [...sharing];
  while (bounds !== undefined && rest.length > 0 && created.length < slots) {
    const count = countOfNext(rest, bounds);
    created.push(sharedJob(ingestion, rest.slice(0, count)));
    rest = rest.slice(count);
  }
  return created;
}

export function freeSlots({ spec }: ObservedIngestion, jobs: readonly ObservedJob[]): number {
  const active = jobs.filter((job) => isLoad(job) && isActive(job)).length;
  return Math.max(0, spec.loading.maxParallelJobs - active);
}

function byLoadOrder(one: ObservedTable, other: ObservedTable): number {
  return bytesOf(other) - bytesOf(one) || (one.name < other.name ? -1 : 1);
}

export function loadJob({ metadata }: ObservedIngestion, table: ObservedTable): CreateJob {
  const name = jobName(metadata.name, metadata.uid, 'Load', table.name);
  return { type: 'CreateJob', name, work: { kind: 'Load', tableName: table.name, table: table.spec } };
}

function sharedJob(ingestion: ObservedIngestion, tables: readonly ObservedTable[]): CreateJob {
  const [first] = tables;
  if (tables.length === 1 && first !== undefined) return loadJob(ingestion, first);
  const { name, uid } = ingestion.metadata;
  const names = tables.map((table) => table.name);
  const work = { kind: 'LoadBatch', tables: tables.map(({ name, spec }) => ({ name, spec })) } as const;
  return { type: 'CreateJob', name: sharedJobName(name, uid, names), work };
}

/** The most that one Job loads. */
interface Bounds {
  readonly tables: number;
  readonly bytes: number;
}

/** Undefined if each table has a Job of its own. */
function boundsOf({ spec }: ObservedIngestion, waiting: readonly ObservedTable[]): Bounds | undefined {
  const { tablesPerJob, maxParallelJobs } = spec.loading;
  if (tablesPerJob === 1 || JSON.stringify([spec.format, spec.target]).length > MAX_MANIFEST_LENGTH) return undefined;
  if (typeof tablesPerJob === 'number') return { tables: Math.min(MAX_TABLES, tablesPerJob), bytes: MAX_JOB_BYTES };
  const all = waiting.filter(isSmall).reduce((sum, table) => sum + weightOf(table), 0);
  return { tables: MAX_TABLES, bytes: Math.min(MAX_JOB_BYTES, Math.max(AUTO_BYTES, all / maxParallelJobs)) };
}

/** How many of the tables the next Job takes: one at least. */
function countOfNext(tables: readonly ObservedTable[], bounds: Bounds): number {
  let [bytes, length] = [0, 0];
  const end = tables.findIndex((table, index) => {
    bytes += weightOf(table);
    length += Buffer.byteLength(JSON.stringify(table.spec));
    return index > 0 && (index >= bounds.tables || bytes > bounds.bytes || length > MAX_ENTRIES_LENGTH);
  });
  return end === -1 ? tables.length : end;
}

function isSmall(table: ObservedTable): boolean {
  return bytesOf(table) <= MAX_SHARED_BYTES;
}

function weightOf(table: ObservedTable): number {
  return bytesOf(table) + TABLE_BYTES;
}

function bytesOf({ spec }: ObservedTable): number {
  return spec.dat?.bytes ?? 0;
}
