import type { V1Volume, V1VolumeProjection } from '@kubernetes/client-node';
import { DATABASE_FILES, type Target } from '../../crds/contract/task.ts';

/** Readable for the runner, whose user the image or the cluster chooses. A projected volume belongs to root. */
const READABLE = 0o444;

/** The database's URI and the certificates of its connection, as the files that the runner looks for. */
export function buildDatabaseVolume(name: string, { databaseSecretRef, tls = {} }: Target): V1Volume {
  const { caSecretRef, caConfigMapRef, certificateSecretRef } = tls;
  const { uri, authority, certificate, key } = DATABASE_FILES;
  const sources: V1VolumeProjection[] = [
    { secret: { name: databaseSecretRef.name, items: [{ key: databaseSecretRef.key, path: uri }] } },
    ...(caSecretRef === undefined
      ? []
      : [{ secret: { name: caSecretRef.name, items: [{ key: caSecretRef.key, path: authority }] } }]),
    ...(caConfigMapRef === undefined
      ? []
      : [{ configMap: { name: caConfigMapRef.name, items: [{ key: caConfigMapRef.key, path: authority }] } }]),
    ...(certificateSecretRef === undefined
      ? []
      : [{ secret: { name: certificateSecretRef.name, items: [certificate, key].map(asItem) } }]),
  ];
  return { name, projected: { defaultMode: READABLE, sources } };
}

/** The keys of a Secret of the type kubernetes.io/tls are the names of the files. */
function asItem(key: string): { key: string; path: string } {
  return { key, path: key };
}
