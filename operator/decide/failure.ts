import { TransientError, type Failure } from '../../crds/contract/errors.ts';
import type { ObservedJob } from './observed.ts';

/** Why a failed Job failed: the runner's own words, or what Kubernetes knows where it died without any. */
export function failureOf(job: ObservedJob): Failure {
  if (job.result?.outcome === 'Failed') return job.result.failure;
  if (job.problem !== undefined) return { kind: 'Transient', code: job.problem.reason, message: job.problem.message };
  const message = `the Job ${job.name} failed after ${job.attempts} attempts and left no result; see its pods' logs`;
  return new TransientError('JobFailed', message).toFailure();
}
