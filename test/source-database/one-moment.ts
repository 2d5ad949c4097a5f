import assert from 'node:assert/strict';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { readManifests } from '../../crds/contract/manifest.ts';
import type { CatalogueTask, LoadBatchTask } from '../../crds/contract/task.ts';
import { buildCatalogueTask, buildTask } from '../../operator/build/task.ts';
import { databaseSource, manifestText, secretsFolder } from './scene.ts';

export interface OneMomentTasks {
  readonly catalogue: CatalogueTask;
  readonly batchOf: (tables: readonly TableIngestionSpec[]) => LoadBatchTask;
}

/** The tasks of a run that reads all tables as of one moment. `more` is of `spec.source.database`, `spec` the text of further fields of the spec. */
export function oneMomentTasks(
  folder: string,
  uri: string,
  { more = '', spec = '', run = crypto.randomUUID() } = {},
): OneMomentTasks {
  const text = manifestText(databaseSource(`, snapshot: AllTables, excludeTables: [stop]${more}`)) + spec;
  const [manifest] = readManifests([{ name: 'test.yaml', text }]).ingestions;
  assert(manifest !== undefined);
  const metadata = { namespace: 'default', name: 'direct', uid: run, generation: 1 };
  const ingestion = { metadata, spec: manifest.spec, status: {} };
  const context = {
    ...{ volumeFolder: '/nowhere', dialectFiles: {}, records: 'Shown' as const },
    sourceSecretsFolder: secretsFolder(folder, uri),
  };
  return {
    catalogue: buildCatalogueTask(ingestion, context),
    batchOf: (tables) => {
      const loads = tables.filter(({ decision }) => decision === 'Load');
      const work = { kind: 'LoadBatch', tables: loads.map((each) => ({ name: each.table, spec: each })) } as const;
      return buildTask(ingestion, work, context) as LoadBatchTask;
    },
  };
}
