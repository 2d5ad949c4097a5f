import assert from 'node:assert/strict';
import { readManifests } from '../../crds/contract/manifest.ts';
import { MotherloadError, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import type { LoadResult } from '../../crds/contract/report.ts';
import type { CatalogueTask, LoadBatchTask, LoadTask } from '../../crds/contract/task.ts';
import { catalogueWithoutChanges } from '../../job-runner/catalogue/run-catalogue.ts';
import { connect } from '../../job-runner/database/connection.ts';
import { loadTable } from '../../job-runner/load/load-table.ts';
import { buildCatalogueTask, buildLoadTask, buildTask, type TaskContext } from '../../operator/build/task.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';

export interface BucketTasks {
  readonly catalogue: CatalogueTask;
  readonly loadOf: (table: TableIngestionSpec) => LoadTask;
  /** All of them in one Job. */
  readonly batchOf: (tables: readonly TableIngestionSpec[]) => LoadBatchTask;
}

/** The tasks of a manifest with this source, as the operator builds them. Each call's source is another one for the runner's cache of sources. */
export function tasksFrom(source: string, secretsFolder?: string, decryption?: TaskContext['decryption']): BucketTasks {
  const text = `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: nightly }
spec:
  source: ${source}
  target: { databaseSecretRef: { name: database } }
`;
  const [manifest] = readManifests([{ name: 'test.yaml', text }]).ingestions;
  assert(manifest !== undefined);
  const ingestion = {
    metadata: { namespace: 'default', name: 'nightly', uid: crypto.randomUUID(), generation: 1 },
    ...{ spec: manifest.spec, status: {} },
  };
  const context = {
    ...{ volumeFolder: '/nowhere', dialectFiles: {}, records: 'Shown' as const },
    ...(secretsFolder === undefined ? {} : { sourceSecretsFolder: secretsFolder }),
    ...(decryption === undefined ? {} : { decryption }),
  };
  return {
    catalogue: buildCatalogueTask(ingestion, context),
    loadOf: (table) => buildLoadTask(ingestion, { kind: 'Load', tableName: table.table, table }, context),
    batchOf: (tables) => {
      const work = { kind: 'LoadBatch', tables: tables.map((spec) => ({ name: spec.table, spec })) } as const;
      return buildTask(ingestion, work, context) as LoadBatchTask;
    },
  };
}

/** A database whose mother is there, as the catalogue of a run leaves it. */
export async function ridesDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.query('CREATE TABLE rides (ride_id bigint, rider text)');
  return database;
}

export async function catalogueOf(
  { catalogue }: BucketTasks,
  database: TestDatabase,
): Promise<readonly TableIngestionSpec[]> {
  const connection = await connect(database.uri);
  try {
    return (await catalogueWithoutChanges(catalogue, connection)).entries;
  } finally {
    await connection.end();
  }
}

/** Of a catalogue with a single table. */
export async function onlyEntry(tasks: BucketTasks, database: TestDatabase): Promise<TableIngestionSpec> {
  const [entry, second] = await catalogueOf(tasks, database);
  assert(entry !== undefined && second === undefined);
  return entry;
}

export async function load(database: TestDatabase, task: LoadTask): Promise<LoadResult> {
  return await loadTable(task, database.uri, SILENT_LOG, () => undefined);
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(outcome instanceof MotherloadError, `it ended with ${String(outcome)}`);
  return outcome.toFailure();
}

/** Rows whose text packs badly, so that the entry has megabytes. */
export function rideRows(count: number, seed = 1): [number, string][] {
  let state = seed;
  const next = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state.toString(36);
  };
  return Array.from({ length: count }, (_, index) => [index + 1, `${next()}${next()}${next()}`]);
}

/** Exactly these rows, in any order. */
export async function assertRides(database: TestDatabase, rows: readonly [number, string][]): Promise<void> {
  const found = await database.query('SELECT ride_id::int AS id, rider FROM rides ORDER BY ride_id');
  assert.equal(found.length, rows.length);
  assert.deepEqual(
    found.map(({ id, rider }) => [id, rider]),
    rows,
  );
}

/** Nothing of a load that failed is seen by a reader. */
export async function assertNoRides(database: TestDatabase): Promise<void> {
  assert.deepEqual(await database.query('SELECT ride_id FROM rides LIMIT 1'), []);
}
