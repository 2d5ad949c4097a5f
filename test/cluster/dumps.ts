import type { ControlPlane } from './control-plane.ts';

/**
 * Makes a folder of this machine a claim of a namespace, read-write for whom the folder's mode lets in. The volume is bound to the claim by
 * name; no provisioner has a part in it.
 */
export async function offerDumps(
  plane: Pick<ControlPlane, 'kubectl'>,
  namespace: string,
  claim: string,
  folder: string,
): Promise<void> {
  const capacity = { storage: '100Gi' };
  const accessModes = ['ReadWriteMany'];
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${namespace}-${claim}` },
    spec: {
      capacity,
      accessModes,
      storageClassName: '',
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace, name: claim },
      hostPath: { path: folder, type: 'Directory' },
    },
  };
  const persistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, namespace },
    spec: { accessModes, storageClassName: '', volumeName: volume.metadata.name, resources: { requests: capacity } },
  };
  await plane.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [volume, persistentVolumeClaim] }),
  );
}
