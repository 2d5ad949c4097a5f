import { readdirSync, readFileSync } from 'node:fs';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { Timings } from '../../crds/contract/report.ts';
import type { KeptChecksum } from '../plan/checksum.ts';
import {
  forgetStatements,
  historyTable,
  loadsTable,
  recordedColumns,
  type LoadMeasurements,
  type PlannedLedgerRow,
} from '../plan/ledger-statements.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified, type TableName } from '../plan/sql.ts';
import type { DumpColumn } from '../plan/table-plan.ts';
import type { Database } from './connection.ts';
import { readRows } from './read-rows.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';
import { withTransaction } from './transaction.ts';

/** One load as the ledger records it. */
export interface LedgerRow extends PlannedLedgerRow, LoadMeasurements {
  readonly loadedAt: Date;
  /** The types that columns had when the table was loaded, where its mother was widened since. */
  readonly loadedAs: Readonly<Record<string, string>>;
  /** How it stood before each replay, oldest first; not of a list of all loads. */
  readonly replays?: readonly Replay[];
}

/** A replay of a load's rejects. */
export interface Replay {
  readonly at: Date;
  /** Those before it. */
  readonly planDigest: string;
  readonly rejects: number;
}

const MIGRATIONS = new URL('./migrations/', import.meta.url);

/** Creates a schema if it is missing. Checks first, since CREATE SCHEMA IF NOT EXISTS needs a privilege on the database even if it exists. */
export async function ensureSchema(db: Database, schema: string): Promise<void> {
  const { rows } = await db.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rows.length > 0) return;
  // Of two sessions at the same time, the CREATE SCHEMA IF NOT EXISTS of the second one fails with a duplicate key, hence the lock.
  const body = `BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('motherload schema', 0));
    CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)};
  END`;
  try {
    await db.query(`DO ${quoteLiteral(body)}`);
  } catch (error) {
    if (!hasSqlState(error, SQL_STATES.insufficientPrivilege)) throw error;
    const message = `schema ${schema} does not exist and the role may not create it: create it and grant the role USAGE and CREATE on it`;
    throw new ManifestError('SchemaMissing', message, {}, { cause: error });
  }
}

/** Migrates the ledger to its newest version; several runners may do so at the same time. */
export async function migrateLedger(db: Database, ledgerSchema: string): Promise<void> {
  await withTransaction(db, async () => {
    await db.query("SELECT pg_advisory_xact_lock(hashtextextended('motherload ledger ' || $1, 0))", [ledgerSchema]);
    await ensureSchema(db, ledgerSchema);
    const migrations = quoteQualified(ledgerSchema, 'migrations');
    if (!(await exists(db, ledgerSchema, 'migrations'))) {
      await db.query(
        `CREATE TABLE ${migrations} (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
      );
    }
    const applied = new Set(
      (await db.query<{ number: number }>(`SELECT number FROM ${migrations}`)).rows.map((row) => row.number),
    );
    const files = readdirSync(MIGRATIONS)
      .filter((file) => file.endsWith('.sql'))
      .sort();
    const newest = Math.max(...files.map(numberOf));
    if (Math.max(0, ...applied) > newest) {
      throw new ManifestError(
        'LedgerTooNew',
        `the ledger in schema ${ledgerSchema} was created by a newer Motherload: use that version or a newer one`,
      );
    }
    for (const file of files.filter((name) => !applied.has(numberOf(name)))) {
      await db.query(
        readFileSync(new URL(file, MIGRATIONS), 'utf8').replaceAll('{schema}', () => quoteIdentifier(ledgerSchema)),
      );
      await db.query(`INSERT INTO ${migrations} (number) VALUES ($1)`, [numberOf(file)]);
    }
  });
}

function numberOf(file: string): number {
  return Number.parseInt(file, 10);
}

export async function exists(db: Database, schema: string, table: string): Promise<boolean> {
  const { rows } = await db.query('SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = $2', [schema, table]);
  return rows.length > 0;
}

const COLUMNS = `target_schema, version_table, load_id, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes::float8 AS entry_bytes,
  plan_digest, rows::float8 AS rows, rejects::float8 AS rejects, records::float8 AS records, sha256, checksum::text AS checksum, checksum_of,
  streams, seconds, ingestion_namespace, ingestion_name, ingestion_run, loaded_at, loaded_as`;

/** A command that changes nothing does not bring the ledger up to date, as each run does. */
function ofOldLedger(error: unknown, ledgerSchema: string): unknown {
  if (!hasSqlState(error, SQL_STATES.undefinedColumn, SQL_STATES.undefinedTable)) return error;
  const message = `the ledger in schema ${ledgerSchema} was written by an older Motherload: the next run, in a cluster its catalogue, brings it up to date`;
  return new ManifestError('LedgerTooOld', message, {}, { cause: error });
}

/** All loads, oldest first, in batches; none without a ledger. */
export async function* readLoads(db: Database, ledgerSchema: string): AsyncGenerator<LedgerRow[], void, void> {
  if (!(await exists(db, ledgerSchema, 'loads'))) return;
  const sql = `SELECT ${COLUMNS} FROM ${loadsTable(ledgerSchema)} ORDER BY loaded_at, version_table`;
  try {
    for await (const { rows } of readRows<Record<string, unknown>>(db, sql)) yield rows.map(toLedgerRow);
  } catch (error) {
    throw ofOldLedger(error, ledgerSchema);
  }
}

export async function listLoads(db: Database, ledgerSchema: string): Promise<LedgerRow[]> {
  const all: LedgerRow[] = [];
  for await (const loads of readLoads(db, ledgerSchema)) all.push(...loads);
  return all;
}

export async function findLoad(db: Database, ledgerSchema: string, table: TableName): Promise<LedgerRow | undefined> {
  return (await findLoads(db, ledgerSchema, [table])).get(loadKey(table));
}

/** The loads of those version tables that the ledger knows, by `loadKey`; none without a ledger. */
export async function findLoads(
  db: Database,
  ledgerSchema: string,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, LedgerRow>> {
  if (tables.length === 0 || !(await exists(db, ledgerSchema, 'loads'))) return new Map();
  const replays = `SELECT json_agg(json_build_object('at', ended_at, 'planDigest', plan_digest, 'rejects', rejects) ORDER BY id)
     FROM ${historyTable(ledgerSchema)} AS history WHERE (history.target_schema, history.version_table, history.load_id, outcome)
        = (loads.target_schema, loads.version_table, loads.load_id, 'Replayed')`;
  const sql = `SELECT ${COLUMNS}, (${replays}) AS replays FROM ${loadsTable(ledgerSchema)} AS loads
    WHERE (target_schema, version_table) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;
  const names = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];
  const { rows } = await db.query<Record<string, unknown>>(sql, names).catch((error: unknown) => {
    throw ofOldLedger(error, ledgerSchema);
  });
  const loads = rows.map(toLedgerRow);
  return new Map(loads.map((load) => [loadKey({ schema: load.targetSchema, name: load.versionTable }), load]));
}

export function loadKey({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}

/** The table has by now what a load by another plan would bring. */
export async function adoptPlan(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  { planDigest, columns }: { readonly planDigest: string; readonly columns: readonly DumpColumn[] },
): Promise<void> {
  await db.query(`UPDATE ${loadsTable(ledgerSchema)} SET plan_digest = $2, columns = $3 WHERE load_id = $1`, [
    ...[loadId, planDigest, recordedColumns(columns)],
  ]);
}

/** Whether a run has loaded a table, so that all steps before the loads are done. */
export async function hasLoadsOf(db: Database, ledgerSchema: string, run: string): Promise<boolean> {
  const { rows } = await db.query(`SELECT 1 FROM ${loadsTable(ledgerSchema)} WHERE ingestion_run = $1 LIMIT 1`, [run]);
  return rows.length > 0;
}

/** Of tables that were dropped. */
export async function forgetLoads(db: Database, ledgerSchema: string, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return;
  for (const statement of forgetStatements(ledgerSchema, tables, 'Dropped')) await db.query(statement);
}

function toChecksum(sum: string | null, how: unknown): KeptChecksum | null {
  return sum === null ? null : { ...(how as Omit<KeptChecksum, 'sum'>), sum };
}

function toReplays(found: unknown): readonly Replay[] {
  return (found as (Omit<Replay, 'at'> & { at: string })[]).map(({ at, ...replay }) => ({
    ...replay,
    at: new Date(at),
  }));
}

function toLedgerRow(row: Record<string, unknown>): LedgerRow {
  const text = (name: string) => row[name] as string;
  const number = (name: string) => row[name] as number;
  return {
    targetSchema: text('target_schema'),
    versionTable: text('version_table'),
    loadId: text('load_id'),
    mother: row['mother'] as string | null,
    dumpFile: text('dump_file'),
    entry: text('entry'),
    dumpVersion: text('dump_version'),
    crc32: text('entry_crc32'),
    bytes: number('entry_bytes'),
    planDigest: text('plan_digest'),
    rows: number('rows'),
    rejects: number('rejects'),
    records: row['records'] as number | null,
    sha256: row['sha256'] as string | null,
    checksum: toChecksum(row['checksum'] as string | null, row['checksum_of']),
    streams: number('streams'),
    seconds: row['seconds'] as Timings,
    ingestion: { namespace: text('ingestion_namespace'), name: text('ingestion_name'), run: text('ingestion_run') },
    loadedAt: row['loaded_at'] as Date,
    loadedAs: row['loaded_as'] as Record<string, string>,
    ...(row['replays'] ? { replays: toReplays(row['replays']) } : {}),
  };
}
