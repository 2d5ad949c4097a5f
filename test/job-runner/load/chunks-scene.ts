import type { LoadBatchTask } from '../../../crds/contract/task.ts';
import { buildCatalogueTask, buildTask } from '../../../operator/build/task.ts';
import { createTestDatabase, type TestDatabase } from '../../database.ts';
import { rawZip } from '../../failing-dumps/failing-dumps.ts';
import { manifest } from '../../operator/fixtures.ts';
import { temporaryFolder, writeFiles } from '../catalogue/tasks.ts';
import { entriesOf, runBatch } from './encrypted-scene.ts';

const folder = temporaryFolder();
export const HEADER = 'id|name\n';
const SCHEMA = JSON.stringify([
  { column_name: 'id', column_type: 'varchar' },
  { column_name: 'name', column_type: 'varchar' },
]);

/** Loads the table `t` whose chunks are these Latin-1 texts. */
export async function loadChunks(chunks: readonly string[], spec = '', into?: TestDatabase) {
  const database = into ?? (await createTestDatabase());
  const dumps = `${folder}/${crypto.randomUUID()}`;
  const entries = chunks.map((text, index) => ({ name: `t.0000${index}.dat`, content: Buffer.from(text, 'latin1') }));
  writeFiles(dumps, { 'crm_v1.zip': rawZip([{ name: 't.json', content: SCHEMA }, ...entries]) });
  const result = await runBatch(database, await batchOf(database, dumps, spec));
  const [table] = result.results;
  return { database, table, failure: table?.outcome === 'Failed' ? table.failure : undefined };
}

async function batchOf(database: TestDatabase, dumps: string, spec: string): Promise<LoadBatchTask> {
  const context = { volumeFolder: dumps, dialectFiles: {}, records: 'Shown' as const };
  const ingestion = {
    ...manifest(`motherTables: { withoutMother: Load }\n${spec}`),
    metadata: { namespace: 'default', name: 'nightly', uid: 'run-1', generation: 1 },
    status: {},
  };
  const tables = await entriesOf(database, buildCatalogueTask(ingestion, context));
  const named = tables.map((each) => ({ name: each.table, spec: each }));
  return buildTask(ingestion, { kind: 'LoadBatch', tables: named }, context) as LoadBatchTask;
}
