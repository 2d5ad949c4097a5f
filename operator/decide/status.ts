import { describeFailure, type Failure } from '../../crds/contract/errors.ts';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { Stalled } from './breaker.ts';
import type { CatalogueDecision } from './catalogue.ts';
import { boundedMessage, isTrue, setConditions, type ConditionState } from './conditions.ts';
import type { FinishDecision } from './finish.ts';
import { measureCatalogue } from './measure-catalogue.ts';
import { measure, type MeasuredTable } from './measures.ts';
import { transientProblem, type Observed, type Problem } from './observed.ts';
import { REASONS, type Reason } from './reasons.ts';

/** What was observed, and what was decided about its parts. */
export interface RunState {
  readonly observed: Observed;
  readonly catalogue: CatalogueDecision;
  /** With their statuses after this reconcile. */
  readonly tables: readonly MeasuredTable[];
  /** Undefined until all tables are done. */
  readonly finish: FinishDecision | undefined;
  /** Why no loads are started. */
  readonly stalled: Stalled | undefined;
  readonly now: Date;
}

/** How the run ended. */
interface End {
  readonly phase: 'Complete' | 'Failed';
  readonly reason: Reason;
  readonly message: string;
}

const MAX_FAILURES = 10;

export function ingestionStatus(run: RunState): DumpIngestionStatus {
  const { observed, tables, now } = run;
  const { metadata, status: previous } = observed.ingestion;
  const failures = failuresOf(run);
  const end = endOf(run, failures);
  const work = workOf(run);
  return {
    observedGeneration: metadata.generation,
    phase: end?.phase ?? (observed.ingestion.spec.suspend ? 'Suspended' : work.phase),
    message: boundedMessage(messageOf(run, end, work, failures)),
    conditions: setConditions(previous.conditions, conditionStates(run, end, work), metadata.generation, now),
    ...(wasCatalogued(run) ? measure(tables, previous, observed.ingestion.spec.loading.maxParallelJobs, now) : {}),
    ...(run.stalled === undefined || end !== undefined ? {} : { stalled: run.stalled }),
    ...(failures.length > 0 ? { failures: failures.slice(0, MAX_FAILURES) } : {}),
    ...measureCatalogue(observed),
    startTime: previous.startTime ?? now.toISOString(),
    ...(end === undefined ? {} : { completionTime: now.toISOString() }),
  };
}

/** Now or before: the numbers remain even if the catalogue has been lost since. */
function wasCatalogued({ observed, catalogue }: RunState): boolean {
  return catalogue.state === 'Done' || isTrue(observed.ingestion.status.conditions, 'Catalogued');
}

function endOf({ observed, catalogue, tables, finish }: RunState, failures: readonly Failure[]): End | undefined {
  if (catalogue.state === 'Failed') {
    const reason = isTrue(observed.ingestion.status.conditions, 'Catalogued') ? 'CatalogueLost' : 'CatalogueFailed';
    return { phase: 'Failed', reason, message: catalogue.condition.message };
  }
  if (finish === undefined || finish.state === 'Underway') return undefined;
  const failed = tables.filter(({ status }) => status.phase === 'Failed').length;
  const [first] = failures;
  if (failed > 0 && first !== undefined) {
    return {
      phase: 'Failed',
      reason: 'TablesFailed',
      message: `${failed} of ${tables.length} tables failed; first: ${describeFailure(first)}`,
    };
  }
  if (finish.failure !== undefined) {
    const message = `all tables are loaded, but the finish Job failed: ${describeFailure(finish.failure)}`;
    return { phase: 'Failed', reason: 'FinishFailed', message };
  }
  return { phase: 'Complete', ...completion(tables) };
}

function completion(tables: readonly MeasuredTable[]): Pick<End, 'reason' | 'message'> {
  const count = (phase: MeasuredTable['status']['phase']) =>
    tables.filter(({ status }) => status.phase === phase).length;
  const [loaded, alreadyLoaded, skipped] = [count('Loaded'), count('AlreadyLoaded'), count('Skipped')];
  if (tables.length === 0)
    return { reason: 'NothingToLoad', message: 'no tables found; check spec.source and spec.format.dumpName' };
  if (skipped === tables.length)
    return {
      reason: 'AllTablesSkipped',
      message: `all ${skipped} tables were skipped; see the messages of the TableIngestions`,
    };
  const parts = [
    `${loaded} tables loaded`,
    ...(alreadyLoaded > 0 ? [`${alreadyLoaded} already loaded with the same content`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const rejects = tables.reduce((total, { status }) => total + (status.rejects ?? 0), 0);
  if (rejects === 0) return { reason: 'AllTablesLoaded', message: parts.join(', ') };
  const message = `${parts.join(', ')}; ${rejects} records could not be loaded and are in the table rejects of the ledger`;
  return { reason: 'LoadedWithRejects', message };
}

/** What is being done, and what prevents it. */
interface Work {
  readonly phase: 'Pending' | 'Cataloguing' | 'Loading' | 'Finishing';
  readonly reason: Reason;
  readonly message: string;
  readonly problem: Problem | undefined;
  readonly isStuck: boolean;
}

function workOf(run: RunState): Work {
  const { observed, catalogue, tables, finish } = run;
  const isRunning = observed.jobs.some((job) => job.state === 'Running');
  const pending = observed.jobs.filter((job) => job.state === 'Pending' && job.problem !== undefined);
  const problem =
    observed.problem ??
    transientProblem(observed) ??
    stalledProblem(run) ??
    pending.map((job) => job.problem).find((one) => one !== undefined);
  const work = { problem, isStuck: problem !== undefined && !isRunning };
  if (catalogue.state !== 'Done') {
    return {
      ...work,
      phase: hasStarted(observed) ? 'Cataloguing' : 'Pending',
      reason: 'Cataloguing',
      message: catalogue.condition.message,
    };
  }
  if (finish !== undefined) {
    return {
      ...work,
      phase: 'Finishing',
      reason: 'Finishing',
      message: 'all tables are done; analyzing the mother tables',
    };
  }
  const left = tables.filter(({ status }) => status.phase === 'Pending' || status.phase === 'Running').length;
  const failed = tables.filter(({ status }) => status.phase === 'Failed').length;
  return {
    ...work,
    phase: 'Loading',
    reason: 'Loading',
    message: `${tables.length - left} of ${tables.length} tables done${failed === 0 ? '' : `, ${failed} failed`}`,
  };
}

function stalledProblem({ stalled }: RunState): Problem | undefined {
  if (stalled === undefined) return undefined;
  const { code, message, nextProbeTime } = stalled;
  const reason: Reason = 'Stalled';
  return {
    reason,
    message: `no more Jobs are started, since several failed with ${code}: ${message}; one is tried at ${nextProbeTime}, or once the manifest is changed`,
  };
}

/** Whether a runner has started on the catalogue; also true between two attempts and while TableIngestions are being created. */
function hasStarted({ jobs }: Observed): boolean {
  return jobs.some(({ kind, state, attempts }) => kind === 'Catalogue' && (state !== 'Pending' || attempts > 0));
}

function messageOf({ observed }: RunState, end: End | undefined, work: Work, [first]: readonly Failure[]): string {
  if (end !== undefined) return end.message;
  if (observed.ingestion.metadata.deletionTimestamp !== undefined)
    return 'being deleted; running Jobs are stopped, loaded tables are kept';
  const message = observed.ingestion.spec.suspend ? `suspended; ${work.message}` : work.message;
  const problem = work.problem === undefined ? '' : `; ${work.problem.reason}: ${work.problem.message}`;
  return `${message}${problem}${first === undefined ? '' : `; first failure: ${describeFailure(first)}`}`;
}

function conditionStates(run: RunState, end: End | undefined, work: Work): ConditionState[] {
  const { observed, catalogue } = run;
  const complete = end?.phase === 'Complete';
  const failed = end?.phase === 'Failed';
  const because = (holds: boolean, otherwise: Reason) =>
    holds && end !== undefined
      ? { reason: end.reason, message: end.message }
      : { reason: otherwise, message: REASONS[otherwise].text };
  return [
    catalogue.condition,
    suspended(observed),
    stalledCondition(run, end),
    progressing(observed, end, work),
    { type: 'Complete', status: complete ? 'True' : 'False', ...because(complete, failed ? 'Ended' : 'InProgress') },
    { type: 'Failed', status: failed ? 'True' : 'False', ...because(failed, complete ? 'NotFailed' : 'InProgress') },
  ];
}

function suspended({ ingestion }: Observed): ConditionState {
  const { suspend } = ingestion.spec;
  if (suspend) {
    return {
      type: 'Suspended',
      status: 'True',
      reason: 'Suspended',
      message: 'no new Jobs are started until spec.suspend is false',
    };
  }
  return { type: 'Suspended', status: 'False', reason: 'NotSuspended', message: REASONS.NotSuspended.text };
}

function stalledCondition(run: RunState, end: End | undefined): ConditionState {
  const problem = end === undefined ? stalledProblem(run) : undefined;
  if (problem !== undefined) return { type: 'Stalled', status: 'True', ...problem };
  return { type: 'Stalled', status: 'False', reason: 'NotStalled', message: REASONS.NotStalled.text };
}

function progressing({ ingestion }: Observed, end: End | undefined, work: Work): ConditionState {
  const state = (status: 'True' | 'False', reason: string, message: string): ConditionState => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (end !== undefined) return state('False', 'Ended', end.message);
  if (ingestion.metadata.deletionTimestamp !== undefined)
    return state('False', 'Deleting', 'running Jobs are stopped, loaded tables are kept');
  if (work.problem !== undefined && work.isStuck) return state('False', work.problem.reason, work.problem.message);
  if (ingestion.spec.suspend) return state('False', 'Suspended', 'no new Jobs are started until spec.suspend is false');
  return state('True', work.reason, work.message);
}

/** In the order in which the tables failed. */
function failuresOf({ catalogue, tables, finish }: RunState): Failure[] {
  const failed = tables.filter(({ status }) => status.failure !== undefined);
  const inOrder = failed.toSorted(
    (one, other) => compare(one.status.completionTime, other.status.completionTime) || compare(one.name, other.name),
  );
  const ofTables = inOrder.flatMap(({ status }) => status.failure ?? []);
  return [
    ...(catalogue.failure === undefined ? [] : [catalogue.failure]),
    ...ofTables,
    ...(finish?.failure === undefined ? [] : [finish.failure]),
  ];
}

function compare(one = '', other = ''): number {
  return one < other ? -1 : Number(one > other);
}
