import type { Timings } from '../../crds/contract/report.ts';
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
  readonly crc32: string;
  readonly bytes: number;
  readonly planDigest: string;
  readonly ingestion: { readonly namespace: string; readonly name: string; readonly run: string };
}

/** What only the load itself can say. */
export interface LoadMeasurements {
  readonly rows: number;
  readonly rejects: number;
  readonly streams: number;
  readonly seconds: Timings;
}

/** The parameters `$1` to `$5` of `recordStatement`. */
export function recordParameters(
  { rows, rejects, streams, seconds }: LoadMeasurements,
  columns: readonly DumpColumn[],
): readonly unknown[] {
  const pairs = columns.map(({ name, type }) => [name, type]);
  return [rows, rejects, streams, JSON.stringify(seconds), JSON.stringify(pairs)];
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
    entry_crc32: quoteLiteral(row.crc32),
    entry_bytes: String(row.bytes),
    plan_digest: quoteLiteral(row.planDigest),
    rows: '$1',
    rejects: '$2',
    streams: '$3',
    seconds: '$4',
    columns: '$5',
    ingestion_namespace: quoteLiteral(row.ingestion.namespace),
    ingestion_name: quoteLiteral(row.ingestion.name),
    ingestion_run: quoteLiteral(row.ingestion.run),
  };
  return `INSERT INTO ${loadsTable(ledgerSchema)} (${Object.keys(values).join(', ')})\nVALUES (${Object.values(values).join(', ')})`;
}

/** Removes what the ledger knows of these version tables, of which there must be one at least, and the records that their loads left out. */
export function forgetStatements(ledgerSchema: string, versionTables: readonly TableName[]): readonly string[] {
  const names = versionTables.map(({ schema, name }) => `(${quoteLiteral(schema)}, ${quoteLiteral(name)})`);
  const loads = `${loadsTable(ledgerSchema)} WHERE (target_schema, version_table) IN (VALUES ${names.join(', ')})`;
  return [
    `DELETE FROM ${rejectsTable(ledgerSchema)} WHERE load_id IN (SELECT load_id FROM ${loads})`,
    `DELETE FROM ${loads}`,
  ];
}

/** The records that were left out. */
export function rejectsTable(ledgerSchema: string): string {
  return quoteQualified(ledgerSchema, 'rejects');
}

export function loadsTable(ledgerSchema: string): string {
  return quoteQualified(ledgerSchema, 'loads');
}
