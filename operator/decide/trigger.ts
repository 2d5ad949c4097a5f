import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import { isOfOneMoment } from '../../crds/contract/one-moment.ts';
import type { Action } from './action.ts';
import { decideCatalogue } from './catalogue.ts';
import { findCondition, isTrue } from './conditions.ts';
import { decideEvents } from './events.ts';
import type { Observed, ObservedIngestion } from './observed.ts';
import type { Reason } from './reasons.ts';
import { currentRun, type Run } from './runs.ts';
import { ingestionStatus } from './status.ts';

type PastRun = NonNullable<DumpIngestionStatus['runs']>[number];

/** As many as the CRD has room for. */
const MAX_PAST_RUNS = 10;
const MESSAGE_LENGTH = 1024;

/** Whether an ended DumpIngestion is to run again. */
export function isTriggered({ metadata, spec, status }: ObservedIngestion): boolean {
  const isNew = spec.trigger !== undefined && spec.trigger !== currentRun({ spec, status }).trigger;
  return isNew && metadata.deletionTimestamp === undefined;
}

/** Starts the next run: its status is a new one, which keeps of the run before only how it ended. */
export function decideTriggered(observed: Observed, now: Date): Action[] {
  const { ingestion } = observed;
  const run = nextRun(ingestion);
  const runs = [pastRun(ingestion), ...(ingestion.status.runs ?? [])].slice(0, MAX_PAST_RUNS);
  const started: Observed = { ingestion: { ...ingestion, status: { run, runs } }, tables: [], jobs: [] };
  const catalogue = decideCatalogue(started);
  const status = ingestionStatus({
    observed: started,
    catalogue,
    tables: [],
    earlier: [],
    finish: undefined,
    stalled: undefined,
    now,
  });
  const reason: Reason = 'Triggered';
  const message = `run ${run.number} starts, since spec.trigger has changed; it loads ${describePolicy(ingestion, run)}`;
  return [
    { type: 'WriteIngestionStatus', status },
    { type: 'EmitEvent', level: 'Normal', reason, message },
    ...decideEvents(started, status, []),
  ];
}

function describePolicy({ spec }: ObservedIngestion, { retryPolicy }: Run): string {
  if (isOfOneMoment(spec.source)) return 'all tables (spec.source.database.snapshot is AllTables)';
  const what = retryPolicy === 'All' ? 'all tables' : 'the tables that are not loaded yet';
  return `${what} (spec.retryPolicy is ${String(retryPolicy)})`;
}

/** Tables that a run of all tables is to replace do not count in it, nor in the runs that follow. */
function nextRun({ spec, status }: ObservedIngestion): Run {
  const { number: before, since } = currentRun({ spec, status });
  const number = before + 1;
  const retryPolicy = isOfOneMoment(spec.source) ? 'All' : spec.retryPolicy;
  return {
    number,
    ...(spec.trigger === undefined ? {} : { trigger: spec.trigger }),
    retryPolicy,
    since: retryPolicy === 'All' ? number : since,
  };
}

function pastRun({ spec, status }: ObservedIngestion): PastRun {
  const { number, trigger } = currentRun({ spec, status });
  const phase = isTrue(status.conditions, 'Complete') ? 'Complete' : 'Failed';
  const { reason = phase, message = '' } = findCondition(status.conditions, phase) ?? {};
  const { tables, rows, rejects, startTime, completionTime } = status;
  return {
    number,
    ...(trigger === undefined ? {} : { trigger }),
    ...{ phase, reason, message: message.slice(0, MESSAGE_LENGTH) },
    ...(tables?.summary === undefined ? {} : { tables: tables.summary }),
    ...(tables?.failed === undefined ? {} : { failed: tables.failed }),
    ...(rows === undefined ? {} : { rows }),
    ...(rejects === undefined ? {} : { rejects }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
}
