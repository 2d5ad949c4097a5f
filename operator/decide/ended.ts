import type { Action, Decision } from './action.ts';
import { secondsSince } from './duration.ts';
import type { Observed, ObservedIngestion } from './observed.ts';
import type { Reason } from './reasons.ts';
import { decideSuperseded } from './superseded.ts';

/** Below setTimeout's maximum of 24 days; an extra reconcile now and then does no harm. */
const MAX_REQUEUE_SECONDS = 3600;

/** What remains to do after a run has ended: acknowledge a change of its spec, which has no effect, and delete it after its TTL. */
export function decideEnded(observed: Observed, now: Date): Decision {
  const { ingestion } = observed;
  const superseded = decideSuperseded(observed);
  const actions = [...superseded.actions, ...acknowledge(ingestion)];
  const left = secondsLeft(ingestion, now);
  if (superseded.isMore) return { actions, requeueAfterSeconds: 1 };
  if (left === undefined) return { actions };
  if (left > 0) return { actions, requeueAfterSeconds: Math.min(left, MAX_REQUEUE_SECONDS) };
  const reason: Reason = 'Expired';
  const message = `deleting the DumpIngestion: it ended more than ${ingestion.spec.ttlSecondsAfterFinished} seconds ago (spec.ttlSecondsAfterFinished); loaded tables are kept`;
  return { actions: [{ type: 'EmitEvent', level: 'Normal', reason, message }, { type: 'DeleteIngestion' }] };
}

function acknowledge({ metadata, status }: ObservedIngestion): Action[] {
  if (status.observedGeneration === metadata.generation) return [];
  return [{ type: 'WriteIngestionStatus', status: { ...status, observedGeneration: metadata.generation } }];
}

/** Seconds until the deletion; undefined without a TTL, or if the DumpIngestion is being deleted. */
function secondsLeft({ metadata, spec, status }: ObservedIngestion, now: Date): number | undefined {
  const { ttlSecondsAfterFinished } = spec;
  if (
    ttlSecondsAfterFinished === undefined ||
    status.completionTime === undefined ||
    metadata.deletionTimestamp !== undefined
  )
    return undefined;
  return Math.ceil(ttlSecondsAfterFinished - secondsSince(status.completionTime, now));
}
