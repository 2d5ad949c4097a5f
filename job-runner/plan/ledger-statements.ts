import type { Timings } from '../../crds/contract/report.ts';
import type { KeptChecksum } from './checksum.ts';
import { quoteLiteral, quoteQualified, type TableName } from './sql.ts';
import type { DumpColumn } from './table-plan.ts';

/** What the ledger records of a load, as far as it is known before the load. */
export interface PlannedLedgerRow {
  readonly targetSchema: string;
  readonly versionTable: string;
  /** Also in the version table's comment: a table is Motherload's only where both agree. */
  readonly loadId: string;
  readonly mother: string | null;
  readonly dumpFile: string;
  readonly entry: string;
  readonly dumpVersion: string;
  readonly planDigest: string;
  readonly ingestion: { readonly namespace: string; readonly name: string; readonly run: string };
}

/** What only the load itself can say. */
export interface LoadMeasurements {
  /** Of the content's unpacked bytes, and their number. */
  readonly crc32: string;
  readonly bytes: number;
  readonly rows: number;
  readonly rejects: number;
  /** Of the DAT file. These three are null in rows of versions of Motherload that did not have them. */
  readonly records: number | null;
  /** Of the packed bytes of the entry. */
  readonly sha256: string | null;
  readonly checksum: KeptChecksum | null;
  readonly streams: number;
  readonly seconds: Timings;
}

/** The parameters `$1` to `$11` of `recordStatement`. */
export function recordParameters(load: LoadMeasurements, columns: readonly DumpColumn[]): readonly unknown[] {
  const { rows, rejects, streams, seconds, records, sha256, checksum, crc32, bytes } = load;
  const { sum = null, ...how } = checksum ?? {};
  const proof = [records, sha256, sum, checksum === null ? null : JSON.stringify(how)];
  return [rows, rejects, streams, JSON.stringify(seconds), recordedColumns(columns), ...proof, crc32, bytes];
}

export function recordedColumns(columns: readonly DumpColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, type]));
}

export function recordStatement(ledgerSchema: string, row: PlannedLedgerRow): string {
  const values: Readonly<Record<string, string>> = {
    target_schema: quoteLiteral(row.targetSchema),
    version_table: quoteLiteral(row.versionTable),
    load_id: quoteLiteral(row.loadId),
    mother: row.mother === null ? 'NULL' : quoteLiteral(row.mother),
    dump_file: quoteLiteral(row.dumpFile),
    entry: quoteLiteral(row.entry),
    dump_version: quoteLiteral(row.dumpVersion),
    entry_crc32: '$10',
    entry_bytes: '$11',
    plan_digest: quoteLiteral(row.planDigest),
    rows: '$1',
    rejects: '$2',
    streams: '$3',
    seconds: '$4',
    columns: '$5',
    records: '$6',
    sha256: '$7',
    checksum: '$8',
    checksum_of: '$9',
    ingestion_namespace: quoteLiteral(row.ingestion.namespace),
    ingestion_name: quoteLiteral(row.ingestion.name),
    ingestion_run: quoteLiteral(row.ingestion.run),
  };
  return `INSERT INTO ${loadsTable(ledgerSchema)} (${Object.keys(values).join(', ')})\nVALUES (${Object.values(values).join(', ')})`;
}

/**
 * Moves what the ledger knows of these version tables, of which there must be one at least, to its history, and removes the records that their loads
 * left out.
 */
export function forgetStatements(
  ledgerSchema: string,
  versionTables: readonly TableName[],
  outcome: 'Replaced' | 'Dropped',
): readonly string[] {
  const names = versionTables.map(({ schema, name }) => `(${quoteLiteral(schema)}, ${quoteLiteral(name)})`);
  const loads = `${loadsTable(ledgerSchema)} WHERE (target_schema, version_table) IN (VALUES ${names.join(', ')})`;
  const [history, columns] = [historyTable(ledgerSchema), MOVED_COLUMNS.join(', ')];
  return [
    `DELETE FROM ${rejectsTable(ledgerSchema)} WHERE load_id IN (SELECT load_id FROM ${loads})`,
    `WITH forgotten AS (DELETE FROM ${loads} RETURNING *),
  outdated AS (${deleteOutdated(history, "outcome <> 'Failed'", 'SELECT target_schema, version_table FROM forgotten')})
INSERT INTO ${history} (outcome, ${columns}) SELECT ${quoteLiteral(outcome)}, ${columns} FROM forgotten`,
  ];
}

/**
 * Keeps in the history how a load stood before records were loaded that it had left out. `$1` is its ID, `$2` to `$5` are its digest, rows, rejects and
 * checksum as they were, `$6` and `$7` name its version table.
 */
export function replayedStatement(ledgerSchema: string): string {
  const history = historyTable(ledgerSchema);
  const before = new Map([
    ['plan_digest', '$2::text'],
    ['rows', '$3::bigint'],
    ['rejects', '$4::bigint'],
    ['checksum', '$5::numeric'],
  ]);
  return `WITH outdated AS (${deleteOutdated(history, "outcome <> 'Failed'", 'VALUES ($6::text, $7::text)')})
INSERT INTO ${history} (outcome, ${MOVED_COLUMNS.join(', ')})
SELECT 'Replayed', ${MOVED_COLUMNS.map((name) => before.get(name) ?? name).join(', ')} FROM ${loadsTable(ledgerSchema)} WHERE load_id = $1`;
}

/** So many loads that failed, and so many others, are kept for each version table. */
export const HISTORY_LOADS = 20;

const MOVED_COLUMNS = [
  ...['target_schema', 'version_table', 'mother', 'dump_file', 'entry', 'dump_version', 'entry_crc32', 'entry_bytes'],
  ...['ingestion_namespace', 'ingestion_name', 'ingestion_run', 'load_id', 'plan_digest', 'rows', 'rejects', 'records'],
  ...['sha256', 'checksum', 'checksum_of', 'streams', 'seconds', 'loaded_at'],
];

/** Makes room for one more of each of the tables, among those of a kind. */
export function deleteOutdated(history: string, kind: string, tables: string): string {
  const ranked = `SELECT id, row_number() OVER (PARTITION BY target_schema, version_table ORDER BY id DESC) AS rank
    FROM ${history} WHERE ${kind} AND (target_schema, version_table) IN (${tables})`;
  return `DELETE FROM ${history} WHERE id IN (SELECT id FROM (${ranked}) AS ranked WHERE rank >= ${HISTORY_LOADS})`;
}

/** The loads that were replaced or dropped, or failed. */
export function historyTable(ledgerSchema: string): string {
  return quoteQualified(ledgerSchema, 'history');
}

/** The records that were left out. */
export function rejectsTable(ledgerSchema: string): string {
  return quoteQualified(ledgerSchema, 'rejects');
}

export function loadsTable(ledgerSchema: string): string {
  return quoteQualified(ledgerSchema, 'loads');
}
