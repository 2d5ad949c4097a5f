import { DataError, TransientError, type Failure } from '../../crds/contract/errors.ts';
import { jobName, tableIngestionName } from '../../crds/contract/names.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { Action } from './action.ts';
import { findCondition, isTrue, type ConditionState } from './conditions.ts';
import { failureOf } from './failure.ts';
import { isFinalPhase } from './table.ts';
import {
  transientProblem,
  type CatalogueTrouble,
  type Observed,
  type ObservedIngestion,
  type ObservedJob,
  type ObservedTable,
} from './observed.ts';
import type { Reason } from './reasons.ts';

/** Where the catalogue stands. Only `Done` lets tables be loaded, and only a status that says so already. */
export interface CatalogueDecision {
  readonly state: 'Underway' | 'Done' | 'Failed';
  readonly actions: readonly Action[];
  readonly condition: ConditionState;
  readonly failure?: Failure;
}

/**
 * ```
 * no Job ──CreateJob──▶ Job at work ──▶ succeeded, report whole ──ApplyTables──▶ all tables exist ──▶ Catalogued
 *   ▲                       └─ failed ──▶ Failed ◀───────┤ report invalid
 *   └───────DeleteJob, once, before any load─────────────┘ report lost
 * ```
 * The catalogue Job drops tables under the policies Recreate and Purge, so it never runs again once a load may have begun.
 */
export function decideCatalogue(observed: Observed): CatalogueDecision {
  const job = observed.jobs.find(({ kind }) => kind === 'Catalogue');
  if (isTrue(observed.ingestion.status.conditions, 'Catalogued')) return writtenDown(observed);
  if (job?.state === 'Succeeded' && job.deleting !== true) return decideSucceeded(observed, job);
  if (job?.state === 'Failed' && job.deleting !== true) {
    const failure = failureOf(job);
    return failed('CatalogueFailed', `the catalogue could not be made: ${failure.message}`, failure);
  }
  if (job !== undefined) return underway(observed, 'the catalogue Job reads what the dumps hold');
  if (hasLoadBegun(observed)) return lost('the catalogue is gone although tables are being loaded');
  if (observed.ingestion.metadata.deletionTimestamp !== undefined)
    return underway(observed, 'deleted before the catalogue was made');
  if (observed.ingestion.spec.suspend) return underway(observed, 'suspended before the catalogue was made');
  const { name, uid } = observed.ingestion.metadata;
  const create: Action = { type: 'CreateJob', name: jobName(name, uid, 'Catalogue'), work: { kind: 'Catalogue' } };
  return underway(observed, 'the catalogue Job is being started', [create]);
}

/**
 * A TableIngestion that somebody deletes is made again, lest its table be left out in silence. Where the catalogue is gone by then, the tables
 * that are left are loaded all the same, and the run fails.
 */
function writtenDown(observed: Observed): CatalogueDecision {
  const missing = missingEntries(observed);
  const count = missingTables(observed.ingestion, observed.tables);
  const isThrough = observed.tables.every(({ status }) => isFinalPhase(status.phase));
  if (missing.length > 0 || count === 0 || !isThrough || observed.ingestion.metadata.deletionTimestamp !== undefined)
    return done(observed, missing);
  if (transientProblem(observed) !== undefined) return { ...done(observed, missing), state: 'Underway' };
  return lost(`${count} TableIngestions were deleted, and the catalogue is gone that they could be made from again`);
}

/** How many TableIngestions are not there that were there when the catalogue was made. */
export function missingTables({ status }: ObservedIngestion, tables: readonly ObservedTable[]): number {
  return Math.max(0, (status.tables?.total ?? 0) - tables.length);
}

function decideSucceeded(observed: Observed, job: ObservedJob): CatalogueDecision {
  if (observed.catalogue !== undefined) {
    const missing = missingEntries(observed);
    if (missing.length === 0) return done(observed, missing);
    return underway(observed, `${missing.length} TableIngestions are being made`, [
      { type: 'ApplyTables', tables: missing },
    ]);
  }
  if (observed.catalogueTrouble !== undefined) return troubled(observed, observed.catalogueTrouble);
  if (wasLost(observed)) return lost("the catalogue Job's report was lost twice");
  if (hasLoadBegun(observed)) return lost("the catalogue Job's report was lost although tables are being loaded");
  const message = "the catalogue Job's report was lost; the Job is run once more";
  return {
    state: 'Underway',
    actions: [{ type: 'DeleteJob', name: job.name }],
    condition: falseBecause('CatalogueLost', message),
  };
}

/** What passes is waited for; of what does not, the same dumps would make the same again. */
function troubled(observed: Observed, { reason, message: what, isTransient }: CatalogueTrouble): CatalogueDecision {
  if (isTransient) return underway(observed, 'the catalogue Job has succeeded, and its report is to be read');
  const message = `the catalogue that its Job reported cannot be taken: ${what}; leave that dump out by spec.source.exclude, raise spec.limits.maxTables, or give the operator more memory`;
  return failed(reason, message, new DataError('CatalogueInvalid', message).toFailure());
}

function done(observed: Observed, missing: readonly { name: string; spec: TableIngestionSpec }[]): CatalogueDecision {
  const actions: Action[] = missing.length === 0 ? [] : [{ type: 'ApplyTables', tables: missing }];
  const condition: ConditionState = {
    type: 'Catalogued',
    status: 'True',
    reason: 'Catalogued',
    message: describeCatalogue(observed.tables),
  };
  return { state: 'Done', actions, condition };
}

/** That the report was lost once must not be forgotten before the next one is whole. */
function underway(observed: Observed, message: string, actions: readonly Action[] = []): CatalogueDecision {
  return {
    state: 'Underway',
    actions,
    condition: falseBecause(wasLost(observed) ? 'CatalogueLost' : 'Cataloguing', message),
  };
}

function lost(what: string): CatalogueDecision {
  const message = `${what}; delete the DumpIngestion and apply it again, tables that are loaded are not loaded twice`;
  return failed('CatalogueLost', message, new TransientError('CatalogueLost', message).toFailure());
}

function failed(reason: Reason, message: string, failure: Failure): CatalogueDecision {
  return { state: 'Failed', actions: [], condition: falseBecause(reason, message), failure };
}

function falseBecause(reason: Reason, message: string): ConditionState {
  return { type: 'Catalogued', status: 'False', reason, message };
}

function wasLost({ ingestion }: Observed): boolean {
  const reason: Reason = 'CatalogueLost';
  return findCondition(ingestion.status.conditions, 'Catalogued')?.reason === reason;
}

function hasLoadBegun({ jobs, tables }: Observed): boolean {
  return (
    jobs.some(({ kind }) => kind !== 'Catalogue') ||
    tables.some(
      ({ spec, status }) => spec.decision === 'Load' && (status.phase === 'Running' || isFinalPhase(status.phase)),
    )
  );
}

/** What the catalogue has and the TableIngestions do not, each under its name. */
function missingEntries({ ingestion, tables, catalogue }: Observed): { name: string; spec: TableIngestionSpec }[] {
  const existing = new Set(tables.map(({ name }) => name));
  return (catalogue ?? [])
    .map((spec) => ({ name: tableIngestionName(ingestion.metadata.name, spec), spec }))
    .filter(({ name }) => !existing.has(name));
}

function describeCatalogue(tables: readonly ObservedTable[]): string {
  const count = (decision: TableIngestionSpec['decision']) =>
    tables.filter(({ spec }) => spec.decision === decision).length;
  const dumps = new Set(tables.map(({ spec }) => spec.dump.file)).size;
  return `found ${tables.length} tables in ${dumps} dumps: ${count('Load')} to load, ${count('Skip')} skipped, ${count('Fail')} that cannot be loaded`;
}
