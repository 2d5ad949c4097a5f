import type { ControlPlane } from './control-plane.ts';

/**
 * Makes a local folder available as a PersistentVolumeClaim, with the access that the folder's mode permits. The volume is bound to the claim by
 * name, without a provisioner.
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
