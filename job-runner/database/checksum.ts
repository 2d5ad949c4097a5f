import {
  CHECKSUM_VERSION,
  checksumQuery,
  differencesQuery,
  isComparable,
  rowHash,
  rowsQuery,
  type Checksum,
  type ChecksumColumn,
  type KeptChecksum,
} from '../plan/checksum.ts';
import { loadsTable } from '../plan/ledger-statements.ts';
import { quoteIdentifier, quoteLiteral, type TableName } from '../plan/sql.ts';
import type { Database } from './connection.ts';
import { readServerEncoding } from './encoding.ts';

/** One scan of the table. */
export async function readChecksum(
  db: Database,
  table: TableName,
  columns: readonly ChecksumColumn[],
): Promise<Checksum> {
  const query = checksumQuery(table, columns);
  const { rows } = await withStoredBytes(db, () => db.query<{ rows: number; sum: string }>(query));
  const [found] = rows;
  if (found === undefined) throw new Error('a query of an aggregate has no row');
  return { rows: found.rows, sum: BigInt(found.sum) };
}

/** Of one row of values, as PostgreSQL hashes it. */
export async function readRowHash(
  db: Database,
  columns: readonly ChecksumColumn[],
  values: readonly (string | number)[],
): Promise<bigint> {
  const literals = columns.map(({ name }, index) => {
    const value = values[index] ?? 0;
    return `${typeof value === 'number' ? value : quoteLiteral(value)} AS ${quoteIdentifier(name)}`;
  });
  const { rows } = await db.query<{ hash: string }>(
    `SELECT ${rowHash(columns)}::text AS hash FROM (SELECT ${literals.join(', ')}) AS sample`,
  );
  return BigInt(rows[0]?.hash ?? 0);
}

export function toKeep({ sum }: Pick<Checksum, 'sum'>, columns: readonly ChecksumColumn[]): KeptChecksum {
  return { version: CHECKSUM_VERSION, sum: sum.toString(), columns };
}

/**
 * Does work that adds rows to a table, and brings the ledger's checksum up to date: by what the work has changed in the
 * table, and not by what is there, so that a change of somebody else's still shows. Within the work's transaction.
 */
export async function withChecksumKept<Result>(
  db: Database,
  ledgerSchema: string,
  load: { readonly loadId: string; readonly table: TableName; readonly checksum: KeptChecksum | null },
  columns: readonly ChecksumColumn[],
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isComparable(load.checksum, columns)) return await work();
  const before = await readChecksum(db, load.table, columns);
  const result = await work();
  const after = await readChecksum(db, load.table, columns);
  await db.query(`UPDATE ${loadsTable(ledgerSchema)} SET checksum = checksum + $2 WHERE load_id = $1`, [
    load.loadId,
    (after.sum - before.sum).toString(),
  ]);
  return result;
}

/** How two tables differ. */
export interface Differences {
  readonly onlyInOne: number;
  readonly onlyInOther: number;
  /** The first rows of each, as JSON objects. */
  readonly firstOfOne: readonly string[];
  readonly firstOfOther: readonly string[];
}

export async function findDifferences(
  db: Database,
  one: TableName,
  other: TableName,
  columns: readonly ChecksumColumn[],
): Promise<Differences> {
  const query = differencesQuery(one, other, columns);
  return await withStoredBytes(db, async () => {
    const { rows } = await db.query<Differences & Record<string, unknown>>(query);
    const [found] = rows;
    if (found === undefined) throw new Error('a query of an aggregate has no row');
    return {
      ...found,
      firstOfOne: await readHashed(db, one, columns, found.firstOfOne),
      firstOfOther: await readHashed(db, other, columns, found.firstOfOther),
    };
  });
}

/**
 * The functions that send a text convert it to the client's encoding, and fail where a database without an encoding of its own has bytes that are
 * none in UTF-8. Without an encoding of the client's either, the bytes stay as they are.
 */
async function withStoredBytes<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  if ((await readServerEncoding(db)) !== 'SQL_ASCII') return await work();
  const setEncoding = (name: string) => db.query(`SET client_encoding = '${name}'`);
  await setEncoding('SQL_ASCII');
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // Within a transaction that has failed nothing can be set; its rollback sets the encoding back.
    await setEncoding('UTF8').catch(() => undefined);
    throw error;
  }
  await setEncoding('UTF8');
  return result;
}

async function readHashed(
  db: Database,
  table: TableName,
  columns: readonly ChecksumColumn[],
  hashes: readonly string[],
): Promise<readonly string[]> {
  if (hashes.length === 0) return [];
  const { rows } = await db.query<{ row: string }>(rowsQuery(table, columns), [hashes]);
  return rows.map(({ row }) => row);
}
