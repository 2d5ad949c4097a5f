import type { Problem } from '../../decide/observed.ts';
import type { EventObject, PodObject } from '../client/objects.ts';

/** These pass within a second or two; everything else that a container waits for is worth telling. */
const ORDINARY_WAITING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Events of a Job or its pod that tell what no status tells, the plainest first. */
const TELLING_EVENTS = [
  'FailedCreate',
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedScheduling',
];

/** Why a pod does not run; undefined where nothing is wrong, or where only its events can tell. */
export function problemOfPod({ metadata, status }: PodObject): Problem | undefined {
  const waiting = status?.containerStatuses?.map(({ state }) => state?.waiting).find((one) => one !== undefined);
  if (waiting?.reason !== undefined && !ORDINARY_WAITING.has(waiting.reason)) {
    return { reason: waiting.reason, message: `pod ${metadata.name}: ${waiting.message ?? waiting.reason}` };
  }
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const reason = scheduled.reason ?? 'Unschedulable';
    return { reason, message: `pod ${metadata.name}: ${scheduled.message ?? 'no node takes it'}` };
  }
  return undefined;
}

/** The problem that events tell of, the newest of the plainest kind. */
export function problemOfEvents(events: readonly EventObject[]): Problem | undefined {
  const telling = events
    .filter(({ type, reason }) => type === 'Warning' && TELLING_EVENTS.includes(reason ?? ''))
    .toSorted(
      (one, other) => rank(one) - rank(other) || (other.lastTimestamp ?? '').localeCompare(one.lastTimestamp ?? ''),
    );
  const [first] = telling;
  if (first === undefined) return undefined;
  const message = first.message ?? '';
  return { reason: message.includes('exceeded quota') ? 'QuotaExceeded' : (first.reason ?? 'Waiting'), message };
}

function rank({ reason }: EventObject): number {
  return TELLING_EVENTS.indexOf(reason ?? '');
}
