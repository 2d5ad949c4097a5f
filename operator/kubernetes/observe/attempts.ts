import { RUNNER_CONTAINER } from '../../build/job.ts';
import type { ObservedJob } from '../../decide/observed.ts';
import type { ContainerStatus, JobObject, PodObject } from '../client/objects.ts';

/** The container of a pod that is ours; others may have been added to it on its way into the cluster. */
export function runnerOf(pod: PodObject): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
}

/** The pod whose runner is running. */
export function runningPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods.find(
    (pod) => pod.metadata.deletionTimestamp === undefined && runnerOf(pod)?.state?.running !== undefined,
  );
}

/** Whether the attempt of this pod is over. One that was evicted, or whose preparation failed, has no runner that ended. */
export function hasEnded(pod: PodObject): boolean {
  return runnerOf(pod)?.state?.terminated !== undefined || pod.status?.phase === 'Failed';
}

/**
 * The pod of the last attempt whose runner has ended. Attempts follow one another, and a pod's creation has the apiserver's time, while the end of its
 * runner has that of a node, which may differ from another one's by more than the time between two attempts.
 */
export function lastEndedPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods
    .filter((pod) => runnerOf(pod)?.state?.terminated !== undefined)
    .toSorted(byAttempt)
    .at(-1);
}

export function byAttempt(one: PodObject, other: PodObject): number {
  return createdAt(one).localeCompare(createdAt(other)) || finishedAt(one).localeCompare(finishedAt(other));
}

function createdAt({ metadata }: PodObject): string {
  return metadata.creationTimestamp ?? '';
}

function finishedAt(pod: PodObject): string {
  return runnerOf(pod)?.state?.terminated?.finishedAt ?? '';
}

/** The pod that the Job ended with. */
export function decidingPod(state: ObservedJob['state'], pods: readonly PodObject[]): PodObject | undefined {
  return (state === 'Succeeded' ? succeededPod(pods) : undefined) ?? lastEndedPod(pods);
}

/** The pod whose runner succeeded. */
export function succeededPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods.find((pod) => runnerOf(pod)?.state?.terminated?.exitCode === 0);
}

/** Whether the Job counts more failed attempts than its known pods show, so that their last result may be that of an earlier attempt. */
export function isBehind({ status }: JobObject, pods: readonly PodObject[]): boolean {
  return pods.filter((pod) => runnerOf(pod)?.state?.terminated !== undefined).length < (status?.failed ?? 0);
}
