import type { Log } from '../../../crds/contract/log.ts';
import { buildJob } from '../../build/job.ts';
import type { JobSettings } from '../../build/job-template.ts';
import { buildTableIngestion } from '../../build/table-ingestion.ts';
import type { Action, ApplyTables, CreateJob } from '../../decide/action.ts';
import type { ObservedIngestion, Problem } from '../../decide/observed.ts';
import { inParallel } from '../../engine/in-parallel.ts';
import { OutdatedError } from '../../engine/reconcile.ts';
import { ApiError, hasStatus, type KubernetesApi } from '../client/api.ts';
import type { Caches } from '../cache/caches.ts';
import { recordEvent } from './events.ts';
import {
  pathOf,
  type DumpIngestionObject,
  type JobObject,
  type KubernetesObject,
  type Resource,
  type TableIngestionObject,
} from '../client/objects.ts';
import { nameConflict, refusalOf } from './name-conflict.ts';
import { DUMP_INGESTIONS, JOBS, TABLE_INGESTIONS } from '../client/resources.ts';

const FIELD_MANAGER = 'motherload-operator';

export interface TaskContext {
  readonly api: KubernetesApi;
  readonly caches: Caches;
  readonly settings: JobSettings;
  readonly log: Log;
  readonly now: () => Date;
  /** Hears whether what was asked for could be made: undefined, or why not. */
  readonly onMade: (what: string, refusal: Problem | undefined) => void;
}

/**
 * Does what was decided; each action may be repeated. Answers go into the caches at once, so that the next decision knows them before the
 * watches do.
 */
export async function act(action: Action, ingestion: ObservedIngestion, surroundings: TaskContext): Promise<void> {
  const { api, caches, log, now } = surroundings;
  const { namespace } = ingestion.metadata;
  switch (action.type) {
    case 'CreateJob': {
      await createJob(action, ingestion, surroundings);
      return;
    }
    case 'DeleteJob': {
      await deleteJob(action.name, ingestion, surroundings);
      return;
    }
    case 'ApplyTables': {
      await applyTables(action, ingestion, surroundings);
      return;
    }
    case 'WriteTableStatus': {
      const table = caches.tables.get(`${namespace}/${action.name}`);
      if (table === undefined) return;
      const { resourceVersion = table.metadata.resourceVersion } = action;
      const written = await writeStatus<TableIngestionObject>(
        api,
        TABLE_INGESTIONS,
        { ...table.metadata, resourceVersion },
        action.status,
      );
      if (written !== undefined) caches.tables.put(written);
      return;
    }
    case 'WriteIngestionStatus': {
      const written = await writeStatus<DumpIngestionObject>(api, DUMP_INGESTIONS, ingestion.metadata, action.status);
      if (written !== undefined) caches.ingestions.put(written);
      return;
    }
    case 'DeleteIngestion': {
      await deleteIngestion(ingestion, surroundings);
      return;
    }
    case 'EmitEvent': {
      log[action.level === 'Warning' ? 'warn' : 'info'](action.message, { reason: action.reason });
      // The status is written and tells the same; an event that is lost must not have everything done again.
      await recordEvent(api, ingestion, action, now()).catch((error: unknown) => {
        log.warn('an event could not be told', { reason: action.reason, error: String(error) });
      });
    }
  }
}

async function createJob(
  { name, work }: CreateJob,
  ingestion: ObservedIngestion,
  surroundings: TaskContext,
): Promise<void> {
  const { api, caches, settings, log } = surroundings;
  const { namespace } = ingestion.metadata;
  try {
    const job = await api.request<JobObject>('POST', pathOf(JOBS, namespace), {
      body: buildJob(ingestion, work, settings),
    });
    caches.jobs.put(job);
    log.info('created a Job', { job: name, task: work.kind });
    tellMade(name, undefined, surroundings);
  } catch (error) {
    const isThere = error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
    tellMade(
      name,
      isThere ? nameConflict(await findJob(api, namespace, name), ingestion) : refusalOf(error),
      surroundings,
    );
  }
}

/** By a list, which the operator has the right to, and whatever its labels are. */
async function findJob(api: KubernetesApi, namespace: string, name: string): Promise<JobObject> {
  const query = { fieldSelector: `metadata.name=${name}` };
  const [job] = (await api.request<{ items?: JobObject[] }>('GET', pathOf(JOBS, namespace), { query })).items ?? [];
  if (job === undefined) throw new OutdatedError(`the Job ${name}, which was there,`);
  return job;
}

/** A refusal is no error, since the status must still be written: it is observed as a problem. */
function tellMade(what: string, refusal: Problem | undefined, { log, onMade }: TaskContext): void {
  if (refusal !== undefined) log.warn(`${what} was refused`, { reason: refusal.reason, error: refusal.message });
  onMade(what, refusal);
}

async function deleteJob(name: string, ingestion: ObservedIngestion, { api, caches, log }: TaskContext): Promise<void> {
  const { namespace } = ingestion.metadata;
  const job = caches.jobs.get(`${namespace}/${name}`);
  if (job === undefined) return;
  // In the foreground the Job is there, and holds its place, until its pods are gone: its successor must not meet them.
  const body = { propagationPolicy: 'Foreground', preconditions: { uid: job.metadata.uid } };
  try {
    await api.request('DELETE', pathOf(JOBS, namespace, name), { body });
    log.info('deleted a Job', { job: name });
  } catch (error) {
    if (!hasStatus(error, 404, 409)) throw error;
  }
}

/** Not where it has changed meanwhile: its time may be another one by now. */
async function deleteIngestion({ metadata }: ObservedIngestion, { api, log }: TaskContext): Promise<void> {
  const { namespace, name, uid, resourceVersion } = metadata;
  try {
    const body = { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } };
    await api.request('DELETE', pathOf(DUMP_INGESTIONS, namespace, name), { body });
    log.info('deleted the DumpIngestion, whose time was over');
  } catch (error) {
    if (hasStatus(error, 409)) throw new OutdatedError(`the DumpIngestion ${name}`);
    if (!hasStatus(error, 404)) throw error;
  }
}

async function applyTables(
  { tables }: ApplyTables,
  ingestion: ObservedIngestion,
  surroundings: TaskContext,
): Promise<void> {
  const { api, caches, log } = surroundings;
  const query = { fieldManager: FIELD_MANAGER, force: true };
  const what = 'a TableIngestion';
  try {
    await inParallel(tables, async ({ name, spec }) => {
      const body = buildTableIngestion(ingestion, name, spec);
      const path = pathOf(TABLE_INGESTIONS, ingestion.metadata.namespace, name);
      const contentType = 'application/apply-patch+yaml';
      caches.tables.put(await api.request<TableIngestionObject>('PATCH', path, { query, body, contentType }));
    });
    log.info('made TableIngestions', { tables: tables.length });
    tellMade(what, undefined, surroundings);
  } catch (error) {
    tellMade(what, refusalOf(error), surroundings);
  }
}

type Head = Pick<ObservedIngestion['metadata'], 'namespace' | 'name' | 'uid' | 'resourceVersion'>;

/**
 * Replaces the status as a whole; undefined where the object is gone, or is another one of the same name by now. Where it has changed since it
 * was observed that is refused: a replica that does not lead any more, and does not know it yet, must not write over the work of the next.
 */
async function writeStatus<T extends KubernetesObject>(
  api: KubernetesApi,
  resource: Resource,
  { namespace, name, uid, resourceVersion }: Head,
  status: object,
): Promise<T | undefined> {
  const path = pathOf(resource, namespace, name);
  const body = [
    { op: 'test', path: '/metadata/uid', value: uid },
    // An update that bears a version is one of that version alone: https://kubernetes.io/docs/reference/using-api/api-concepts/
    ...(resourceVersion === undefined
      ? []
      : [{ op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }]),
    { op: 'add', path: '/status', value: status },
  ];
  try {
    return await api.request<T>('PATCH', `${path}/status`, { body, contentType: 'application/json-patch+json' });
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    if (hasStatus(error, 409)) throw new OutdatedError(`${resource.plural} ${name}`);
    // Of a test that fails the apiserver says as little as that the request is invalid; a status that the CRD refuses is an error of ours.
    if (hasStatus(error, 422) && (await uidOf(api, path)) !== uid) return undefined;
    throw error;
  }
}

async function uidOf(api: KubernetesApi, path: string): Promise<string | undefined> {
  try {
    return (await api.request<KubernetesObject>('GET', path)).metadata.uid;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
