import type { Log } from '../../../crds/contract/log.ts';
import { buildScheduledRun, type ScheduledRun } from '../../build/scheduled-run.ts';
import type { Problem } from '../../decide/observed.ts';
import { OutdatedError, type Key } from '../../engine/reconcile.ts';
import type { CreateRun, DeleteRun, ScheduleAction } from '../../schedule/action.ts';
import type { ObservedSchedule } from '../../schedule/observed.ts';
import type { ScheduleReason } from '../../schedule/reasons.ts';
import type { Caches } from '../cache/caches.ts';
import { keyOf } from '../cache/store.ts';
import { ApiError, hasStatus, type KubernetesApi } from '../client/api.ts';
import { pathOf, type DumpIngestionObject, type ScheduledDumpIngestionObject } from '../client/objects.ts';
import { DUMP_INGESTIONS, SCHEDULES } from '../client/resources.ts';
import { isRunOf } from '../observe/observe-schedule.ts';
import { recordEvent } from './events.ts';
import { rejectionOf } from './rejection.ts';
import { writeStatus } from './write-status.ts';

export interface ScheduleDeps {
  readonly api: KubernetesApi;
  readonly caches: Caches;
  readonly log: Log;
  readonly now: () => Date;
  /** Requests a reconcile of a DumpIngestion. */
  readonly onRun: (key: Key) => void;
  /** Called for each run to create: undefined if it exists now, or why it was rejected. */
  readonly onCreated: (rejection: Problem | undefined) => void;
}

/** Executes an action; each action is idempotent. Responses are put into the caches at once. */
export async function actOnSchedule(
  action: ScheduleAction,
  schedule: ObservedSchedule,
  deps: ScheduleDeps,
): Promise<void> {
  const { api, caches, log, now } = deps;
  switch (action.type) {
    case 'CreateRun': {
      await createRun(action, schedule, deps);
      return;
    }
    case 'DeleteRun': {
      await deleteRun(action, schedule, deps);
      return;
    }
    case 'WriteScheduleStatus': {
      const { metadata } = schedule;
      const written = await writeStatus<ScheduledDumpIngestionObject>(api, SCHEDULES, metadata, action.status);
      if (written !== undefined) caches.schedules.put(written);
      return;
    }
    case 'EmitEvent': {
      log[action.level === 'Warning' ? 'warn' : 'info'](action.message, { reason: action.reason });
      const involved = { kind: 'ScheduledDumpIngestion', metadata: schedule.metadata } as const;
      await recordEvent(api, involved, action, now()).catch((error: unknown) => {
        log.warn('could not record an event', { reason: action.reason, error: String(error) });
      });
    }
  }
}

async function createRun(action: CreateRun, schedule: ObservedSchedule, deps: ScheduleDeps): Promise<void> {
  const { caches, log, onCreated } = deps;
  const body = buildScheduledRun(schedule, action, await readTemplate(schedule, deps));
  try {
    const run = await create(body, deps);
    if (!isRunOf(run, schedule)) {
      onCreated(nameConflict(action.name));
      return;
    }
    caches.ingestions.put(run);
    // The watch does not report what is in the caches already.
    deps.onRun(keyOf(run));
    log.info('created a DumpIngestion', { ingestion: action.name });
    onCreated(undefined);
  } catch (error) {
    const rejection = rejectionOf(error);
    log.warn(`could not create DumpIngestion ${action.name}`, { reason: rejection.reason, error: rejection.message });
    onCreated(rejection);
  }
}

/**
 * The cache has no templates. From the apiserver's own cache, which is not older than what was observed:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#the-resourceversion-parameter
 */
async function readTemplate(
  { metadata: { namespace, name, uid, resourceVersion } }: ObservedSchedule,
  { api }: ScheduleDeps,
) {
  try {
    const path = pathOf(SCHEDULES, namespace, name);
    const { metadata, spec } = await api.request<ScheduledDumpIngestionObject>('GET', path, {
      query: { resourceVersion },
    });
    if (metadata.uid !== uid || spec.ingestionTemplate === undefined)
      throw new OutdatedError(`ScheduledDumpIngestion ${name}`);
    return spec.ingestionTemplate;
  } catch (error) {
    if (hasStatus(error, 404)) throw new OutdatedError(`ScheduledDumpIngestion ${name}`);
    throw error;
  }
}

/** The created DumpIngestion, or the existing one of this name. */
async function create(body: ScheduledRun, { api }: ScheduleDeps): Promise<DumpIngestionObject> {
  const { namespace, name } = body.metadata;
  try {
    return await api.request<DumpIngestionObject>('POST', pathOf(DUMP_INGESTIONS, namespace), { body });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409 || error.reason !== 'AlreadyExists') throw error;
  }
  try {
    return await api.request<DumpIngestionObject>('GET', pathOf(DUMP_INGESTIONS, namespace, name));
  } catch (error) {
    if (hasStatus(error, 404)) throw new OutdatedError(`DumpIngestion ${name}, which existed,`);
    throw error;
  }
}

function nameConflict(name: string): Problem {
  const reason: ScheduleReason = 'RunNameTaken';
  return {
    reason,
    message: `DumpIngestion ${name} already exists and does not belong to this schedule, or lost its owner; delete it so that the run can start`,
  };
}

/** A run of the history only if it has not changed since. One that is replaced is kept by Kubernetes until its Jobs and their pods are gone. */
async function deleteRun(
  { name, because }: DeleteRun,
  { metadata: { namespace } }: ObservedSchedule,
  { api, caches, log }: ScheduleDeps,
): Promise<void> {
  const run = caches.ingestions.get(`${namespace}/${name}`);
  if (run === undefined) return;
  const { uid, resourceVersion } = run.metadata;
  const body =
    because === 'Replaced'
      ? { propagationPolicy: 'Foreground', preconditions: { uid } }
      : { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } };
  try {
    await api.request('DELETE', pathOf(DUMP_INGESTIONS, namespace, name), { body });
    log.info('deleted a DumpIngestion', { ingestion: name, because });
  } catch (error) {
    if (hasStatus(error, 409)) throw new OutdatedError(`DumpIngestion ${name}`);
    if (!hasStatus(error, 404)) throw error;
  }
}
