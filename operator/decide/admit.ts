import { isEncrypted } from '../../crds/contract/encrypted-name.ts';
import { jobName, sharedJobName } from '../../crds/contract/names.ts';
import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import type { CreateJob } from './action.ts';
import { identityOf } from './runs.ts';
import {
  isActive,
  isLoad,
  maxParallelLoads,
  type ObservedIngestion,
  type ObservedJob,
  type ObservedTable,
} from './observed.ts';

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
 * must not; those of an encrypted dump share one, whatever their size, and so do all that are to be read as of one moment.
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
  // The catalogue has refused more than a task has room for.
  if (isOfOneMoment(ingestion.spec.source)) return sorted.length === 0 ? [] : [sharedJob(ingestion, sorted)];
  const bounds = boundsOf(ingestion, sorted);
  const ofDumps = dumpsToShare(ingestion, sorted, mustBeAlone);
  const shared = new Set(ofDumps.flat());
  const left = sorted.filter((table) => !shared.has(table));
  const sharing = new Set(bounds === undefined ? [] : left.filter((table) => isSmall(table) && !mustBeAlone(table)));
  const alone = left.filter((table) => !sharing.has(table)).map((table) => [table]);
  const created = [...ofDumps, ...alone]
    .toSorted((one, other) => sumOf(other) - sumOf(one))
    .slice(0, slots)
    .map((tables) => sharedJob(ingestion, tables));
  let rest = [...sharing];
  while (bounds !== undefined && rest.length > 0 && created.length < slots) {
    const count = countOfNext(rest, bounds);
    created.push(sharedJob(ingestion, rest.slice(0, count)));
    rest = rest.slice(count);
  }
  return created;
}

/** The tables of each encrypted dump, which is read from its start for every Job: as many together as a task has room for. */
function dumpsToShare(
  { spec }: ObservedIngestion,
  sorted: readonly ObservedTable[],
  mustBeAlone: (table: ObservedTable) => boolean,
): readonly (readonly ObservedTable[])[] {
  if (spec.source.decryption?.gpg === undefined || isManifestLarge(spec)) return [];
  const encrypted = sorted.filter((table) => isEncrypted(table.spec.dump.file) && !mustBeAlone(table));
  return [...Map.groupBy(encrypted, (table) => table.spec.dump.file).values()].flatMap((tables) => {
    const groups: (readonly ObservedTable[])[] = [];
    for (let rest: readonly ObservedTable[] = tables; rest.length > 0;) {
      const count = countOfNext(rest, { tables: MAX_TABLES, bytes: Infinity });
      groups.push(rest.slice(0, count));
      rest = rest.slice(count);
    }
    return groups;
  });
}

function sumOf(tables: readonly ObservedTable[]): number {
  return tables.reduce((sum, table) => sum + bytesOf(table), 0);
}

export function freeSlots({ spec }: ObservedIngestion, jobs: readonly ObservedJob[]): number {
  const active = jobs.filter((job) => isLoad(job) && isActive(job)).length;
  return Math.max(0, maxParallelLoads(spec) - active);
}

function byLoadOrder(one: ObservedTable, other: ObservedTable): number {
  return bytesOf(other) - bytesOf(one) || (one.name < other.name ? -1 : 1);
}

export function loadJob(ingestion: ObservedIngestion, table: ObservedTable): CreateJob {
  const name = jobName(ingestion.metadata.name, identityOf(ingestion), 'Load', table.name);
  return { type: 'CreateJob', name, work: { kind: 'Load', tableName: table.name, table: table.spec } };
}

function sharedJob(ingestion: ObservedIngestion, tables: readonly ObservedTable[]): CreateJob {
  const [first] = tables;
  if (tables.length === 1 && first !== undefined) return loadJob(ingestion, first);
  const { name } = ingestion.metadata;
  const names = tables.map((table) => table.name);
  const work = { kind: 'LoadBatch', tables: tables.map(({ name, spec }) => ({ name, spec })) } as const;
  return { type: 'CreateJob', name: sharedJobName(name, identityOf(ingestion), names), work };
}

/** The most that one Job loads. */
interface Bounds {
  readonly tables: number;
  readonly bytes: number;
}

/** Undefined if each table has a Job of its own. */
function boundsOf({ spec }: ObservedIngestion, waiting: readonly ObservedTable[]): Bounds | undefined {
  const { tablesPerJob } = spec.loading;
  if (tablesPerJob === 1 || isManifestLarge(spec)) return undefined;
  if (typeof tablesPerJob === 'number') return { tables: Math.min(MAX_TABLES, tablesPerJob), bytes: MAX_JOB_BYTES };
  const all = waiting.filter(isSmall).reduce((sum, table) => sum + weightOf(table), 0);
  return { tables: MAX_TABLES, bytes: Math.min(MAX_JOB_BYTES, Math.max(AUTO_BYTES, all / maxParallelLoads(spec))) };
}

function isManifestLarge({ format, target }: ObservedIngestion['spec']): boolean {
  return JSON.stringify([format, target]).length > MAX_MANIFEST_LENGTH;
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
