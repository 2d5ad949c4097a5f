import { jobName, runIdentity } from '../../crds/contract/names.ts';
import { findCondition } from '../../operator/decide/conditions.ts';
import type { Problem } from '../../operator/decide/observed.ts';
import { isFinalPhase } from '../../operator/decide/table.ts';
import type { DumpIngestionObject, TableIngestionObject } from '../../operator/kubernetes/client/objects.ts';
import { problemOfEvents, problemOfPod, problemOfRest } from '../../operator/kubernetes/observe/pod-problem.ts';
import type { ObjectEvent, PlacedPod } from './objects.ts';

/** What is known of a Job's pods. */
export interface JobSight {
  readonly pods: readonly PlacedPod[];
  readonly problem?: Problem;
}

/** Finds the pods of a Job, and what keeps them. The operator reports the same in conditions; a stopped one does not. */
export class PodIndex {
  readonly #byJob: ReadonlyMap<string, readonly PlacedPod[]>;
  readonly #events: readonly ObjectEvent[];
  readonly #now: number;

  constructor(pods: readonly PlacedPod[], events: readonly ObjectEvent[], now: Date) {
    this.#byJob = Map.groupBy(pods, jobOf);
    this.#events = events;
    this.#now = now.getTime();
  }

  of(job: string): JobSight {
    const pods = this.#byJob.get(job) ?? [];
    const names = new Set([job, ...pods.map(({ metadata }) => metadata.name)]);
    const isStarting = pods.every(({ status }) => status?.phase === 'Pending');
    const problem =
      problemOfRest(pods, this.#now) ??
      pods.map((pod) => problemOfPod(pod, this.#now)).find((one) => one !== undefined) ??
      (isStarting
        ? problemOfEvents(this.#events.filter(({ involvedObject }) => names.has(involvedObject?.name ?? '')))
        : undefined);
    return { pods, ...(problem === undefined ? {} : { problem }) };
  }
}

function jobOf({ metadata }: PlacedPod): string {
  return metadata.labels?.['batch.kubernetes.io/job-name'] ?? metadata.labels?.['job-name'] ?? '';
}

/** Whether something waits for a reason that no status has: an image that is pulled, a volume that cannot be mounted, a pod that a quota refuses. */
export function needsEvents(tables: readonly TableIngestionObject[], pods: readonly PlacedPod[]): boolean {
  if (pods.some((pod) => pod.status?.phase === 'Pending' && problemOfPod(pod) === undefined)) return true;
  const jobs = new Set(pods.map(jobOf));
  return tables.some(({ status = {} }) => {
    const { jobName: job } = status;
    return (
      job !== undefined && !isFinalPhase(status.phase) && !jobs.has(job) && problemOfTable({ status }) === undefined
    );
  });
}

/** What the operator says keeps a table that has not ended. */
export function problemOfTable({ status = {} }: Pick<TableIngestionObject, 'status'>): Problem | undefined {
  if (isFinalPhase(status.phase)) return undefined;
  const progressing = findCondition(status.conditions, 'Progressing');
  if (progressing?.status !== 'False' || progressing.reason === 'WaitingForSlot') return undefined;
  return { reason: progressing.reason, message: progressing.message };
}

/** What keeps a run that has not ended, or why it stands still. */
export function problemOfIngestion({ status = {} }: Pick<DumpIngestionObject, 'status'>): Problem | undefined {
  const { conditions, completionTime } = status;
  if (completionTime !== undefined) return undefined;
  const stalled = findCondition(conditions, 'Stalled');
  if (stalled?.status === 'True') return { reason: stalled.reason, message: stalled.message };
  const progressing = findCondition(conditions, 'Progressing');
  if (progressing?.status !== 'False' || progressing.reason === 'Suspended') return undefined;
  return { reason: progressing.reason, message: progressing.message };
}

/** The names of the Jobs of a run that no table has. */
export function jobsOfRun({ metadata, status }: DumpIngestionObject): {
  readonly catalogue: string;
  readonly finish: string;
} {
  const run = runIdentity(metadata.uid, status?.run?.number);
  return {
    catalogue: jobName(metadata.name, run, 'Catalogue'),
    finish: jobName(metadata.name, run, 'Finish'),
  };
}
