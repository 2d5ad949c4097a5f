import type { Action, Decision } from './action.ts';
import { decideLoads, decideStalled, type Loads } from './breaker.ts';
import { decideCatalogue, missingTables } from './catalogue.ts';
import { withCredibleEnds } from './credible.ts';
import { isTrue } from './conditions.ts';
import { earlierResults } from './earlier.ts';
import { secondsSince } from './duration.ts';
import { decideEnded } from './ended.ts';
import { decideEvents } from './events.ts';
import { decideFinish } from './finish.ts';
import type { MeasuredTable } from './measured-table.ts';
import { decideReplacements } from './replace.ts';
import { isActive, transientProblem, type Observed, type ObservedTable } from './observed.ts';
import { mustBeAlone, tableJobs, type TableJobs } from './shared-jobs.ts';
import { ingestionStatus } from './status.ts';
import { statusWrites } from './status-writes.ts';
import { decideSuperseded } from './superseded.ts';
import { decideTable, isFinalPhase } from './table.ts';
import { tableStatus } from './table-status.ts';
import { decideTriggered, isTriggered } from './trigger.ts';

const MORE_AFTER_SECONDS = 1;
/** No watch event follows a rejected Job or an unreadable log, so they are retried on a timer. */
const RETRY_AFTER_SECONDS = 10;

/**
 * What to do next for one DumpIngestion: catalogue, load, finish; pure. Once a run is complete or failed it stays so, as a Job does, until
 * `spec.trigger` starts another one: changing `suspend` or `maxParallelJobs` does not.
 */
export function decide(seen: Observed, now: Date): Decision {
  if (hasEnded(seen))
    return isTriggered(seen.ingestion) ? { actions: decideTriggered(seen, now) } : decideEnded(seen, now);
  const observed = withCredibleEnds(seen);
  if (observed.ingestion.metadata.deletionTimestamp !== undefined) return { actions: stop(observed, now) };
  const catalogue = decideCatalogue(observed);
  const found = decideStalled(observed, now);
  const known = tableJobs(observed);
  const { tables, actions: tableActions } = decideTables(observed, known, now, found !== undefined);
  const mayLoad = isTrue(observed.ingestion.status.conditions, 'Catalogued') && !observed.ingestion.spec.suspend;
  const { actions: loads, stalled }: Loads = mayLoad
    ? decideLoads(observed, waitingTables(observed, known), found, now, (table) => mustBeAlone(known, table))
    : { actions: [], stalled: found };
  const areTablesDone =
    catalogue.state === 'Done' &&
    catalogue.actions.length === 0 &&
    // Whether a table that is missing now can come back is decided first.
    missingTables(observed) === 0 &&
    tables.every(({ status }) => isFinalPhase(status.phase));
  const earlier = catalogue.state === 'Done' ? earlierResults(observed.earlier) : [];
  const finish = areTablesDone ? decideFinish(observed, [...tables, ...earlier]) : undefined;
  const status = ingestionStatus({ observed, catalogue, tables, earlier, finish, stalled, now });
  const superseded = decideSuperseded(observed);
  const { writes, nextSeconds } = statusWrites(observed, tables, status, now);
  const areUnread = observed.jobs.some(({ resultsProblem }) => resultsProblem !== undefined);
  const mustRetry = observed.problem !== undefined || transientProblem(observed) !== undefined || areUnread;
  const requeue = [
    ...(mustRetry ? [RETRY_AFTER_SECONDS] : []),
    ...(superseded.isMore ? [MORE_AFTER_SECONDS] : []),
    ...(nextSeconds === undefined ? [] : [nextSeconds]),
    ...(stalled === undefined ? [] : [Math.ceil(-secondsSince(stalled.nextProbeTime, now))]).filter(
      (seconds) => seconds > 0,
    ),
  ];
  return {
    actions: [
      ...decideReplacements(observed),
      ...catalogue.actions,
      ...tableActions,
      ...superseded.actions,
      ...loads,
      ...(finish?.actions ?? []),
      ...writes,
      ...decideEvents(observed, status, tables),
    ],
    ...(requeue.length === 0 ? {} : { requeueAfterSeconds: Math.min(...requeue) }),
  };
}

function decideTables(
  observed: Observed,
  known: TableJobs,
  now: Date,
  isStalled: boolean,
): { tables: MeasuredTable[]; actions: Action[] } {
  const repeated = new Set<string>();
  const tables = observed.tables.map((table): MeasuredTable => {
    if (isFinalPhase(table.status.phase)) return table;
    const job = known.jobs.get(table.name);
    const decision = decideTable(table, job, observed.ingestion, isStalled, mustBeAlone(known, table));
    if (decision.repeat !== undefined) repeated.add(decision.repeat.name);
    const { compressedBytes, seconds: loadingSeconds } =
      (decision.phase === 'Running' ? job?.progress : undefined) ?? {};
    return {
      ...table,
      status: tableStatus(table, decision, job, now),
      ...(compressedBytes === undefined ? {} : { compressedBytes }),
      ...(loadingSeconds === undefined ? {} : { loadingSeconds }),
    };
  });
  return { tables, actions: [...repeated].map((name) => ({ type: 'DeleteJob', name })) };
}

function waitingTables({ tables }: Observed, { jobs }: TableJobs): ObservedTable[] {
  return tables.filter(
    ({ name, spec, status }) => spec.decision === 'Load' && !isFinalPhase(status.phase) && !jobs.has(name),
  );
}

function hasEnded({ ingestion }: Observed): boolean {
  return isTrue(ingestion.status.conditions, 'Complete') || isTrue(ingestion.status.conditions, 'Failed');
}

/** Deletion stops running Jobs. Loaded tables are kept; the next load of a table removes what a stopped load left behind. */
function stop(observed: Observed, now: Date): Action[] {
  const running = observed.jobs.filter((job) => isActive(job) && job.deleting !== true);
  const { stalled } = observed.ingestion.status;
  const { tables } = decideTables(observed, tableJobs(observed), now, stalled !== undefined);
  const catalogue = { ...decideCatalogue(observed), actions: [] };
  const earlier = earlierResults(observed.earlier);
  const status = ingestionStatus({ observed, catalogue, tables, earlier, finish: undefined, stalled, now });
  return [
    ...running.map((job): Action => ({ type: 'DeleteJob', name: job.name })),
    ...statusWrites(observed, tables, status, now).writes,
    ...decideEvents(observed, status, tables),
  ];
}
