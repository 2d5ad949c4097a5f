import type { TableIngestionStatus } from '../../crds/contract/generated.ts';
import { isSharedJobName, jobName, runIdentity } from '../../crds/contract/names.ts';
import { isTrue } from './conditions.ts';
import type { Observed, ObservedIngestion, ObservedTable } from './observed.ts';
import { isFinalPhase } from './table.ts';

/** The tables that statuses were found to be of: each name of a Job takes a digest, and a run has thousands of tables. */
const knownTables = new WeakMap<TableIngestionStatus, string>();

/**
 * Whether the table has ended. A final phase is the reason not to load it, and whoever may write statuses can set one; so it counts only if it
 * follows from the catalogue, or with what a Job of this run leaves beside it: the condition, and its name, which only the table has or those
 * that share the Job.
 */
export function hasCredibleEnd({ name, spec, status }: ObservedTable, { metadata }: ObservedIngestion): boolean {
  const { phase, conditions } = status;
  if (!isFinalPhase(phase)) return false;
  if (spec.decision !== 'Load') return phase === ENDS[spec.decision];
  if (!isTrue(conditions, phase === 'Failed' ? 'Failed' : 'Complete')) return false;
  const run = runIdentity(metadata.uid, spec.run);
  const table = `${run}/${name}`;
  if (knownTables.get(status) === table) return true;
  const { jobName: job = '' } = status;
  if (job !== jobName(metadata.name, run, 'Load', name) && !isSharedJobName(job, run)) return false;
  knownTables.set(status, table);
  return true;
}

/** The ends that follow from the catalogue. */
const ENDS = { Keep: 'AlreadyLoaded', Skip: 'Skipped', Fail: 'Failed' } as const;

/** What was observed, with an empty status in place of one with an end that is not credible. */
export function withCredibleEnds(observed: Observed): Observed {
  const isBelieved = (table: ObservedTable) =>
    !isFinalPhase(table.status.phase) || hasCredibleEnd(table, observed.ingestion);
  const believed = (tables: readonly ObservedTable[]) =>
    tables.every(isBelieved) ? tables : tables.map((table) => (isBelieved(table) ? table : { ...table, status: {} }));
  const { tables, earlier } = observed;
  return { ...observed, tables: believed(tables), ...(earlier === undefined ? {} : { earlier: believed(earlier) }) };
}
