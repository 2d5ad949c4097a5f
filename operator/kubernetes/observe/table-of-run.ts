import { runIdentity, tableIngestionName } from '../../../crds/contract/names.ts';
import type { ObservedIngestion } from '../../decide/observed.ts';
import { ownerUid, type TableIngestionObject } from '../client/objects.ts';

/** The DumpIngestions that objects in the caches belong to by their names: each takes a digest, and a run has thousands of tables. */
const knownRuns = new WeakMap<TableIngestionObject, string>();

/**
 * Whether a run of the DumpIngestion created this TableIngestion: the one in its spec, which nobody can change either. Its owner does not prove it, since anybody can set one, for instance on those that a deleted
 * DumpIngestion of the same name has left behind; its name, which nobody can change, does.
 */
export function isTableOfRun(object: TableIngestionObject, { metadata }: Pick<ObservedIngestion, 'metadata'>): boolean {
  const { name, uid } = metadata;
  if (ownerUid(object) !== uid) return false;
  if (knownRuns.get(object) === uid) return true;
  const run = runIdentity(uid, object.spec.run);
  if (object.metadata.name !== tableIngestionName(name, run, object.spec)) return false;
  knownRuns.set(object, uid);
  return true;
}
