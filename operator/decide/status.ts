import { are, counted } from '../../crds/contract/counted.ts';
import { describeFailure, type Failure } from '../../crds/contract/errors.ts';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { ArchiveResult } from '../../crds/contract/report.ts';
import type { Archive } from '../../crds/contract/task.ts';
import { boundedMessage, isTrue, setConditions } from './conditions.ts';
import { measureCatalogue } from './measure-catalogue.ts';
import type { MeasuredTable } from './measured-table.ts';
import { measure } from './measures.ts';
import { maxParallelLoads, transientProblem, type Observed, type ObservedIngestion } from './observed.ts';
import { durationText, secondsSince } from './duration.ts';
import type { FinishDecision } from './finish.ts';
import { conditionStates } from './run-conditions.ts';
import { allTables, silentProblem, stalledProblem, type End, type RunState, type Work } from './run-state.ts';
import { currentRun } from './runs.ts';

const MAX_FAILURES = 10;

export function ingestionStatus(run: RunState): DumpIngestionStatus {
  const { observed, now } = run;
  const { metadata, spec, status: previous } = observed.ingestion;
  const failures = failuresOf(run);
  const end = endOf(run, failures);
  const work = workOf(run);
  return {
    observedGeneration: metadata.generation,
    phase: end?.phase ?? (spec.suspend ? 'Suspended' : work.phase),
    message: boundedMessage(messageOf(run, end, work, failures)),
    conditions: setConditions(previous.conditions, conditionStates(run, end, work), metadata.generation, now),
    ...(wasCatalogued(run) ? measure(run.tables, run.earlier, previous, maxParallelLoads(spec), now) : {}),
    ...(run.stalled === undefined || end !== undefined ? {} : { stalled: run.stalled }),
    ...(failures.length > 0 ? { failures: failures.slice(0, MAX_FAILURES) } : {}),
    ...measureCatalogue(observed),
    ...(run.finish?.archive === undefined ? {} : { archive: run.finish.archive }),
    ...runsOf(observed.ingestion),
    ...timesOf(previous.startTime, now),
    ...(end === undefined ? {} : { completionTime: now.toISOString() }),
  };
}

function timesOf(before: string | undefined, now: Date): Pick<DumpIngestionStatus, 'startTime' | 'duration'> {
  const startTime = before ?? now.toISOString();
  return { startTime, duration: durationText(secondsSince(startTime, now)) };
}

/** Only of a DumpIngestion that is, or was, to run more than once. */
function runsOf({ spec, status }: ObservedIngestion): Pick<DumpIngestionStatus, 'run' | 'runs'> {
  const run = currentRun({ spec, status });
  const { runs } = status;
  return {
    ...(run.number === 1 && run.trigger === undefined ? {} : { run }),
    ...(runs === undefined ? {} : { runs }),
  };
}

/** Now or before: the numbers remain even if the catalogue has been lost since. */
function wasCatalogued({ observed, catalogue }: RunState): boolean {
  return catalogue.state === 'Done' || isTrue(observed.ingestion.status.conditions, 'Catalogued');
}

function endOf(run: RunState, failures: readonly Failure[]): End | undefined {
  const { observed, catalogue, finish } = run;
  const tables = allTables(run);
  if (catalogue.state === 'Failed') {
    const reason = isTrue(observed.ingestion.status.conditions, 'Catalogued') ? 'CatalogueLost' : 'CatalogueFailed';
    return { phase: 'Failed', reason, message: catalogue.condition.message };
  }
  if (finish === undefined || finish.state === 'Underway') return undefined;
  const failed = tables.filter(({ status }) => status.phase === 'Failed').length;
  if (failed > 0) {
    const [first] = failures;
    // Whoever may write statuses can remove the failure of a table, and a failed table is one all the same.
    const what = first === undefined ? 'see the TableIngestions' : `first: ${describeFailure(first)}`;
    return {
      phase: 'Failed',
      reason: 'TablesFailed',
      message: `${failed} of ${counted(tables.length, 'table')} failed; ${what}`,
    };
  }
  if (finish.failure !== undefined) {
    const message = `all tables were loaded, but the finish Job failed: ${describeFailure(finish.failure)}`;
    return { phase: 'Failed', reason: 'FinishFailed', message };
  }
  const { reason, message } = completion(tables, observed.ingestion.spec.archive?.action);
  return {
    phase: 'Complete',
    reason: (finish.gone ?? 0) > 0 ? 'TablesGone' : reason,
    message: message + archiveText(finish.archive) + missingText(finish),
  };
}

/** It is no failure, since their owner may drop them; but the numbers of the status count them. */
function missingText({ gone = 0, unasked = 0 }: FinishDecision): string {
  const missing =
    gone === 0
      ? ''
      : `; ${counted(gone, 'table')} of earlier runs ${are(gone)} no longer there: retry --all loads ${gone === 1 ? 'it' : 'them'} again`;
  return missing + (unasked === 0 ? '' : `; ${unasked} that were found loaded are too many to be looked for again`);
}

function archiveText(archive: ArchiveResult | undefined): string {
  if (archive === undefined) return '';
  const { archived, kept, reason } = archive;
  const left = kept === 0 ? '' : `, ${kept} left where they are${reason === undefined ? '' : ` (${reason})`}`;
  return `; ${counted(archived, 'dump')} archived${left}`;
}

function completion(
  tables: readonly MeasuredTable[],
  archive: Archive['action'] | undefined,
): Pick<End, 'reason' | 'message'> {
  const count = (phase: MeasuredTable['status']['phase']) =>
    tables.filter(({ status }) => status.phase === phase).length;
  const [loaded, alreadyLoaded, skipped] = [count('Loaded'), count('AlreadyLoaded'), count('Skipped')];
  if (tables.length === 0 && (archive === 'Move' || archive === 'Delete'))
    return { reason: 'NothingToLoad', message: 'no dump has come since the last ones were archived' };
  if (tables.length === 0)
    return { reason: 'NothingToLoad', message: 'no tables found; check spec.source and spec.format.dumpName' };
  if (skipped === tables.length)
    return {
      reason: 'AllTablesSkipped',
      message: `${skipped === 1 ? 'the only table was' : `all ${skipped} tables were`} skipped; see the messages of the TableIngestions`,
    };
  const parts = [
    `${counted(loaded, 'table')} loaded`,
    ...(alreadyLoaded > 0 ? [`${alreadyLoaded} already loaded with the same content`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const rejects = tables.reduce((total, { status }) => total + (status.rejects ?? 0), 0);
  if (rejects === 0) return { reason: 'AllTablesLoaded', message: parts.join(', ') };
  const message = `${parts.join(', ')}; ${counted(rejects, 'record')} could not be loaded: see the table rejects of the ledger`;
  return { reason: 'LoadedWithRejects', message };
}

function workOf(run: RunState): Work {
  const { observed, catalogue, finish } = run;
  const tables = allTables(run);
  const isRunning = observed.jobs.some((job) => job.state === 'Running');
  const pending = observed.jobs.filter((job) => job.state === 'Pending' && job.problem !== undefined);
  const problem =
    observed.problem ??
    transientProblem(observed) ??
    stalledProblem(run) ??
    pending.map((job) => job.problem).find((one) => one !== undefined);
  const silent = silentProblem(run);
  const work =
    silent === undefined
      ? { problem, isStuck: problem !== undefined && !isRunning }
      : { problem: silent, isStuck: true };
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
    message: `${tables.length - left} of ${counted(tables.length, 'table')} done${failed === 0 ? '' : `, ${failed} failed`}`,
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

/** In the order in which the tables failed. */
function failuresOf({ catalogue, tables, earlier, finish }: RunState): Failure[] {
  const failed = allTables({ tables, earlier }).filter(({ status }) => status.failure !== undefined);
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
