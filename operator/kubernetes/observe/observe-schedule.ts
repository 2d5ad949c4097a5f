import { momentOfRun } from '../../../crds/contract/names.ts';
import { findCondition } from '../../decide/conditions.ts';
import type { Key } from '../../engine/reconcile.ts';
import type { ObservedRun, ObservedSchedule } from '../../schedule/observed.ts';
import type { Caches } from '../cache/caches.ts';
import { ownerUid, type DumpIngestionObject } from '../client/objects.ts';

/** From the caches alone, without any request. */
export function observeSchedule(key: Key, caches: Caches): ObservedSchedule | undefined {
  const object = caches.schedules.get(key);
  if (object === undefined) return undefined;
  const {
    namespace,
    name,
    uid,
    generation = 1,
    creationTimestamp = '',
    resourceVersion,
    deletionTimestamp,
  } = object.metadata;
  return {
    metadata: {
      ...{ namespace, name, uid, generation, creationTimestamp, resourceVersion },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: object.spec,
    status: object.status ?? {},
    runs: caches.ingestions.ownedBy(uid).flatMap((run) => observeRun(run, name)),
  };
}

/** A DumpIngestion that the schedule owns and whose name is that of a moment. */
function observeRun(run: DumpIngestionObject, schedule: string): ObservedRun[] {
  const { name, creationTimestamp = '', deletionTimestamp } = run.metadata;
  const moment = momentOfRun(schedule, name);
  if (moment === undefined) return [];
  const { completionTime, message } = run.status ?? {};
  const ended = (['Complete', 'Failed'] as const).map((type) => findCondition(run.status?.conditions, type));
  const outcome = ended.find((condition) => condition?.status === 'True')?.type as ObservedRun['outcome'];
  return [
    {
      ...{ name, moment, creationTimestamp },
      ...(outcome === undefined ? {} : { outcome }),
      ...(outcome === undefined || completionTime === undefined ? {} : { completionTime }),
      ...(outcome === undefined || message === undefined ? {} : { message }),
      ...(deletionTimestamp === undefined ? {} : { deleting: true }),
    },
  ];
}

/** Whether the schedule has created it. A name proves nothing alone, since anybody can use it, nor does an owner alone, which anybody can set. */
export function isRunOf(run: DumpIngestionObject, { metadata }: Pick<ObservedSchedule, 'metadata'>): boolean {
  return ownerUid(run) === metadata.uid && momentOfRun(metadata.name, run.metadata.name) !== undefined;
}
