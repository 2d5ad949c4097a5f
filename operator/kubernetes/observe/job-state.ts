import { jobName, LABELS, QUEUE_LABEL } from '../../../crds/contract/names.ts';
import { decodeResult } from '../../../crds/contract/result-text.ts';
import type { Progress, TaskResult } from '../../../crds/contract/report.ts';
import type { TaskKind } from '../../../crds/contract/task.ts';
import { RUNNER_CONTAINER } from '../../build/job.ts';
import type { ObservedJob, Problem } from '../../decide/observed.ts';
import type { Reason } from '../../decide/reasons.ts';
import type { ContainerStatus, JobObject, PodObject } from '../client/objects.ts';
import { problemOfPod } from './pod-problem.ts';

const TASK_KINDS: readonly TaskKind[] = ['Catalogue', 'Load', 'Finish'];

/** What is known of a Job beside itself and its pods. */
export interface JobKnowledge {
  readonly progress?: Progress;
  /** What events say that no status does, for instance that a quota leaves no room for its pod. */
  readonly problem?: Problem;
}

/** A Job and its pods as one; pure. Undefined for a Job that is none of ours. */
export function observeJob(
  job: JobObject,
  pods: readonly PodObject[],
  knowledge: JobKnowledge = {},
): ObservedJob | undefined {
  const kind = kindOf(job);
  if (kind === undefined) return undefined;
  const tableName = job.metadata.labels?.[LABELS.table];
  const templateDigest = job.metadata.labels?.[LABELS.template];
  const state = stateOf(job, pods);
  const result = hasRunOutOfTime(job) ? undefined : resultOf(state, pods);
  const completionTime = job.status?.completionTime ?? finalCondition(job)?.lastTransitionTime;
  const problem = problemOf(job, state, pods) ?? (state === 'Pending' ? knowledge.problem : undefined);
  return {
    name: job.metadata.name,
    kind,
    state,
    attempts: attemptsOf(job, pods),
    ...(tableName === undefined ? {} : { tableName }),
    ...(templateDigest === undefined ? {} : { templateDigest }),
    ...(job.metadata.deletionTimestamp === undefined ? {} : { deleting: true }),
    ...(job.status?.startTime === undefined ? {} : { startTime: job.status.startTime }),
    ...(isFinal(state) && completionTime !== undefined ? { completionTime } : {}),
    ...(state === 'Running' && knowledge.progress !== undefined ? { progress: knowledge.progress } : {}),
    ...(result === undefined ? {} : { result }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Labels and owner can be written on any Job; that which the operator makes for a task of this run has one name, and no other one counts. */
function kindOf({ metadata }: JobObject): TaskKind | undefined {
  const kind = TASK_KINDS.find((one) => one === metadata.labels?.[LABELS.task]);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (kind === undefined || owner === undefined) return undefined;
  const table = kind === 'Load' ? metadata.labels?.[LABELS.table] : undefined;
  return metadata.name === jobName(owner.name, owner.uid, kind, table) ? kind : undefined;
}

export function isFinal(state: ObservedJob['state']): boolean {
  return state === 'Succeeded' || state === 'Failed';
}

/** The pod that a runner is at work in. */
export function runningPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods.find(
    (pod) => pod.metadata.deletionTimestamp === undefined && runnerOf(pod)?.state?.running !== undefined,
  );
}

/** The pod whose runner ended last. */
export function lastEndedPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods
    .filter((pod) => runnerOf(pod)?.state?.terminated !== undefined)
    .toSorted((one, other) => finishedAt(other).localeCompare(finishedAt(one)))[0];
}

/** The pod whose runner ended well. */
export function succeededPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods.find((pod) => runnerOf(pod)?.state?.terminated?.exitCode === 0);
}

/** Whether more attempts of a Job have failed than its pods tell of, so that the last word among them may be that of an earlier one. */
export function isBehind({ status }: JobObject, pods: readonly PodObject[]): boolean {
  return pods.filter((pod) => runnerOf(pod)?.state?.terminated !== undefined).length < (status?.failed ?? 0);
}

export function runnerOf(pod: PodObject): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
}

function stateOf(job: JobObject, pods: readonly PodObject[]): ObservedJob['state'] {
  const final = finalCondition(job);
  if (final !== undefined) return final.type === 'Complete' ? 'Succeeded' : 'Failed';
  return runningPod(pods) === undefined && !hasDoneItsWork(job, pods) ? 'Pending' : 'Running';
}

/** Its runner has ended well, and the Job's controller has not said so yet: it is no more waiting than a second before. */
function hasDoneItsWork({ spec }: JobObject, pods: readonly PodObject[]): boolean {
  return spec?.suspend !== true && succeededPod(pods) !== undefined;
}

/** `FailureTarget` and `SuccessCriteriaMet` only announce these two: https://kubernetes.io/docs/concepts/workloads/controllers/job/ */
function finalCondition(job: JobObject) {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

/** By `activeDeadlineSeconds`, whatever a runner has said that failed before, or that was stopped for it. */
function hasRunOutOfTime(job: JobObject): boolean {
  return finalCondition(job)?.reason === 'DeadlineExceeded';
}

function attemptsOf({ status }: JobObject, pods: readonly PodObject[]): number {
  const counted = (status?.failed ?? 0) + (status?.succeeded ?? 0) + (runningPod(pods) === undefined ? 0 : 1);
  return Math.max(
    counted,
    pods.filter((pod) => runnerOf(pod)?.state?.waiting === undefined && runnerOf(pod) !== undefined).length,
  );
}

/** The word of the last attempt, once the Job has ended. A word of success counts only for a Job that succeeded. */
function resultOf(state: ObservedJob['state'], pods: readonly PodObject[]): TaskResult | undefined {
  if (!isFinal(state)) return undefined;
  const pod = lastEndedPod(pods);
  const message = pod === undefined ? undefined : runnerOf(pod)?.state?.terminated?.message;
  if (message === undefined || message === '') return undefined;
  try {
    const result = decodeResult(message);
    return (result.outcome === 'Failed') === (state === 'Failed') ? result : undefined;
  } catch {
    return undefined; // No result but the container runtime's own words, which `problemOf` quotes.
  }
}

function problemOf(job: JobObject, state: ObservedJob['state'], pods: readonly PodObject[]): Problem | undefined {
  if (state === 'Pending') {
    if (job.spec?.suspend === true) return suspensionOf(job);
    const waiting = pods.filter((pod) => runnerOf(pod)?.state?.terminated === undefined);
    return waiting.map(problemOfPod).find((problem) => problem !== undefined);
  }
  if (state !== 'Failed') return undefined;
  const final = finalCondition(job);
  const pod = lastEndedPod(pods);
  const ended = pod === undefined ? undefined : runnerOf(pod)?.state?.terminated;
  const how =
    ended === undefined
      ? ''
      : `; its last runner ended with ${ended.reason ?? 'Error'}, exit code ${ended.exitCode}${quote(ended.message)}`;
  return {
    reason: ended?.reason === 'OOMKilled' && !hasRunOutOfTime(job) ? 'OOMKilled' : (final?.reason ?? 'JobFailed'),
    message: `${final?.message ?? 'the Job failed'}${how}`,
  };
}

/** Who suspended it resumes it, and never the operator: a queue admits it when there is room, a person when it is time. */
function suspensionOf({ metadata }: JobObject): Problem {
  const reason = 'WaitingForAdmission' satisfies Reason;
  const queue = metadata.labels?.[QUEUE_LABEL];
  if (queue === undefined)
    return { reason, message: `the Job ${metadata.name} is suspended; who suspended it must resume it` };
  return {
    reason,
    message: `waiting for admission by queue ${queue}; \`kubectl get workloads\` shows the queue's view`,
  };
}

function quote(message = ''): string {
  return message === '' || message.startsWith('{') ? '' : `: ${message.slice(0, 500)}`;
}

function finishedAt(pod: PodObject): string {
  return runnerOf(pod)?.state?.terminated?.finishedAt ?? '';
}
