import { counted } from '../../crds/contract/counted.ts';
import { DataError, TransientError, type Failure } from '../../crds/contract/errors.ts';
import { jobName, runIdentity, tableIngestionName } from '../../crds/contract/names.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { Action } from './action.ts';
import { findCondition, isTrue, type ConditionState } from './conditions.ts';
import { failureOf } from './failure.ts';
import { hasEndedWell } from './earlier.ts';
import { currentRun, identityOf, subjectOf } from './runs.ts';
import { isFinalPhase } from './table.ts';
import {
  transientProblem,
  type CatalogueProblem,
  type Observed,
  type ObservedJob,
  type ObservedTable,
} from './observed.ts';
import type { Reason } from './reasons.ts';

/** The state of the catalogue. Tables are loaded only once it is `Done` and the written status says so. */
export interface CatalogueDecision {
  readonly state: 'Underway' | 'Done' | 'Failed';
  readonly actions: readonly Action[];
  readonly condition: ConditionState;
  readonly failure?: Failure;
}

/**
 * ```
 * no Job ──CreateJob──▶ Job running ──▶ succeeded, report whole ──ApplyTables──▶ all tables exist ──▶ Catalogued
 *   ▲                       └─ failed ──▶ Failed ◀───────┤ report invalid
 *   └───────DeleteJob, once, before any load─────────────┘ report lost
 * ```
 * The catalogue Job drops tables under the policies Recreate and Purge, so it never runs again once a load may have started.
 */
export function decideCatalogue(observed: Observed): CatalogueDecision {
  const job = observed.jobs.find(({ kind }) => kind === 'Catalogue');
  if (isTrue(observed.ingestion.status.conditions, 'Catalogued')) return decideCatalogued(observed);
  if (job?.state === 'Succeeded' && job.deleting !== true) return decideSucceeded(observed, job);
  if (job?.state === 'Failed' && job.deleting !== true) {
    const failure = failureOf(job);
    return failed('CatalogueFailed', `could not create the catalogue: ${failure.message}`, failure);
  }
  if (job !== undefined) return underway(observed, 'the catalogue Job is reading the dumps');
  if (hasLoadStarted(observed)) return lost('the catalogue was lost after loading had started');
  if (observed.ingestion.metadata.deletionTimestamp !== undefined)
    return underway(observed, 'deleted before the catalogue was created');
  if (observed.ingestion.spec.suspend) return underway(observed, 'the catalogue has not been created yet');
  const name = jobName(observed.ingestion.metadata.name, identityOf(observed.ingestion), 'Catalogue');
  // What an earlier run has loaded counts in this one, so it must not be dropped.
  const keepsTables = (observed.earlier ?? []).some(hasEndedWell);
  const work = { kind: 'Catalogue', ...(keepsTables ? { keepsTables } : {}) } as const;
  const create: Action = { type: 'CreateJob', name, work };
  return underway(observed, 'starting the catalogue Job', [create]);
}

/**
 * A TableIngestion that somebody deleted is recreated, so that its table is not left out silently. If the catalogue no longer exists by then,
 * the remaining tables are still loaded, and the run fails.
 */
function decideCatalogued(observed: Observed): CatalogueDecision {
  const missing = missingEntries(observed);
  const count = missingTables(observed);
  const areAllFinal = observed.tables.every(({ status }) => isFinalPhase(status.phase));
  if (missing.length > 0 || count === 0 || !areAllFinal || observed.ingestion.metadata.deletionTimestamp !== undefined)
    return done(observed, missing);
  if (transientProblem(observed) !== undefined) return { ...done(observed, missing), state: 'Underway' };
  return lost(`${count} TableIngestions were deleted and cannot be recreated, since the catalogue no longer exists`);
}

/** How many of the catalogue's TableIngestions no longer exist. */
export function missingTables({ ingestion, tables, earlier = [] }: Omit<Observed, 'jobs'>): number {
  return Math.max(0, (ingestion.status.tables?.total ?? 0) - tables.length - earlier.length);
}

function decideSucceeded(observed: Observed, job: ObservedJob): CatalogueDecision {
  if (observed.catalogue !== undefined) {
    const clash = findClash(observed);
    if (clash !== undefined) return failed('CatalogueInvalid', clash.message, clash);
    const missing = missingEntries(observed);
    if (missing.length === 0) return done(observed, missing);
    return underway(observed, `creating ${missing.length} TableIngestions`, [{ type: 'ApplyTables', tables: missing }]);
  }
  if (observed.catalogueProblem !== undefined) return unavailable(observed, observed.catalogueProblem);
  if (wasLost(observed))
    return lost(
      "the catalogue Job's report was lost twice, as where pods of ended Jobs are deleted at once, or where a kubelet keeps too little of a log (containerLogMaxSize)",
    );
  if (hasLoadStarted(observed)) return lost("the catalogue Job's report was lost after loading had started");
  const message = "the catalogue Job's report was lost; running the Job once more";
  return {
    state: 'Underway',
    actions: [{ type: 'DeleteJob', name: job.name }],
    condition: falseBecause('CatalogueLost', message),
  };
}

/** Waits for a transient problem to pass. Any other one is final, since the same dumps would produce the same catalogue again. */
function unavailable(observed: Observed, { reason, message: what, isTransient }: CatalogueProblem): CatalogueDecision {
  if (isTransient) return underway(observed, 'the catalogue Job has succeeded; reading its report');
  const message = `the catalogue that the Job reported is invalid: ${what}; exclude the dump with spec.source.exclude, raise spec.limits.maxTables, or give the operator more memory`;
  return failed(reason, message, new DataError('CatalogueInvalid', message).toFailure());
}

function done(observed: Observed, missing: readonly NamedEntry[]): CatalogueDecision {
  const actions: Action[] = missing.length === 0 ? [] : [{ type: 'ApplyTables', tables: missing }];
  const condition: ConditionState = {
    type: 'Catalogued',
    status: 'True',
    reason: 'Catalogued',
    message: describeCatalogue(observed),
  };
  return { state: 'Done', actions, condition };
}

/** Keeps the reason CatalogueLost until a whole report arrives, so that a second loss is recognized. */
function underway(observed: Observed, message: string, actions: readonly Action[] = []): CatalogueDecision {
  return {
    state: 'Underway',
    actions,
    condition: falseBecause(wasLost(observed) ? 'CatalogueLost' : 'Cataloguing', message),
  };
}

function lost(what: string): CatalogueDecision {
  const message = `${what}; delete the DumpIngestion and apply it again (tables already loaded are not loaded twice)`;
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

function hasLoadStarted({ jobs, tables }: Observed): boolean {
  return (
    jobs.some(({ kind }) => kind !== 'Catalogue') ||
    tables.some(
      ({ spec, status }) => spec.decision === 'Load' && (status.phase === 'Running' || isFinalPhase(status.phase)),
    )
  );
}

/**
 * The catalogue entries without a TableIngestion, each with the name of its TableIngestion; without those that an earlier run has loaded, unless their
 * dump could not be read since.
 */
function missingEntries(observed: Observed): NamedEntry[] {
  const existing = new Set(observed.tables.map(({ name }) => name));
  const { earlier = [] } = observed;
  const unread = new Set(observed.unread);
  const isLoaded = (table: ObservedTable) => hasEndedWell(table) && !unread.has(table.spec.dump.file);
  const loaded = new Set(earlier.filter(isLoaded).map(({ spec }) => subjectOf(spec)));
  return namedEntries(observed).filter(({ name, spec }) => !existing.has(name) && !loaded.has(subjectOf(spec)));
}

/** Two entries with one name: one TableIngestion would stand for both, and one table would be left out silently. */
function findClash(observed: Observed): Failure | undefined {
  const byName = new Map<string, TableIngestionSpec>();
  for (const { name, spec } of namedEntries(observed)) {
    const first = byName.get(name);
    byName.set(name, spec);
    if (first === undefined) continue;
    const [one, other] = [first, spec].map(({ table, dump }) => `table ${table} of ${dump.file}`);
    const message = `${one} and ${other} would both become TableIngestion ${name}, so one of them would be left out; exclude one with spec.source.exclude`;
    return new DataError('TableIngestionClash', message).toFailure();
  }
  return undefined;
}

interface NamedEntry {
  readonly name: string;
  readonly spec: TableIngestionSpec;
}

function namedEntries({ ingestion, catalogue = [] }: Observed): NamedEntry[] {
  const { name, uid } = ingestion.metadata;
  const { number } = currentRun(ingestion);
  const run = runIdentity(uid, number);
  return catalogue.map((entry) => ({
    name: tableIngestionName(name, run, entry),
    spec: number === 1 ? entry : { ...entry, run: number },
  }));
}

function describeCatalogue({ tables, earlier = [] }: Observed): string {
  const count = (decision: TableIngestionSpec['decision']) =>
    tables.filter(({ spec }) => spec.decision === decision).length;
  const dumps = new Set(tables.map(({ spec }) => spec.dump.file)).size;
  const kept = count('Keep') === 0 ? '' : `${count('Keep')} loaded already, `;
  const before = earlier.length === 0 ? '' : ` besides ${earlier.length} of earlier runs`;
  return `found ${counted(tables.length, 'table')} in ${counted(dumps, 'dump')}${before}: ${count('Load')} to load, ${kept}${count('Skip')} skipped, ${count('Fail')} that cannot be loaded`;
}
