import type { Problem } from '../../decide/observed.ts';
import type { EventObject, PodObject } from '../client/objects.ts';

/** Normal for a second or two; every other reason why a container waits is a problem to report. */
const ORDINARY_WAITING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Events of a Job or its pod with a problem that no status shows, the most specific first. */
const PROBLEM_EVENTS = [
  'FailedCreate',
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedScheduling',
];

/** Why a pod does not run; undefined if nothing is wrong, or if only its events show it. */
export function problemOfPod({ metadata, status }: PodObject): Problem | undefined {
  const waiting = status?.containerStatuses?.map(({ state }) => state?.waiting).find((one) => one !== undefined);
  if (waiting?.reason !== undefined && !ORDINARY_WAITING.has(waiting.reason)) {
    return { reason: waiting.reason, message: `pod ${metadata.name}: ${waiting.message ?? waiting.reason}` };
  }
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const reason = scheduled.reason ?? 'Unschedulable';
    return { reason, message: `pod ${metadata.name}: ${scheduled.message ?? 'no node is suitable'}` };
  }
  return undefined;
}

/** The problem that events report: the newest of the most specific kind. */
export function problemOfEvents(events: readonly EventObject[]): Problem | undefined {
  const problems = events
    .filter(({ type, reason }) => type === 'Warning' && PROBLEM_EVENTS.includes(reason ?? ''))
    .toSorted(
      (one, other) => rank(one) - rank(other) || (other.lastTimestamp ?? '').localeCompare(one.lastTimestamp ?? ''),
    );
  const [first] = problems;
  if (first === undefined) return undefined;
  const message = first.message ?? '';
  return { reason: message.includes('exceeded quota') ? 'QuotaExceeded' : (first.reason ?? 'Waiting'), message };
}

function rank({ reason }: EventObject): number {
  return PROBLEM_EVENTS.indexOf(reason ?? '');
}
