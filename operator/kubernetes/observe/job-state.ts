import {
  jobName,
  LABELS,
  QUEUE_LABEL,
  runIdentity,
  sharedJobName,
  TABLES_ANNOTATION,
} from '../../../crds/contract/names.ts';
import { decodeResult } from '../../../crds/contract/result-text.ts';
import type { Progress, TaskResult } from '../../../crds/contract/report.ts';
import type { TaskKind } from '../../../crds/contract/task.ts';
import type { ObservedJob, Problem } from '../../decide/observed.ts';
import type { Reason } from '../../decide/reasons.ts';
import type { JobObject, PodObject } from '../client/objects.ts';
import { decidingPod, hasEnded, lastEndedPod, runnerOf, runningPod, succeededPod } from './attempts.ts';
import { problemOfPod, problemOfRest } from './pod-problem.ts';

const TASK_KINDS: readonly TaskKind[] = ['Catalogue', 'Load', 'LoadBatch', 'Finish'];

/** What is known about a Job in addition to its own object and its pods. */
export interface JobContext {
  readonly progress?: Progress;
  /** From events, if no status shows it, for example that its pod exceeds a quota. */
  readonly problem?: Problem;
  /** Milliseconds since 1970. Nothing is overdue without. */
  readonly now?: number;
}

/** The state of a Job and its pods; pure. Undefined for a Job that the operator did not create. */
export function observeJob(
  job: JobObject,
  pods: readonly PodObject[],
  { progress, problem: seen, now = -Infinity }: JobContext = {},
): ObservedJob | undefined {
  const kind = kindOf(job);
  if (kind === undefined) return undefined;
  const tableName = job.metadata.labels?.[LABELS.table];
  const templateDigest = job.metadata.labels?.[LABELS.template];
  const rest = problemOfRest(pods, now);
  const state = stateOf(job, pods, rest !== undefined);
  const result = hasExceededDeadline(job) ? undefined : resultOf(state, pods);
  const completionTime = job.status?.completionTime ?? finalCondition(job)?.lastTransitionTime;
  const problem =
    state === 'Pending'
      ? (suspensionOf(job) ?? rest ?? problemOfWaiting(pods, now) ?? seen)
      : failureOf(job, state, pods);
  return {
    name: job.metadata.name,
    kind,
    state,
    attempts: attemptsOf(job, pods),
    ...(kind === 'Load' && tableName !== undefined ? { tableName } : {}),
    ...(kind === 'LoadBatch' ? { tableNames: sharedTables(job) } : {}),
    ...(templateDigest === undefined ? {} : { templateDigest }),
    ...(job.metadata.deletionTimestamp === undefined ? {} : { deleting: true }),
    ...(job.status?.startTime === undefined ? {} : { startTime: job.status.startTime }),
    ...(isFinal(state) && completionTime !== undefined ? { completionTime } : {}),
    ...(state === 'Running' && progress !== undefined ? { progress } : {}),
    ...(result === undefined ? {} : { result }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Anybody can set labels and an owner on a Job, so only the Job with the name that the operator gives to this task of this run counts. */
function kindOf({ metadata }: JobObject): TaskKind | undefined {
  const kind = TASK_KINDS.find((one) => one === metadata.labels?.[LABELS.task]);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (kind === undefined || owner === undefined) return undefined;
  const { name, uid } = owner;
  const run = runIdentity(uid, runNumberOf({ metadata }));
  if (kind === 'LoadBatch')
    return metadata.name === sharedJobName(name, run, sharedTables({ metadata })) ? kind : undefined;
  const table = kind === 'Load' ? metadata.labels?.[LABELS.table] : undefined;
  return metadata.name === jobName(name, run, kind, table) ? kind : undefined;
}

/** The run of its DumpIngestion that a Job says it is of; its name proves it. */
export function runNumberOf({ metadata }: Pick<JobObject, 'metadata'>): number {
  return Number(metadata.labels?.[LABELS.runNumber] ?? 1);
}

/** The TableIngestions of a Job that several tables share. */
export function sharedTables({ metadata }: JobObject): readonly string[] {
  try {
    const names: unknown = JSON.parse(metadata.annotations?.[TABLES_ANNOTATION] ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return []; // Not what the operator writes, so the Job's name does not match, and it does not count.
  }
}

export function isFinal(state: ObservedJob['state']): boolean {
  return state === 'Succeeded' || state === 'Failed';
}

/** `isKept`: it does not go on by itself, so it is not as good as ended. */
function stateOf(job: JobObject, pods: readonly PodObject[], isKept: boolean): ObservedJob['state'] {
  const final = finalCondition(job);
  if (final !== undefined) return final.type === 'Complete' ? 'Succeeded' : 'Failed';
  if (runningPod(pods) !== undefined) return 'Running';
  return hasRunnerSucceeded(job, pods) && !isKept ? 'Running' : 'Pending';
}

/** The runner has succeeded and the Job's controller has not recorded it yet: the Job is not waiting for a runner again. */
function hasRunnerSucceeded({ spec }: JobObject, pods: readonly PodObject[]): boolean {
  return spec?.suspend !== true && succeededPod(pods) !== undefined;
}

/** `FailureTarget` and `SuccessCriteriaMet` precede these two and are not final: https://kubernetes.io/docs/concepts/workloads/controllers/job/ */
function finalCondition(job: JobObject) {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

/** Because of `activeDeadlineSeconds`; a result of a runner that failed earlier or was stopped for this does not count. */
function hasExceededDeadline(job: JobObject): boolean {
  return finalCondition(job)?.reason === 'DeadlineExceeded';
}

function attemptsOf({ status }: JobObject, pods: readonly PodObject[]): number {
  const counted = (status?.failed ?? 0) + (status?.succeeded ?? 0) + (runningPod(pods) === undefined ? 0 : 1);
  return Math.max(
    counted,
    pods.filter((pod) => runnerOf(pod)?.state?.waiting === undefined && runnerOf(pod) !== undefined).length,
  );
}

/** The result of the last attempt, once the Job has ended. A successful result counts only for a Job that succeeded. */
function resultOf(state: ObservedJob['state'], pods: readonly PodObject[]): TaskResult | undefined {
  if (!isFinal(state)) return undefined;
  const pod = decidingPod(state, pods);
  const message = pod === undefined ? undefined : runnerOf(pod)?.state?.terminated?.message;
  if (message === undefined || message === '') return undefined;
  try {
    const result = decodeResult(message);
    return (result.outcome === 'Failed') === (state === 'Failed') ? result : undefined;
  } catch {
    return undefined; // Not a result but a message of the container runtime, which `problemOf` quotes.
  }
}

function problemOfWaiting(pods: readonly PodObject[], now: number): Problem | undefined {
  const waiting = pods.filter((pod) => !hasEnded(pod));
  return waiting.map((pod) => problemOfPod(pod, now)).find((problem) => problem !== undefined);
}

function failureOf(job: JobObject, state: ObservedJob['state'], pods: readonly PodObject[]): Problem | undefined {
  if (state !== 'Failed') return undefined;
  const final = finalCondition(job);
  const pod = lastEndedPod(pods);
  const ended = pod === undefined ? undefined : runnerOf(pod)?.state?.terminated;
  const details =
    ended === undefined
      ? ''
      : `; the last runner ended with ${ended.reason ?? 'Error'}, exit code ${ended.exitCode}${quote(ended.message)}`;
  return {
    reason: ended?.reason === 'OOMKilled' && !hasExceededDeadline(job) ? 'OOMKilled' : (final?.reason ?? 'JobFailed'),
    message: `${final?.message ?? 'the Job failed'}${details}`,
  };
}

/** The operator never resumes a suspended Job: whoever suspended it, a queue or a person, does. */
function suspensionOf({ metadata, spec }: JobObject): Problem | undefined {
  if (spec?.suspend !== true) return undefined;
  const reason = 'WaitingForAdmission' satisfies Reason;
  const queue = metadata.labels?.[QUEUE_LABEL];
  if (queue === undefined)
    return { reason, message: `Job ${metadata.name} is suspended; whoever suspended it must resume it` };
  return {
    reason,
    message: `waiting for admission by queue ${queue}; see \`kubectl get workloads\``,
  };
}

function quote(message = ''): string {
  return message === '' || message.startsWith('{') ? '' : `: ${message.slice(0, 500)}`;
}
