/**
 * `node bench/rejects.ts [RECORDS [ROUNDS [KIND]]]`: what bad records cost. Of each kind a load without a bad record, one of which each tenth record is bad, and one
 * of which the last tenth is, in turn, each by a runner of its own into an empty database. The results are in docs/rejects.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postmasterOf, measure, type Measurement } from './measure.ts';
import { median } from './table.ts';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import { renderTable } from '../bin/output/table.ts';
import { RUNNER_COMMAND } from '../bin/running/runner-command.ts';
import { readManifests } from '../crds/contract/manifest.ts';
import { DATABASE_URI_VARIABLE, RESULT_FILE_VARIABLE, TASK_VARIABLE, type LoadTask } from '../crds/contract/task.ts';
import { catalogueWithoutChanges } from '../job-runner/catalogue/run-catalogue.ts';
import { connect } from '../job-runner/database/connection.ts';
import { buildCatalogueTask, buildLoadTask } from '../operator/build/task.ts';
import { writeDump } from '../test/end-to-end/dumps.ts';

interface Kind {
  readonly name: string;
  /** Before the mother table. */
  readonly types?: string;
  /** Types of its columns that differ, and their values in a bad record. */
  readonly columns: Readonly<Record<string, string>>;
  readonly bad: (index: number) => Readonly<Record<string, string>>;
}

const KINDS: readonly Kind[] = [
  { name: 'a number that is none', columns: {}, bad: () => ({ price: 'free' }) },
  { name: 'CHECK', columns: { price: 'numeric(8,2) CHECK (price < 900)' }, bad: () => ({ price: '950.5' }) },
  {
    name: 'enum',
    types: "CREATE TYPE colour AS ENUM ('red', 'green', 'blue')",
    ...{ columns: { colour: 'colour' }, bad: () => ({ colour: 'mauve' }) },
  },
  {
    name: 'a key that is there twice',
    columns: { ride_id: 'integer PRIMARY KEY' },
    // Some are in the same batch, and most in one before.
    bad: (index) => ({ ride_id: String(index >> 1) }),
  },
  {
    name: 'domain',
    types: 'CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 900)',
    ...{ columns: { price: 'fare' }, bad: () => ({ price: '950.5' }) },
  },
];

const FILES = ['clean', 'each tenth', 'last tenth'] as const;
type File = (typeof FILES)[number];

const COLUMNS = {
  ride_id: 'int',
  code: 'char(8)',
  price: 'decimal(8,2)',
  colour: 'varchar',
  at: 'datetime',
  note: 'varchar',
};
const MOTHER = {
  ride_id: 'integer',
  code: 'text',
  price: 'numeric(8,2)',
  colour: 'text',
  at: 'timestamp',
  note: 'text',
};

const records = Number(process.argv[2] ?? '1000000');
const rounds = Number(process.argv[3] ?? '5');
const kinds = KINDS.filter(({ name }) => name === (process.argv[4] ?? name));
const folder = mkdtempSync(join(tmpdir(), 'motherload-bench-rejects-'));
const databaseFolder = mkdtempSync(join(tmpdir(), 'motherload-bench-database-'));
const server = await startEmbeddedPostgresql({ folder: databaseFolder, settings: { max_wal_size: '8GB' } });
const postmaster = postmasterOf(databaseFolder);
try {
  for (const kind of kinds) for (const file of FILES) await writeFile(kind, file);
  const measured = new Map<string, Measurement[]>();
  for (let round = 0; round < rounds; round++)
    for (const kind of kinds)
      for (const file of FILES) {
        const measurement = await load(kind, file);
        const key = keyOf(kind, file);
        measured.set(key, [...(measured.get(key) ?? []), measurement]);
        console.error(`round ${round + 1}: ${key} ${measurement.seconds.toFixed(1)} s`);
      }
  console.log(`${records} records, medians of ${rounds}\n${tableOf(measured)}`);
} finally {
  await server.stop();
  for (const own of [folder, databaseFolder]) rmSync(own, { recursive: true, force: true });
}

function keyOf({ name }: Kind, file: File): string {
  return `${name}, ${file}`;
}

function folderOf(kind: Kind, file: File): string {
  return join(folder, keyOf(kind, file));
}

async function writeFile(kind: Kind, file: File): Promise<void> {
  const isBad = (index: number) =>
    file === 'each tenth' ? index % 10 === 5 : file === 'last tenth' && index >= records * 0.9;
  const lines = Array.from({ length: records }, (_, index) => line(index, isBad(index) ? kind.bad(index) : {}));
  const text = `${Object.keys(COLUMNS).join('|')}\n${lines.join('\n')}\n`;
  await writeDump(folderOf(kind, file), 'crm_v1.zip', { rides: { columns: COLUMNS, rows: [], text } });
}

function line(index: number, bad: Readonly<Record<string, string>>): string {
  const values: Readonly<Record<string, string>> = {
    ride_id: String(index),
    code: `A${String((index * 7919) % 9_999_999).padStart(7, '0')}`,
    price: `${index % 899}.${10 + (index % 90)}`,
    colour: ['red', 'green', 'blue'][index % 3] ?? '',
    at: `2024-0${1 + (index % 9)}-1${index % 10} 1${index % 9}:${10 + (index % 50)}:00`,
    note: `\`a note of some words, ${index % 977}\``,
    ...bad,
  };
  return Object.keys(COLUMNS)
    .map((name) => values[name])
    .join('|');
}

/** One load by the runner alone; `reset` and catalogue come before what is measured. */
async function load(kind: Kind, file: File): Promise<Measurement> {
  const task = await prepare(kind, file);
  const resultFile = join(folder, 'result.json');
  writeFileSync(resultFile, '');
  const [program = '', ...parameters] = RUNNER_COMMAND;
  const environment = {
    [TASK_VARIABLE]: JSON.stringify(task),
    [DATABASE_URI_VARIABLE]: server.uri,
    [RESULT_FILE_VARIABLE]: resultFile,
  };
  const measurement = await measure({ program, parameters, environment }, postmaster);
  await compareRejects(file === 'clean' ? 0 : records / 10);
  return measurement;
}

async function prepare(kind: Kind, file: File): Promise<LoadTask> {
  const client = await connect(server.uri);
  try {
    const columns = Object.entries({ ...MOTHER, ...kind.columns }).map((column) => column.join(' '));
    await client.query('DROP SCHEMA IF EXISTS public, motherload CASCADE; CREATE SCHEMA public');
    await client.query(`${kind.types ?? ''}; CREATE TABLE rides (${columns.join(', ')})`);
    await client.query('CHECKPOINT');
    const text = `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: bench }
spec:
  source: { volume: { hostPath: { path: / } } }
  target: { databaseSecretRef: { name: database }, schema: public }
  motherTables: { policy: Require }
  rejects: { percent: 20 }`;
    const [manifest] = readManifests([{ name: 'bench', text }]).ingestions;
    if (manifest === undefined) throw new Error('no manifest');
    const metadata = { namespace: 'default', name: 'bench', uid: 'bench', generation: 1 };
    const context = { volumeFolder: folderOf(kind, file), dialectFiles: {}, records: 'Shown' as const };
    const ingestion = { metadata, spec: manifest.spec, status: {} };
    const { entries } = await catalogueWithoutChanges(buildCatalogueTask(ingestion, context), client);
    const [table] = entries;
    if (table?.decision !== 'Load') throw new Error(table?.message ?? 'no table');
    return buildLoadTask(ingestion, { kind: 'Load', tableName: table.table, table }, context);
  } finally {
    await client.end();
  }
}

async function compareRejects(expected: number): Promise<void> {
  const client = await connect(server.uri);
  try {
    const { rows } = await client.query<{ rows: number; rejects: number }>(
      'SELECT (SELECT count(*)::int FROM rides) AS rows, (SELECT count(*)::int FROM motherload.rejects) AS rejects',
    );
    const [found] = rows;
    if (found?.rejects !== expected || found.rows !== records - expected) throw new Error(JSON.stringify(found));
  } finally {
    await client.end();
  }
}

function tableOf(measured: ReadonlyMap<string, readonly Measurement[]>): string {
  const of = (kind: Kind, file: File, value: (measurement: Measurement) => number | undefined) =>
    median((measured.get(keyOf(kind, file)) ?? []).map(value)) ?? NaN;
  const cpu = ({ clientCpuSeconds, serverCpuSeconds = NaN }: Measurement) => clientCpuSeconds + serverCpuSeconds;
  const seconds = ({ seconds: wall }: Measurement) => wall;
  const titles = ['bad', 'records', 'seconds', '×', 'client CPU s', 'server CPU s', 'CPU ×', 'peak MB'];
  const lines = kinds.flatMap((kind) =>
    FILES.map((file) => {
      const compared = (value: (measurement: Measurement) => number) =>
        (of(kind, file, value) / of(kind, 'clean', value)).toFixed(2);
      return [
        ...[kind.name, file, of(kind, file, seconds).toFixed(1), compared(seconds)],
        of(kind, file, ({ clientCpuSeconds }) => clientCpuSeconds).toFixed(1),
        of(kind, file, ({ serverCpuSeconds }) => serverCpuSeconds).toFixed(1),
        compared(cpu),
        of(kind, file, ({ peakBytes = NaN }) => peakBytes / 1e6).toFixed(0),
      ];
    }),
  );
  return renderTable(
    titles.map((title, index) => ({ title, align: index < 2 ? 'left' : 'right' })),
    lines,
  );
}
