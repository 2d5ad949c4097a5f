import { ManifestError } from '../../crds/contract/errors.ts';
import { LABELS } from '../../crds/contract/names.ts';
import { isTrue } from '../../operator/decide/conditions.ts';
import { labelValue } from '../../operator/build/table-ingestion.ts';
import {
  ownerUid,
  pathOf,
  type DumpIngestionObject,
  type JobObject,
  type KubernetesObject,
  type Resource,
  type TableIngestionObject,
} from '../../operator/kubernetes/client/objects.ts';
import { DUMP_INGESTIONS, EVENTS, JOBS, PODS, TABLE_INGESTIONS } from '../../operator/kubernetes/client/resources.ts';
import type { Kubectl } from './kubectl.ts';
import type { IngestionObjects, ObjectEvent, PlacedPod } from './objects.ts';
import { needsEvents } from './waiting-reason.ts';

/** The kind for kubectl's own commands, where another API group could have a kind of the same name. */
export const DUMP_INGESTION = 'dumpingestions.motherload.dev';

interface List<Item> {
  readonly items: readonly Item[];
}

export async function readIngestion(kubectl: Kubectl, name: string): Promise<DumpIngestionObject> {
  const namespace = await kubectl.namespace();
  return await kubectl.get(
    pathOf(DUMP_INGESTIONS, namespace, name),
    `DumpIngestion ${name} in the namespace ${namespace}`,
  );
}

/** All of the namespace, or of all namespaces. */
export async function readIngestions(
  kubectl: Kubectl,
  allNamespaces: boolean,
): Promise<readonly DumpIngestionObject[]> {
  const namespace = allNamespaces ? undefined : await kubectl.namespace();
  const list: List<DumpIngestionObject> = await kubectl.get(pathOf(DUMP_INGESTIONS, namespace), 'DumpIngestions');
  return list.items;
}

export async function readTables(kubectl: Kubectl, name: string): Promise<readonly TableIngestionObject[]> {
  return await readOf(kubectl, TABLE_INGESTIONS, name);
}

/** Reads what belongs to a DumpIngestion; the TableIngestions first, since of 10,000 the list takes longer than all others together. */
export async function readIngestionObjects(kubectl: Kubectl, name: string): Promise<IngestionObjects> {
  const unread: string[] = [];
  const ifAllowed = async <Item>(read: Promise<readonly Item[]>): Promise<readonly Item[]> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof ManifestError) || error.code !== 'ClusterForbidden') throw error;
      unread.push(error.message);
      return [];
    }
  };
  await kubectl.namespace();
  const tablesRead = readTables(kubectl, name);
  // Where the DumpIngestion does not exist, its error is the one that counts.
  tablesRead.catch(() => undefined);
  const ingestion = await readIngestion(kubectl, name);
  const { jobs: needsJobs, pods: needsPods } = neededObjects(ingestion);
  const [tables, jobs, pods] = await Promise.all([
    tablesRead,
    needsJobs
      ? ifAllowed(readOf<JobObject>(kubectl, JOBS, name, { labels: `,${LABELS.task} in (Catalogue,Finish)` }))
      : [],
    needsPods
      ? ifAllowed(readOf<PlacedPod>(kubectl, PODS, name, { fields: 'status.phase!=Succeeded,status.phase!=Failed' }))
      : [],
  ]);
  // Objects that another DumpIngestion of this name has left behind.
  const { uid } = ingestion.metadata;
  const own = { tables: tables.filter((table) => ownerUid(table) === uid), jobs: jobs.filter(isOwnedBy(uid)) };
  const objects: IngestionObjects = { ingestion, ...own, pods, events: [], unread };
  if (!needsEvents(objects.tables, pods)) return objects;
  const namespace = await kubectl.namespace();
  const path = `${pathOf(EVENTS, namespace)}?fieldSelector=type%3DWarning&limit=500`;
  const events = ifAllowed(kubectl.get<List<ObjectEvent>>(path, 'events').then(({ items }) => items));
  return { ...objects, events: await events };
}

/** Each list is a kubectl of its own, whose start takes as long as a thousand tables. */
function neededObjects({ status = {} }: DumpIngestionObject): { readonly jobs: boolean; readonly pods: boolean } {
  const pods = status.completionTime === undefined;
  return { pods, jobs: pods && (!isTrue(status.conditions, 'Catalogued') || status.phase === 'Finishing') };
}

function isOwnedBy(uid: string): (object: KubernetesObject) => boolean {
  return (object) => ownerUid(object) === uid;
}

async function readOf<Item>(
  kubectl: Kubectl,
  resource: Resource,
  name: string,
  { labels = '', fields }: { labels?: string; fields?: string } = {},
): Promise<readonly Item[]> {
  const query = new URLSearchParams({
    labelSelector: `${LABELS.ingestion}=${labelValue(name)}${labels}`,
    ...(fields === undefined ? {} : { fieldSelector: fields }),
  });
  const path = `${pathOf(resource, await kubectl.namespace())}?${query.toString()}`;
  const list: List<Item> = await kubectl.get(path, resource.plural);
  return list.items;
}
