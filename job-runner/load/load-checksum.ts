import { rowsDiffer } from '../copy/copy-data.ts';
import { RowChecksum } from '../copy/row-checksum.ts';
import { readChecksum, readRowHash, toKeep } from '../database/checksum.ts';
import type { Database } from '../database/connection.ts';
import { checksumColumns, type ChecksumColumn, type KeptChecksum } from '../plan/checksum.ts';
import type { TableName } from '../plan/sql.ts';
import type { CopyStatementFormat } from '../plan/statements.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { Load } from './load.ts';

/** Of rows that are copied in this format. Undefined where only a scan shows which bytes the server has of them. */
export async function beginRowChecksum(
  db: Database,
  plan: TablePlan,
  format: CopyStatementFormat,
): Promise<RowChecksum | undefined> {
  const checksum = format === 'binary' ? RowChecksum.of(checksumColumns(plan)) : undefined;
  if (checksum === undefined || (await hashesAlike(db))) return checksum;
  checksum.release();
  return undefined;
}

/** Of the loaded rows, before the table is attached. */
export async function checksumOf(
  { db, plan, watch, rowChecksum }: Load,
  staging: TableName,
  rows: number,
): Promise<KeptChecksum> {
  const columns = checksumColumns(plan);
  if (rowChecksum !== undefined) return toKeep(rowChecksum, columns);
  const found = await watch.time('checksum', () => readChecksum(db, staging, columns));
  if (found.rows !== rows) throw rowsDiffer(rows, found.rows);
  return toKeep(found, columns);
}

const SAMPLE: readonly ChecksumColumn[] = [
  { name: 'number', method: 'integer' },
  { name: 'text', method: 'text' },
];
const NUMBER = 7;
/** More than the twelve bytes that are hashed at a time, and a rest. */
const TEXT = 'a text of some words';

/** A runner loads many small tables by one connection, and its server stays the same. */
const alike = new WeakMap<Database, boolean>();

async function hashesAlike(db: Database): Promise<boolean> {
  const known = alike.get(db) ?? (await compareSample(db));
  alike.set(db, known);
  return known;
}

/** Whether this server's hash is ours: that of another byte order, or of a later version, may be another one. */
async function compareSample(db: Database): Promise<boolean> {
  const sample = RowChecksum.of(SAMPLE);
  if (sample === undefined) return false;
  const row = Buffer.alloc(2 + 4 + 4 + 4 + TEXT.length);
  row.writeInt16BE(SAMPLE.length, 0);
  row.writeInt32BE(4, 2);
  row.writeInt32BE(NUMBER, 6);
  row.writeInt32BE(TEXT.length, 10);
  row.write(TEXT, 14, 'latin1');
  sample.add(row);
  const { sum } = sample;
  sample.release();
  return sum === (await readRowHash(db, SAMPLE, [NUMBER, TEXT]));
}
