import { describeFailure, type Failure } from '../../../crds/contract/errors.ts';
import { decodeResult } from '../../../crds/contract/result-text.ts';
import { RUNNER_CONTAINER } from '../../build/job.ts';
import type { Problem } from '../../decide/observed.ts';
import type { Reason } from '../../decide/reasons.ts';
import type { EventObject, PodObject } from '../client/objects.ts';
import { byAttempt, hasEnded, runnerOf } from './attempts.ts';

/** Normal for a second or two; every other reason why a container waits is a problem to report. */
const ORDINARY_WAITING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** How long containers that somebody has added to a pod may take before the runner, and after it. */
const PREPARING_MILLISECONDS = 60_000;
const LINGERING_MILLISECONDS = 30_000;
/** How much later than its grace period a pod may be gone: its node stops it, and says so then. */
const OVERDUE_MILLISECONDS = 30_000;

/** Events of a Job or its pod with a problem that no status shows, the most specific first. */
const PROBLEM_EVENTS = [
  'FailedCreate',
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedScheduling',
];

/** Why a pod does not run; undefined if nothing is wrong, or if only its events show it. Without a time nothing takes too long. */
export function problemOfPod(pod: PodObject, now = -Infinity): Problem | undefined {
  const { metadata, status } = pod;
  const { initContainerStatuses: before = [], containerStatuses = [] } = status ?? {};
  for (const { name, state } of [...before, ...containerStatuses]) {
    const { reason, message = reason } = state?.waiting ?? {};
    if (reason === undefined || ORDINARY_WAITING.has(reason)) continue;
    return { reason, message: `pod ${metadata.name}${containerText(name)}: ${message}` };
  }
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const reason = scheduled.reason ?? 'Unschedulable';
    return { reason, message: `pod ${metadata.name}: ${scheduled.message ?? 'no node is suitable'}` };
  }
  return problemOfPreparation(pod, now);
}

/** The runner waits for a container that is to end before it. */
function problemOfPreparation(pod: PodObject, now: number): Problem | undefined {
  if (runnerOf(pod)?.state?.waiting?.reason !== 'PodInitializing') return undefined;
  const busy = pod.status?.initContainerStatuses?.find(({ state }) => isOlder(state?.running?.startedAt, now));
  if (busy === undefined) return undefined;
  const message = `pod ${pod.metadata.name}: container ${busy.name}, which is not ours and runs before the runner, has not ended since ${busy.state?.running?.startedAt}; see \`kubectl logs ${pod.metadata.name} -c ${busy.name}\``;
  return { reason: 'ContainerNotReady' satisfies Reason, message };
}

function isOlder(time: string | undefined, now: number, milliseconds = PREPARING_MILLISECONDS): boolean {
  return time !== undefined && now - Date.parse(time) > milliseconds;
}

function containerText(name: string): string {
  return name === RUNNER_CONTAINER ? '' : `, container ${name}`;
}

/** Why a Job does not go on though its runner has ended or was stopped: its pod is still there. */
export function problemOfRest(pods: readonly PodObject[], now: number): Problem | undefined {
  return pods.map((pod) => overdue(pod, now) ?? lingering(pod, now)).find((problem) => problem !== undefined);
}

/**
 * `deletionTimestamp` is when the grace period ends. A pod that is deleted with --force stays, for its Job's sake: the Job's controller waits until it
 * is Failed (https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-replacement-policy), and of a node that is gone only the garbage
 * collector of pods says so.
 */
function overdue(pod: PodObject, now: number): Problem | undefined {
  const { name, deletionTimestamp } = pod.metadata;
  if (hasEnded(pod) || !isOlder(deletionTimestamp, now, OVERDUE_MILLISECONDS)) return undefined;
  const node = pod.spec?.nodeName ?? 'NAME';
  const message = `pod ${name} was to be gone by ${deletionTimestamp}, and its node has not said that it is; the next attempt begins once the node answers, or once it is known to be gone for good: by \`kubectl delete node ${node}\`, or its taint node.kubernetes.io/out-of-service`;
  return { reason: 'PodTerminating' satisfies Reason, message };
}

function lingering(pod: PodObject, now: number): Problem | undefined {
  if (!isOlder(runnerOf(pod)?.state?.terminated?.finishedAt, now, LINGERING_MILLISECONDS)) return undefined;
  const other = pod.status?.containerStatuses?.find(
    ({ state }) => state !== undefined && state.terminated === undefined,
  );
  if (other === undefined) return undefined;
  const message = `pod ${pod.metadata.name}: the runner has ended, but container ${other.name}, which is not ours, has not, so the Job cannot end; have it added as a native sidecar (an init container with restartPolicy: Always), or not to these pods (spec.jobTemplate.annotations)`;
  return { reason: 'ContainerNotEnded' satisfies Reason, message };
}

/** How the last attempt ended, while the next one has not begun. What is not tried again is how the Job ends, which it says within a second. */
export function problemOfAttempt(pods: readonly PodObject[], attempts: number): Problem | undefined {
  const last = pods.toSorted(byAttempt).at(-1);
  const ended = last && runnerOf(last)?.state?.terminated;
  if (last === undefined || !hasEnded(last) || ended?.exitCode === 0) return undefined;
  const failure = failureIn(ended?.message);
  if (failure !== undefined && failure.kind !== 'Transient') return undefined;
  const { reason, message } =
    failure === undefined ? endWithoutResult(last) : { reason: failure.code, message: describeFailure(failure) };
  return { reason, message: `attempt ${Math.max(1, attempts)} failed, and the next one has not begun: ${message}` };
}

function failureIn(message = ''): Failure | undefined {
  try {
    const result = decodeResult(message);
    return result.outcome === 'Failed' ? result.failure : undefined;
  } catch {
    return undefined; // The runner was killed before it could write one.
  }
}

function endWithoutResult({ metadata, status }: PodObject): Problem {
  const { reason, message = reason, initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  // Evicted, Preempting, UnexpectedAdmissionError, ...
  if (reason !== undefined) return { reason, message: `pod ${metadata.name}: ${message}` };
  const failed = [...containerStatuses, ...initContainerStatuses].find(
    ({ state }) => (state?.terminated?.exitCode ?? 0) !== 0,
  );
  const { reason: word = 'Error', exitCode } = failed?.state?.terminated ?? {};
  return {
    reason: word === 'Error' ? ('AttemptFailed' satisfies Reason) : word,
    message: `pod ${metadata.name}${containerText(failed?.name ?? RUNNER_CONTAINER)} ended with ${word}${exitCode === undefined ? '' : `, exit code ${exitCode}`}`,
  };
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
