import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import { tablesOf, type Observed, type ObservedJob, type ObservedTable } from './observed.ts';
import { findCondition } from './conditions.ts';
import type { Reason } from './reasons.ts';

/** What is known of the Jobs of each table. */
export interface TableJobs {
  /** The Job that loads a table, or has loaded it: as if it were the table's own. */
  readonly jobs: ReadonlyMap<string, ObservedJob>;
  /** The shared Job that failed without a word about a table. Whatever made it fail, the table is loaded in a Job of its own. */
  readonly abandoned: ReadonlyMap<string, ObservedJob>;
}

export function tableJobs({ ingestion, jobs: observed }: Pick<Observed, 'ingestion' | 'jobs'>): TableJobs {
  // No table may have a Job of its own then, so a shared Job's failure is that of its tables.
  const isTogether = isOfOneMoment(ingestion.spec.source);
  const jobs = new Map<string, ObservedJob>();
  const abandoned = new Map<string, ObservedJob>();
  const shared = observed.filter(({ kind }) => kind === 'LoadBatch').toSorted(byStart);
  for (const job of shared) {
    for (const [index, name] of tablesOf(job).entries()) {
      if (!hasAbandoned(job, index)) jobs.set(name, viewOf(job, index));
      else if (isTogether) jobs.set(name, withoutResults(job));
      else abandoned.set(name, job);
    }
  }
  for (const job of observed) if (job.kind === 'Load' && job.tableName !== undefined) jobs.set(job.tableName, job);
  return { jobs, abandoned };
}

/** Whether a table must not share a Job (again). The reason stays in its status until it has ended, whatever becomes of the failed Job. */
export function mustBeAlone({ abandoned }: TableJobs, { name, status }: ObservedTable): boolean {
  const reason = findCondition(status.conditions, 'Progressing')?.reason;
  return abandoned.has(name) || reason === ('BatchFailed' satisfies Reason);
}

function hasAbandoned(job: ObservedJob, index: number): boolean {
  return job.state === 'Failed' && job.deleting !== true && !isUnread(job) && (job.results?.[index] ?? null) === null;
}

/** The results exist, and cannot be read now. */
function isUnread({ resultsProblem }: ObservedJob): boolean {
  return resultsProblem !== undefined;
}

/** The Job as it is for one of its tables. */
function viewOf(job: ObservedJob, index: number): ObservedJob {
  // That of the whole says nothing about one table.
  const { results, result, ...common } = job;
  const ended = job.state === 'Succeeded' || job.state === 'Failed';
  if (!ended) return withProgressOf(common, index);
  // Until the results are read, a table is not known to have ended.
  if (isUnread(job)) return { ...common, state: 'Running' };
  const own = results?.[index] ?? undefined;
  if (own === undefined) return common;
  return { ...common, state: own.outcome === 'Failed' ? 'Failed' : 'Succeeded', result: own };
}

/** Each table's own progress, as far as the runner has reported it. */
function withProgressOf({ progress, ...job }: ObservedJob, index: number): ObservedJob {
  if (progress?.tables?.current === index) return { ...job, progress };
  const read = progress?.tables?.read.find(({ table }) => table === index);
  if (read === undefined) return job;
  const { rows, bytes, compressedBytes, seconds } = read;
  const counts = { rows, bytes, compressedBytes, totalCompressedBytes: compressedBytes, seconds };
  return { ...job, progress: { step: 'attach', ...counts } };
}

/** Its failure is that of each of its tables. */
function withoutResults(job: ObservedJob): ObservedJob {
  const { results, ...whole } = job;
  return whole;
}

function byStart({ startTime: one = '' }: ObservedJob, { startTime: other = '' }: ObservedJob): number {
  return one < other ? -1 : Number(one > other);
}
