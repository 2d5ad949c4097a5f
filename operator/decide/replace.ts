import type { DeleteJob } from './action.ts';
import type { Observed, ObservedJob } from './observed.ts';
import type { Reason } from './reasons.ts';

/**
 * The Jobs without a runner at work that have to go: those that would be made differently now, since what keeps them waiting may be what was
 * changed, and those that wait in a queue for a run that is suspended. Each is made anew when it is its turn.
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
