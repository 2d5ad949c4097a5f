import { tableIngestionName } from '../../../crds/contract/names.ts';
import type { ObservedIngestion } from '../../decide/observed.ts';
import { ownerUid, type TableIngestionObject } from '../client/objects.ts';

/** The runs that objects in the caches belong to by their names: each takes a digest, and a run has thousands of tables. */
const knownRuns = new WeakMap<TableIngestionObject, string>();

/**
 * Whether the run created this TableIngestion. Its owner does not prove it, since anybody can set one, for instance on those that a deleted
 * DumpIngestion of the same name has left behind; its name, which nobody can change, does.
 */
export function isTableOfRun(object: TableIngestionObject, { metadata }: Pick<ObservedIngestion, 'metadata'>): boolean {
  const { name, uid } = metadata;
  if (ownerUid(object) !== uid) return false;
  if (knownRuns.get(object) === uid) return true;
  if (object.metadata.name !== tableIngestionName(name, uid, object.spec)) return false;
  knownRuns.set(object, uid);
  return true;
}
