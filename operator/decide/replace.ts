import { createHash } from 'node:crypto';
import type { DumpIngestionSpec } from '../../crds/contract/generated.ts';
import type { DeleteJob } from './action.ts';
import type { Observed, ObservedJob } from './observed.ts';
import type { Reason } from './reasons.ts';

/** What of a spec is built into a Job and may change on the way, as a label's value. */
export function templateDigest({ jobTemplate, queueName }: Pick<DumpIngestionSpec, 'jobTemplate' | 'queueName'>): string {
  return createHash('sha256')
    .update(JSON.stringify([jobTemplate, queueName ?? null]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * The Jobs without a runner at work that have to go: those of another template than the manifest's present one, since what keeps them waiting
 * may be what was changed, and those that wait in a queue for a run that is suspended. Each is made anew when it is its turn.
 */
export function decideReplacements({ ingestion, jobs }: Observed): DeleteJob[] {
  const digest = templateDigest(ingestion.spec);
  const isOutdated = ({ templateDigest: built }: ObservedJob) => built !== undefined && built !== digest;
  return jobs
    .filter((job) => job.state === 'Pending' && job.deleting !== true)
    .filter((job) => isOutdated(job) || (ingestion.spec.suspend && isQueued(job)))
    .map(({ name }) => ({ type: 'DeleteJob', name }));
}

function isQueued({ problem }: ObservedJob): boolean {
  return problem?.reason === ('WaitingForAdmission' satisfies Reason);
}
