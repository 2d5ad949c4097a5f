import type { Log } from '../../../crds/contract/log.ts';
import { buildJob } from '../../build/job.ts';
import type { JobSettings } from '../../build/job-template.ts';
import { buildTableIngestion, type TableIngestion } from '../../build/table-ingestion.ts';
import type { Action, ApplyTables, CreateJob, EmitEvent } from '../../decide/action.ts';
import type { ObservedIngestion, Problem } from '../../decide/observed.ts';
import { inParallel } from '../../engine/in-parallel.ts';
import { OutdatedError } from '../../engine/reconcile.ts';
import { ApiError, hasStatus, type KubernetesApi } from '../client/api.ts';
import type { Caches } from '../cache/caches.ts';
import { pathOf, type DumpIngestionObject, type JobObject, type TableIngestionObject } from '../client/objects.ts';
import { DUMP_INGESTIONS, JOBS, TABLE_INGESTIONS } from '../client/resources.ts';
import { recordEvent, type InvolvedObject } from './events.ts';
import { writeStatus } from './write-status.ts';
import { isTableOfRun } from '../observe/table-of-run.ts';
import { nameConflict, rejectionOf, tableConflict } from './rejection.ts';

const FIELD_MANAGER = 'motherload-operator';

export interface ActDeps {
  readonly api: KubernetesApi;
  readonly caches: Caches;
  readonly settings: JobSettings;
  readonly log: Log;
  readonly now: () => Date;
  /** Called for each object to create: undefined if it exists now, or why it was rejected. */
  readonly onCreated: (what: string, rejection: Problem | undefined) => void;
}

/**
 * Executes an action; each action is idempotent. Responses are put into the caches at once, so that the next decision is based on them even
 * before the watches report them.
 */
export async function act(action: Action, ingestion: ObservedIngestion, deps: ActDeps): Promise<void> {
  const { api, caches, log, now } = deps;
  const { namespace } = ingestion.metadata;
  switch (action.type) {
    case 'CreateJob': {
      await createJob(action, ingestion, deps);
      return;
    }
    case 'DeleteJob': {
      await deleteJob(action.name, ingestion, deps);
      return;
    }
    case 'ApplyTables': {
      await applyTables(action, ingestion, deps);
      return;
    }
    case 'DeleteTable': {
      await deleteTable(action.name, ingestion, deps);
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
      await deleteIngestion(ingestion, deps);
      return;
    }
    case 'EmitEvent': {
      // What happens to a table is an event of the DumpIngestion as well.
      if (action.table === undefined)
        log[action.level === 'Warning' ? 'warn' : 'info'](action.message, { reason: action.reason });
      // The written status has the same content, so a lost event is not worth repeating the reconcile.
      const subject = subjectOfEvent(action, ingestion, caches);
      if (subject === undefined) return;
      await recordEvent(api, subject, action, now()).catch((error: unknown) => {
        log.warn('could not record an event', { reason: action.reason, error: String(error) });
      });
    }
  }
}

/** Undefined if the TableIngestion no longer exists. */
function subjectOfEvent(
  { table }: EmitEvent,
  { metadata }: ObservedIngestion,
  caches: Caches,
): InvolvedObject | undefined {
  if (table === undefined) return { kind: 'DumpIngestion', metadata };
  const object = caches.tables.get(`${metadata.namespace}/${table}`);
  return object === undefined ? undefined : { kind: 'TableIngestion', metadata: object.metadata };
}

async function createJob({ name, work }: CreateJob, ingestion: ObservedIngestion, deps: ActDeps): Promise<void> {
  const { api, caches, settings, log } = deps;
  const { namespace } = ingestion.metadata;
  // The cache has not all that the catalogue needs.
  const whole = work.kind === 'Catalogue' ? await readIngestion(ingestion, deps) : ingestion;
  try {
    const job = await api.request<JobObject>('POST', pathOf(JOBS, namespace), {
      body: buildJob(whole, work, settings),
    });
    caches.jobs.put(job);
    log.info('created a Job', { job: name, task: work.kind });
    reportCreated(`Job ${name}`, undefined, deps);
  } catch (error) {
    const exists = error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
    const rejection = exists ? nameConflict(await findJob(api, namespace, name), ingestion) : rejectionOf(error);
    reportCreated(`Job ${name}`, rejection, deps);
  }
}

/** As it was observed, with what the cache leaves out: `spec.motherTables`, which is immutable. */
async function readIngestion(ingestion: ObservedIngestion, { api }: ActDeps): Promise<ObservedIngestion> {
  const { namespace, name, uid } = ingestion.metadata;
  try {
    const { metadata, spec } = await api.request<DumpIngestionObject>('GET', pathOf(DUMP_INGESTIONS, namespace, name));
    if (metadata.uid !== uid) throw new OutdatedError(`DumpIngestion ${name}`);
    return { ...ingestion, spec: { ...ingestion.spec, motherTables: spec.motherTables } };
  } catch (error) {
    if (hasStatus(error, 404)) throw new OutdatedError(`DumpIngestion ${name}`);
    throw error;
  }
}

/** With a list, which the operator's role permits, and whatever labels the Job has. */
async function findJob(api: KubernetesApi, namespace: string, name: string): Promise<JobObject> {
  const query = { fieldSelector: `metadata.name=${name}` };
  const [job] = (await api.request<{ items?: JobObject[] }>('GET', pathOf(JOBS, namespace), { query })).items ?? [];
  if (job === undefined) throw new OutdatedError(`Job ${name}, which existed,`);
  return job;
}

/** A rejection is not an error, since the status must still be written: it is observed as a problem. */
function reportCreated(what: string, rejection: Problem | undefined, { log, onCreated }: ActDeps): void {
  if (rejection !== undefined)
    log.warn(`could not create ${what}`, { reason: rejection.reason, error: rejection.message });
  onCreated(what, rejection);
}

async function deleteJob(name: string, ingestion: ObservedIngestion, { api, caches, log }: ActDeps): Promise<void> {
  const { namespace } = ingestion.metadata;
  const job = caches.jobs.get(`${namespace}/${name}`);
  if (job === undefined) return;
  // With foreground deletion the Job exists, and holds its slot, until its pods are deleted: its successor must not run beside them.
  const body = { propagationPolicy: 'Foreground', preconditions: { uid: job.metadata.uid } };
  try {
    await api.request('DELETE', pathOf(JOBS, namespace, name), { body });
    log.info('deleted a Job', { job: name });
  } catch (error) {
    if (!hasStatus(error, 404, 409)) throw error;
  }
}

async function deleteTable(name: string, ingestion: ObservedIngestion, { api, caches }: ActDeps): Promise<void> {
  const { namespace } = ingestion.metadata;
  const table = caches.tables.get(`${namespace}/${name}`);
  if (table === undefined) return;
  const body = { propagationPolicy: 'Background', preconditions: { uid: table.metadata.uid } };
  try {
    await api.request('DELETE', pathOf(TABLE_INGESTIONS, namespace, name), { body });
  } catch (error) {
    if (!hasStatus(error, 404, 409)) throw error;
  }
}

/** Only if it has not changed meanwhile: its TTL may be another one now. */
async function deleteIngestion({ metadata }: ObservedIngestion, { api, log }: ActDeps): Promise<void> {
  const { namespace, name, uid, resourceVersion } = metadata;
  try {
    const body = { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } };
    await api.request('DELETE', pathOf(DUMP_INGESTIONS, namespace, name), { body });
    log.info('deleted the DumpIngestion after spec.ttlSecondsAfterFinished');
  } catch (error) {
    if (hasStatus(error, 409)) throw new OutdatedError(`DumpIngestion ${name}`);
    if (!hasStatus(error, 404)) throw error;
  }
}

async function applyTables({ tables }: ApplyTables, ingestion: ObservedIngestion, deps: ActDeps): Promise<void> {
  const what = 'a TableIngestion';
  const conflicts: Problem[] = [];
  try {
    await inParallel(tables, async ({ name, spec }) => {
      const object = await createTable(buildTableIngestion(ingestion, name, spec), deps);
      if (isTableOfRun(object, ingestion)) deps.caches.tables.put(object);
      else conflicts.push(tableConflict(object));
    });
    deps.log.info('created TableIngestions', { tables: tables.length - conflicts.length });
    reportCreated(what, conflicts[0], deps);
  } catch (error) {
    reportCreated(what, rejectionOf(error), deps);
  }
}

/** The created TableIngestion, or the existing one of this name. It is not applied, since that would take over one of somebody else. */
async function createTable(body: TableIngestion, { api }: ActDeps): Promise<TableIngestionObject> {
  const { namespace, name } = body.metadata;
  const query = { fieldManager: FIELD_MANAGER };
  try {
    return await api.request<TableIngestionObject>('POST', pathOf(TABLE_INGESTIONS, namespace), { query, body });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409 || error.reason !== 'AlreadyExists') throw error;
  }
  try {
    return await api.request<TableIngestionObject>('GET', pathOf(TABLE_INGESTIONS, namespace, name));
  } catch (error) {
    if (hasStatus(error, 404)) throw new OutdatedError(`TableIngestion ${name}, which existed,`);
    throw error;
  }
}
