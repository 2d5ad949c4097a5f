import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCE_FILES } from '../../crds/contract/task.ts';
import { tasksFrom, type BucketTasks } from '../bucket/bucket-scene.ts';

/** `crm` of a MariaDB, with further fields of `spec.source.database`. */
export function databaseSource(more = ''): string {
  return `{ database: { driver: mysql, connectionSecretRef: { name: shop }, schema: crm, version: v1${more} } }`;
}

/** The tasks of a manifest that reads this database, with the Secret as a file in a folder below. */
export function tasksOfDatabase(folder: string, uri: string, source = databaseSource()): BucketTasks {
  return tasksFrom(source, secretsFolder(folder, uri));
}

/** A folder below, as a Job mounts the Secret. */
export function secretsFolder(folder: string, uri: string): string {
  const secrets = join(folder, crypto.randomUUID());
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, SOURCE_FILES.connection), uri);
  return secrets;
}

/** The Secret with the URI, as a manifest. */
export function secretText(uri: string): string {
  return `
apiVersion: v1
kind: Secret
metadata: { name: shop }
stringData: { uri: '${uri}' }
`;
}

/** The DumpIngestion of a run with this source, whose tables need no mothers. */
export function manifestText(source: string): string {
  return `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: direct }
spec:
  source: ${source}
  target: { databaseSecretRef: { name: database } }
  motherTables: { withoutMother: Load }
`;
}
