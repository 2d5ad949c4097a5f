import { describeFailure } from '../../crds/contract/errors.ts';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { EmitEvent } from './action.ts';
import { conditionEvents, hasChanged } from './condition-events.ts';
import { boundedMessage, type Condition } from './conditions.ts';
import type { MeasuredTable } from './measured-table.ts';
import type { Observed } from './observed.ts';
import { eventLevel, type Reason } from './reasons.ts';

/** The failed tables that get an event of their own in one reconcile; the counts in the status include all of them. */
const MAX_TABLE_EVENTS = 10;

/**
 * An event for each transition: conditions with a new status or reason, and tables that failed, which have it as well: whoever describes a
 * TableIngestion looks for it there.
 */
export function decideEvents(
  observed: Observed,
  status: DumpIngestionStatus,
  tables: readonly MeasuredTable[],
): EmitEvent[] {
  const { conditions } = observed.ingestion.status;
  return [...tableEvents(observed, tables), ...conditionEvents(conditions, status.conditions, eventOf)];
}

function eventOf(condition: Condition, before: Condition | undefined): EmitEvent | undefined {
  if (!hasChanged(condition, before)) return undefined;
  const resumed = condition.type === 'Suspended' && before?.status === 'True';
  const reason = resumed && condition.status === 'False' ? ('Resumed' satisfies Reason) : condition.reason;
  const message = resumed ? 'spec.suspend is false again; the run continues' : condition.message;
  const level = eventLevel(reason);
  return level === undefined ? undefined : { type: 'EmitEvent', level, reason, message };
}

function tableEvents(observed: Observed, tables: readonly MeasuredTable[]): EmitEvent[] {
  const before = new Map(observed.tables.map((table) => [table.name, table.status.phase]));
  const reason: Reason = 'TableFailed';
  return tables
    .filter(({ name, status }) => status.phase === 'Failed' && before.get(name) !== 'Failed')
    .slice(0, MAX_TABLE_EVENTS)
    .flatMap(({ name, status: { failure } }): EmitEvent[] => {
      if (failure === undefined) return [];
      const message = boundedMessage(describeFailure(failure));
      const event = { type: 'EmitEvent', level: 'Warning', reason, message } as const;
      return [event, { ...event, table: name }];
    });
}
