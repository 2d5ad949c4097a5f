import { counted } from '../../crds/contract/counted.ts';
import { TransientError, type Failure } from '../../crds/contract/errors.ts';
import type { ObservedJob } from './observed.ts';

/** Why a Job failed: the runner's result, or what Kubernetes reports if the runner left none. */
export function failureOf(job: ObservedJob): Failure {
  if (job.result?.outcome === 'Failed') return job.result.failure;
  if (job.problem !== undefined) return { kind: 'Transient', code: job.problem.reason, message: job.problem.message };
  const message = `Job ${job.name} failed after ${counted(job.attempts, 'attempt')} without a result; see the logs of its pods`;
  return new TransientError('JobFailed', message).toFailure();
}
