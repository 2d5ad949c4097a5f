import { loadsTable, rejectsTable } from '../plan/ledger-statements.ts';
import { quoteLiteral } from '../plan/sql.ts';
import type { Database } from './connection.ts';
import { exists } from './ledger.ts';
import { readRows } from './read-rows.ts';
import { storableText } from './storable-text.ts';

/** A record that was left out, as the ledger keeps it. */
export interface KeptReject {
  /** From 1. */
  readonly record: number;
  readonly line: number;
  readonly byteOffset: number | undefined;
  readonly column: string | undefined;
  readonly value: string | undefined;
  readonly sqlState: string | undefined;
  readonly code: string;
  readonly reason: string;
  readonly raw: Buffer;
}

/** What the DAT file has around its records; the load's ledger row must exist. */
export async function keepFileFrame(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  frame: { readonly header: Buffer | undefined; readonly recordEnd: string },
): Promise<void> {
  await db.query(`UPDATE ${loadsTable(ledgerSchema)} SET dat_header = $2, record_end = $3 WHERE load_id = $1`, [
    loadId,
    frame.header,
    frame.recordEnd,
  ]);
}

/** A reject as it is listed, with its version table and its dump. */
export interface ListedReject {
  readonly versionTable: string;
  readonly dump: string;
  readonly entry: string;
  readonly record: number;
  readonly line: number;
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly value: string | null;
  readonly sqlState: string | null;
  readonly code: string;
  readonly reason: string;
  readonly raw: Buffer;
  readonly header: Buffer | null;
  readonly recordEnd: string;
}

/** In the order of the tables and of the file, in batches; none without a ledger. `table` is a version table's name, with its schema or without. */
export async function* readRejects(
  db: Database,
  ledgerSchema: string,
  table: string | undefined,
): AsyncGenerator<readonly ListedReject[], void, void> {
  if (!(await exists(db, ledgerSchema, 'rejects'))) return;
  const name = table === undefined ? undefined : quoteLiteral(table);
  const only =
    name === undefined ? '' : `WHERE version_table = ${name} OR target_schema || '.' || version_table = ${name}`;
  const sql = `SELECT target_schema || '.' || version_table AS "versionTable", dump_file AS dump, entry, record::float8 AS record,
       line::float8 AS line, byte_offset::float8 AS "byteOffset", column_name AS column, value, sqlstate AS "sqlState", code, reason,
       raw, dat_header AS header, record_end AS "recordEnd"
  FROM ${rejectsTable(ledgerSchema)} AS rejects JOIN ${loadsTable(ledgerSchema)} AS loads USING (load_id) ${only}
 ORDER BY 1, rejects.record`;
  for await (const batch of readRows<ListedReject>(db, sql)) if (batch.rows.length > 0) yield batch.rows;
}

/** Whether the ledger knows a version table, by its name with its schema or without. */
export async function isVersionTable(db: Database, ledgerSchema: string, table: string): Promise<boolean> {
  if (!(await exists(db, ledgerSchema, 'loads'))) return false;
  const { rows } = await db.query(
    `SELECT 1 FROM ${loadsTable(ledgerSchema)} WHERE $1 IN (version_table, target_schema || '.' || version_table) LIMIT 1`,
    [table],
  );
  return rows.length > 0;
}

/** A reject as it is loaded again. */
export interface KeptRecord {
  readonly record: number;
  readonly line: number;
  readonly raw: Buffer;
  readonly recordEnd: string;
}

/** The next rejects of a load, behind this record. */
export async function readKeptRecords(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  after: number,
  count: number,
): Promise<readonly KeptRecord[]> {
  const { rows } = await db.query<{ record: number; line: number; raw: Buffer; recordEnd: string }>(
    `SELECT record::float8 AS record, line::float8 AS line, raw, record_end AS "recordEnd"
       FROM ${rejectsTable(ledgerSchema)} AS rejects JOIN ${loadsTable(ledgerSchema)} AS loads USING (load_id)
      WHERE load_id = $1 AND record > $2 ORDER BY record LIMIT $3`,
    [loadId, after, count],
  );
  return rows;
}

/** What became of a reject that was tried again: loaded, or why it still cannot be. */
export interface SettledReject {
  readonly record: number;
  readonly problem: Pick<KeptReject, 'column' | 'value' | 'sqlState' | 'code' | 'reason'> | undefined;
}

/** Those that are loaded become rows in the ledger's numbers. */
export async function settleRejects(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  settled: readonly SettledReject[],
): Promise<void> {
  const loaded = settled.filter(({ problem }) => problem === undefined).map(({ record }) => record);
  const rejects = rejectsTable(ledgerSchema);
  await db.query(`DELETE FROM ${rejects} WHERE load_id = $1 AND record = ANY ($2::bigint[])`, [loadId, loaded]);
  await db.query(`UPDATE ${loadsTable(ledgerSchema)} SET rows = rows + $2, rejects = rejects - $2 WHERE load_id = $1`, [
    loadId,
    loaded.length,
  ]);
  const storable = await storableText(db);
  const left = settled.flatMap(({ record, problem }) => (problem === undefined ? [] : [{ record, ...problem }]));
  await db.query(
    `UPDATE ${rejects} AS rejects SET column_name = now.column_name, value = now.value, sqlstate = now.sqlstate, code = now.code, reason = now.reason
       FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS now (record, column_name, value, sqlstate, code, reason)
      WHERE load_id = $1 AND rejects.record = now.record`,
    [
      loadId,
      left.map(({ record }) => record),
      left.map(({ column }) => column),
      left.map(({ value }) => (value === undefined ? undefined : storable(value))),
      left.map(({ sqlState }) => sqlState),
      left.map(({ code }) => code),
      left.map(({ reason }) => storable(reason)),
    ],
  );
}

/** How many records one load has left out and another one has not, by their places and bytes. */
export async function countOtherRejects(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  otherLoadId: string,
): Promise<number> {
  const rejectsOf = (parameter: string) =>
    `SELECT record, raw FROM ${rejectsTable(ledgerSchema)} WHERE load_id = ${parameter}`;
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::float8 AS count FROM (${rejectsOf('$1')} EXCEPT ${rejectsOf('$2')}) AS others`,
    [loadId, otherLoadId],
  );
  return rows[0]?.count ?? 0;
}
