import { ManifestError } from '../../../crds/contract/errors.ts';
import { LABELS } from '../../../crds/contract/names.ts';
import type { ObservedIngestion, Problem } from '../../decide/observed.ts';
import { ApiError } from '../client/api.ts';
import { observeJob } from '../observe/job-state.ts';
import { ownerUid, type JobObject } from '../client/objects.ts';

/** What the apiserver or the installation will not have. Throws what is none of it, and may go well at once on another try. */
export function refusalOf(error: unknown): Problem {
  if (error instanceof ManifestError) return { reason: error.code, message: error.message };
  if (!(error instanceof ApiError)) throw error;
  if (error.message.includes('exceeded quota')) return { reason: 'QuotaExceeded', message: error.message };
  // A webhook that is to be asked and does not answer: it may do so at the next try, and until then it is what keeps the Job from being made.
  if (error.message.includes('failed calling webhook')) return { reason: 'WebhookFailed', message: error.message };
  if (error.message.includes('being terminated')) return { reason: 'NamespaceTerminating', message: error.message };
  if (error.status === 403 || error.status === 422 || error.status === 400)
    return { reason: error.reason || 'Refused', message: error.message };
  throw error;
}

/**
 * Why a Job cannot be made where this one is there by its name. Undefined where it is the run's own and the watch has merely not told of it yet,
 * as it does of Jobs with our labels.
 */
export function nameConflict(there: JobObject, { metadata }: ObservedIngestion): Problem | undefined {
  const isWatched = there.metadata.labels?.[LABELS.ingestion] !== undefined;
  if (isWatched && ownerUid(there) === metadata.uid && observeJob(there, []) !== undefined) return undefined;
  const message = `there is a Job ${there.metadata.name} that is not this run's, or has lost its labels or its owner: delete it, and it is made anew`;
  return { reason: 'JobNameTaken', message };
}
