import { ManifestError } from '../../../crds/contract/errors.ts';
import { LABELS } from '../../../crds/contract/names.ts';
import type { ObservedIngestion, Problem } from '../../decide/observed.ts';
import { ApiError } from '../client/api.ts';
import { ownerUid, type JobObject, type TableIngestionObject } from '../client/objects.ts';
import { observeJob } from '../observe/job-state.ts';

/** Why the apiserver or the installation rejected an object. Throws every other error, since an immediate retry may succeed. */
export function rejectionOf(error: unknown): Problem {
  if (error instanceof ManifestError) return { reason: error.code, message: error.message };
  if (!(error instanceof ApiError)) throw error;
  if (error.message.includes('exceeded quota')) return { reason: 'QuotaExceeded', message: error.message };
  // A webhook that does not respond: the next attempt may succeed, and until then this is why the Job cannot be created.
  if (error.message.includes('failed calling webhook')) return { reason: 'WebhookFailed', message: error.message };
  if (error.message.includes('being terminated')) return { reason: 'NamespaceTerminating', message: error.message };
  if (error.status === 403 || error.status === 422 || error.status === 400)
    return { reason: error.reason || 'Refused', message: error.message };
  throw error;
}

/**
 * Why a Job cannot be created if this one has its name already. Undefined if it is the run's own Job and the watch, which covers Jobs with our
 * labels, has not reported it yet.
 */
export function nameConflict(existing: JobObject, { metadata }: ObservedIngestion): Problem | undefined {
  const isWatched = existing.metadata.labels?.[LABELS.ingestion] !== undefined;
  if (isWatched && ownerUid(existing) === metadata.uid && observeJob(existing, []) !== undefined) return undefined;
  const message = `Job ${existing.metadata.name} already exists and does not belong to this run, or lost its labels or owner; delete it so that it is recreated`;
  return { reason: 'JobNameTaken', message };
}

/** Why a TableIngestion cannot be created if this one has its name already and does not belong to the run. */
export function tableConflict({ metadata }: TableIngestionObject): Problem {
  const message = `TableIngestion ${metadata.name} already exists and does not belong to this run, or lost its owner; delete it so that it is recreated`;
  return { reason: 'TableNameTaken', message };
}
