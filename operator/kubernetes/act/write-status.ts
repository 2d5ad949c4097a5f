import type { ObservedIngestion } from '../../decide/observed.ts';
import { OutdatedError } from '../../engine/reconcile.ts';
import { hasStatus, type KubernetesApi } from '../client/api.ts';
import { pathOf, type KubernetesObject, type Resource } from '../client/objects.ts';

type StatusTarget = Pick<ObservedIngestion['metadata'], 'namespace' | 'name' | 'uid' | 'resourceVersion'>;

/**
 * Replaces the whole status; undefined if the object no longer exists, or is another one of the same name now. Throws an OutdatedError if the
 * object has changed since it was observed: a former leader that does not know it yet must not overwrite the work of the next one.
 */
export async function writeStatus<T extends KubernetesObject>(
  api: KubernetesApi,
  resource: Resource,
  { namespace, name, uid, resourceVersion }: StatusTarget,
  status: object,
): Promise<T | undefined> {
  const path = pathOf(resource, namespace, name);
  const body = [
    { op: 'test', path: '/metadata/uid', value: uid },
    // With a resource version, the update fails if the object has another one: https://kubernetes.io/docs/reference/using-api/api-concepts/
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
    // The apiserver reports a failed `test` only as an invalid request, like a status that the CRD rejects, which would be a bug.
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
