import { ManifestError, shorten, type MotherloadError } from '../../../crds/contract/errors.ts';
import type { SourceTable } from '../source-table.ts';
import type { Row, Session } from './session.ts';
import { quoteName, quoteTable, quoteText, toColumn, type MssqlColumn, type OrderColumn } from './source-columns.ts';

/** How all rows of a table are those of one moment, if they are. */
export type Consistency =
  /** A transaction of isolation level SNAPSHOT. */
  | 'Snapshot'
  /** READ_COMMITTED_SNAPSHOT: a statement sees what was committed before it. */
  | 'Statement'
  /** A table in memory has snapshots of its own. */
  | 'InMemory'
  /** Each row is as it was when it was read. */
  | 'None';

export interface TableState {
  readonly consistency: Consistency;
  /** A security policy decides which rows the user sees. */
  readonly isFiltered: boolean;
}

/** A sequence, a view, a synonym or a table, by the letters of sys.objects. */
const KINDS: Readonly<Record<string, string>> = { U: 'BASE TABLE', V: 'VIEW', SO: 'SEQUENCE', SN: 'SYNONYM' };

/** Estimates: rows and pages as the server last counted them. */
function tablesQuery(schema: string): string {
  return `SELECT o.name AS [name], RTRIM(o.type) AS [type], CONVERT(int, t.is_external) AS [isExternal], r.[rows] AS [rows], r.[bytes] AS [bytes],
    HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') AS [isReadable]
  FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id LEFT JOIN sys.tables t ON t.object_id = o.object_id
  OUTER APPLY (SELECT SUM(CASE WHEN a.type = 1 THEN p.[rows] ELSE 0 END) AS [rows], SUM(a.used_pages) * 8192 AS [bytes]
    FROM sys.partitions p JOIN sys.allocation_units a
      ON (a.type IN (1, 3) AND a.container_id = p.hobt_id) OR (a.type = 2 AND a.container_id = p.partition_id)
    WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)) r
  WHERE s.name = ${quoteText(schema)} AND o.type IN ('U', 'V', 'SO', 'SN') AND o.is_ms_shipped = 0`;
}

/**
 * Columns that can be named. The set of a table's sparse columns is these once more as XML; the inner columns of a graph's nodes and edges (1, 3, 4, 6, 7)
 * may not be named. Whether the user sees masked values as they are: since 2022 that can be granted for a column, before for the database alone.
 */
function columnsQuery(schema: string): string {
  const object = "QUOTENAME(s.name) + N'.' + QUOTENAME(o.name)";
  const unmasked = `COALESCE(HAS_PERMS_BY_NAME(${object}, 'OBJECT', 'UNMASK', c.name, 'COLUMN'),
      HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'UNMASK'), 0)`;
  return `SELECT o.name AS [table], c.name AS [name], CONVERT(int, c.max_length) AS [length], c.[precision] AS [precision], c.[scale] AS [scale],
    CASE WHEN y.is_user_defined = 0 THEN y.name WHEN y.is_assembly_type = 1 THEN x.name + N'.' + y.name ELSE b.name END AS [dataType],
    CONVERT(int, y.is_assembly_type) AS [isAssembly], CASE WHEN c.is_masked = 1 THEN ${unmasked} ELSE 1 END AS [isUnmasked],
    CASE WHEN c.encryption_type IS NULL THEN 0 ELSE 1 END AS [isEncrypted]
  FROM sys.columns c JOIN sys.objects o ON o.object_id = c.object_id JOIN sys.schemas s ON s.schema_id = o.schema_id
  JOIN sys.types y ON y.user_type_id = c.user_type_id JOIN sys.schemas x ON x.schema_id = y.schema_id
  LEFT JOIN sys.types b ON b.user_type_id = c.system_type_id
  WHERE s.name = ${quoteText(schema)} AND o.type = 'U' AND c.is_column_set = 0 AND COALESCE(c.graph_type, 0) NOT IN (1, 3, 4, 6, 7)`;
}

/** Everything in the schema, by name. */
export async function listTables(session: Session, schema: string): Promise<readonly SourceTable[]> {
  const [found] = await session.query(`SELECT SCHEMA_ID(${quoteText(schema)}) AS [id]`);
  if (found?.['id'] === null) {
    const message = `there is no schema ${shorten(schema)} in the database: check spec.source.database.schema`;
    throw new ManifestError('SourceMissing', message);
  }
  const tables = await session.query(tablesQuery(schema));
  const columns = await session.query(`${columnsQuery(schema)} ORDER BY o.object_id, c.column_id`);
  const byTable = Map.groupBy(columns, (row) => text(row, 'table'));
  return tables
    .map((row) => {
      const name = text(row, 'name');
      const own = byTable.get(name) ?? [];
      return {
        ...{ name, kind: row['isExternal'] === '1' ? 'EXTERNAL TABLE' : (KINDS[text(row, 'type')] ?? '') },
        ...{ rows: Number(row['rows'] ?? 0), bytes: Number(row['bytes'] ?? 0) },
        ...{ columns: own.map(toMssqlColumn), isReadable: row['isReadable'] === '1', refusal: refusalOf(own) },
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The columns of one table as they are now; none where there is no such table. Throws where their values cannot be read as they are. */
export async function readColumns(session: Session, schema: string, table: string): Promise<readonly MssqlColumn[]> {
  const sql = `${columnsQuery(schema)} AND o.name = ${quoteText(table)} ORDER BY c.column_id`;
  const rows = (await session.query(sql)).filter((row) => row['table'] === table);
  const refusal = refusalOf(rows);
  if (refusal !== undefined) throw refusal;
  return rows.map(toMssqlColumn);
}

/** Partitions are not in the order of the index, which would have to be sorted. */
export async function readOrder(session: Session, schema: string, table: string): Promise<readonly OrderColumn[]> {
  const rows =
    await session.query(`SELECT c.name AS [name], CONVERT(int, k.is_descending_key) AS [isDescending] FROM sys.indexes i
    JOIN sys.data_spaces d ON d.data_space_id = i.data_space_id AND d.type = 'FG'
    JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
    JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
    WHERE i.object_id = ${objectId(schema, table)} AND i.type = 1 AND i.is_unique = 1 ORDER BY k.key_ordinal`);
  return rows.map((row) => ({ name: text(row, 'name'), isDescending: row['isDescending'] === '1' }));
}

/** A policy that the user may not see is not found. DB_ID() of Azure is another number than that of sys.databases. */
export async function readState(session: Session, schema: string, table: string): Promise<TableState> {
  const id = objectId(schema, table);
  const [row = {}] = await session.query(`SELECT CONVERT(int, d.snapshot_isolation_state) AS [snapshot],
    CONVERT(int, d.is_read_committed_snapshot_on) AS [statement],
    (SELECT CONVERT(int, t.is_memory_optimized) FROM sys.tables t WHERE t.object_id = ${id}) AS [inMemory],
    (SELECT COUNT(*) FROM sys.security_predicates p JOIN sys.security_policies y ON y.object_id = p.object_id
      WHERE p.target_object_id = ${id} AND p.predicate_type = 0 AND y.is_enabled = 1) AS [filters]
    FROM sys.databases d WHERE d.name = DB_NAME()`);
  return { consistency: consistencyOf(row), isFiltered: Number(row['filters'] ?? 0) > 0 };
}

/** Fails where the user may not read each column. */
export async function tryRights(session: Session, schema: string, table: string, names: readonly string[]) {
  await session.query(`SELECT TOP (0) ${names.map(quoteName).join(', ')} FROM ${quoteTable(schema, table)}`);
}

/** 1: on; other numbers: off, or on its way there. */
function consistencyOf({ snapshot, statement, inMemory }: Row): Consistency {
  if (inMemory === '1') return 'InMemory';
  if (snapshot === '1') return 'Snapshot';
  return statement === '1' ? 'Statement' : 'None';
}

function objectId(schema: string, table: string): string {
  return `OBJECT_ID(${quoteText(quoteTable(schema, table))})`;
}

function toMssqlColumn(row: Row): MssqlColumn {
  return toColumn({
    ...{ name: text(row, 'name'), dataType: text(row, 'dataType'), isAssembly: row['isAssembly'] === '1' },
    ...{ length: Number(row['length']), precision: text(row, 'precision'), scale: text(row, 'scale') },
  });
}

/** What would be read is not what is stored. */
function refusalOf(columns: readonly Row[]): MotherloadError | undefined {
  const masked = columns.find((row) => row['isUnmasked'] !== '1');
  if (masked !== undefined) {
    const message = `the column ${shorten(text(masked, 'name'))} is masked for this user: grant UNMASK, or exclude the table with spec.source.database.excludeTables`;
    return new ManifestError('SourceAccessDenied', message);
  }
  const encrypted = columns.find((row) => row['isEncrypted'] === '1');
  if (encrypted === undefined) return undefined;
  const message = `the values of the column ${shorten(text(encrypted, 'name'))} are encrypted with keys that only its clients have (Always Encrypted): exclude the table with spec.source.database.excludeTables`;
  return new ManifestError('SourceAccessDenied', message);
}

function text(row: Row, name: string): string {
  return row[name] ?? '';
}
