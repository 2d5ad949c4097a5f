import assert from 'node:assert/strict';
import { join } from 'node:path';
import { formatOfTable, resolveFormat } from '../../../crds/contract/format.ts';
import { SILENT_LOG, type Log } from '../../../crds/contract/log.ts';
import { MotherloadError, type Failure } from '../../../crds/contract/errors.ts';
import type { LoadResult } from '../../../crds/contract/report.ts';
import type { LoadTask } from '../../../crds/contract/task.ts';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import { loadTable } from '../../../job-runner/load/load-table.ts';
import { createTestDatabase, type TestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { manifest } from '../../operator/fixtures.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';

/** One table of one dump and how it is to be loaded. */
export interface Scene {
  /** The DAT file's characters, each one a byte (Latin-1). */
  readonly text: string;
  /** The schema file. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly mother?: string | undefined;
  /** Further lines of the manifest's spec. */
  readonly spec?: string;
  readonly run?: string;
}

const folder = temporaryFolder();

/** Writes the scene's dump and returns the task that a catalogue would make of it. Table `rides`, by default below the mother `rides`. */
export async function taskOf(scene: Scene): Promise<LoadTask> {
  const {
    text,
    columns = { ride_id: 'int', rider: 'varchar' },
    version = 'v1',
    spec: moreSpec = '',
    run = 'run-1',
  } = scene;
  const file = `crm_${version}.zip`;
  const dumpsFolder = join(folder, crypto.randomUUID());
  await writeDump(dumpsFolder, file, { rides: { columns, rows: [], text } });
  const { spec } = manifest(moreSpec);
  const archive = await openArchive(join(dumpsFolder, file), spec.limits);
  const [schemaFile, dat] = await Promise.all(
    archive.entries.map(async (entry) => {
      const { name, bytes, compressedBytes } = entry;
      return { entry: name, bytes, compressedBytes, crc32: await archive.identify(entry) };
    }),
  );
  await archive.close();
  assert(schemaFile !== undefined && dat !== undefined);
  const { target, format, limits, loading, motherTables, rejects } = spec;
  const mother = 'mother' in scene ? scene.mother : 'rides';
  return {
    kind: 'Load',
    ingestion: { namespace: 'default', name: 'nightly', run },
    ...{
      target,
      dumpsFolder,
      format: formatOfTable(resolveFormat(format), 'rides'),
      limits,
      loading,
      rejects,
      dialectFiles: {},
    },
    indexes: motherTables.indexes,
    table: {
      ingestionName: 'nightly',
      dump: { file, version },
      ...{
        table: 'rides',
        versionTable: `${version}_rides`,
        ...(mother === undefined ? {} : { mother }),
        schemaFile,
        dat,
      },
      ...{ decision: 'Load', reason: 'MotherFound', message: '' },
    },
  };
}

export async function load(
  database: Pick<TestDatabase, 'uri'>,
  scene: Scene | LoadTask,
  log: Log = SILENT_LOG,
): Promise<LoadResult> {
  return await loadTable('kind' in scene ? scene : await taskOf(scene), database.uri, log, () => undefined);
}

/** The error that a load ends with, as plain data. */
export async function failureOf(loading: Promise<unknown>): Promise<Failure> {
  const outcome = await loading.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(outcome instanceof MotherloadError, `a load ended with ${String(outcome)}`);
  return outcome.toFailure();
}

/** Everything in the schemas of target and ledger, so that nothing half-loaded stays unseen. */
export async function relationsOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query(
    `SELECT relnamespace::regnamespace || '.' || relname AS name FROM pg_class
      WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'motherload')) AND relkind <> 'i' ORDER BY 1`,
  );
  return rows.map(({ name }) => name as string);
}

export const LEDGER_TABLES = [
  'motherload.dumps',
  'motherload.dumps_id_seq',
  'motherload.history',
  'motherload.history_id_seq',
  'motherload.loads',
  'motherload.migrations',
  'motherload.rejects',
];

/** Lines of `rides` with these ids. */
export function ridesText(
  ids: Iterable<number>,
  rider: (id: number) => string = (id) => `\`rider ${id % 97}\``,
): string {
  return `ride_id|rider\n${Array.from(ids, (id) => `${id}|${rider(id)}\n`).join('')}`;
}

export function* upTo(count: number): Generator<number> {
  for (let number = 1; number <= count; number++) yield number;
}

/** A log that runs something as soon as a load's COPY begins. */
export function duringCopy(act: () => Promise<unknown>): { readonly log: Log; readonly done: () => Promise<unknown> } {
  let acted: Promise<unknown> | undefined;
  const hear = (message: string): void => {
    if (message.startsWith('COPY')) acted ??= act();
  };
  const log: Log = { info: hear, warn: hear, error: hear, child: () => log };
  return { log, done: () => acted ?? Promise.reject(new Error('there was no COPY')) };
}

/** Enough rows that something can happen during the COPY. */
export const MANY = ridesText(upTo(100_000));

/** Loads the scene, and runs a statement of somebody else's as soon as COPY has begun. */
export async function loadDuring(
  database: TestDatabase,
  scene: Scene | LoadTask,
  statement: string,
): Promise<LoadResult> {
  const during = duringCopy(() => database.query(statement));
  try {
    return await load(database, scene, during.log);
  } finally {
    await during.done();
  }
}

/** A database with the mother `rides`. */
export async function ridesDatabase(version: 18 | 14): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await database.query('CREATE TABLE rides (rider text, ride_id bigint)');
  return database;
}

export async function idsOf(database: TestDatabase, table: string): Promise<unknown[]> {
  return (await database.query(`SELECT ride_id::int AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id);
}
