import type { DeleteJob } from './action.ts';
import type { Observed, ObservedJob } from './observed.ts';
import type { Reason } from './reasons.ts';

/**
 * The Jobs without a running runner to delete: those that would be created differently now, since the change may remove what keeps them
 * waiting, and those that wait in a queue although the run is suspended. Each is recreated once there is a slot for it.
 */
export function decideReplacements({ ingestion, jobs, templateDigest }: Observed): DeleteJob[] {
  const isOutdated = (job: ObservedJob) =>
    templateDigest !== undefined && job.templateDigest !== undefined && job.templateDigest !== templateDigest;
  return jobs
    .filter((job) => job.state === 'Pending' && job.deleting !== true)
    .filter((job) => isOutdated(job) || (ingestion.spec.suspend && isQueued(job)))
    .map(({ name }) => ({ type: 'DeleteJob', name }));
}

function isQueued({ problem }: ObservedJob): boolean {
  return problem?.reason === ('WaitingForAdmission' satisfies Reason);
}
