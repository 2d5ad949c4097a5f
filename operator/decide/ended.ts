import type { Action, Decision } from './action.ts';
import type { Observed, ObservedIngestion } from './observed.ts';
import type { Reason } from './reasons.ts';

/** Timers are bounded (setTimeout takes 24 days at most), and one that is set anew now and then does no harm. */
const LOOK_AGAIN_SECONDS = 3600;

/** What is left to do for a run that has ended: to see a change of its spec, which changes nothing, and to go when its time is over. */
export function decideEnded({ ingestion }: Observed, now: Date): Decision {
  const actions = acknowledge(ingestion);
  const left = secondsLeft(ingestion, now);
  if (left === undefined) return { actions };
  if (left > 0) return { actions, requeueAfterSeconds: Math.min(left, LOOK_AGAIN_SECONDS) };
  const reason: Reason = 'Expired';
  const message = `it ended more than ${ingestion.spec.ttlSecondsAfterFinished} seconds ago (spec.ttlSecondsAfterFinished) and is deleted; loaded tables stay`;
  return { actions: [{ type: 'EmitEvent', level: 'Normal', reason, message }, { type: 'DeleteIngestion' }] };
}

function acknowledge({ metadata, status }: ObservedIngestion): Action[] {
  if (status.observedGeneration === metadata.generation) return [];
  return [{ type: 'WriteIngestionStatus', status: { ...status, observedGeneration: metadata.generation } }];
}

/** Undefined where it stays, or goes already. */
function secondsLeft({ metadata, spec, status }: ObservedIngestion, now: Date): number | undefined {
  const { ttlSecondsAfterFinished } = spec;
  if (
    ttlSecondsAfterFinished === undefined ||
    status.completionTime === undefined ||
    metadata.deletionTimestamp !== undefined
  )
    return undefined;
  return Math.ceil((Date.parse(status.completionTime) - now.getTime()) / 1000 + ttlSecondsAfterFinished);
}
