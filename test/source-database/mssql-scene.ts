import { setTimeout as delay } from 'node:timers/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCE_FILES } from '../../crds/contract/task.ts';
import { tasksFrom, type BucketTasks } from '../bucket/bucket-scene.ts';
import { TdsServer, type Answer, type Connection, type TdsServerOptions } from './tds-server.ts';
import { answer, done, failed, textAnswer, type WireColumn, type WireType } from './tds-tokens.ts';

/** A column as the sys views of a server would describe it, and as its values come in the answer to our SELECT. */
export interface SceneColumn {
  readonly name: string;
  /** Its type: name, bytes, precision, scale. */
  readonly sys: readonly [dataType: string, length?: number, precision?: number, scale?: number];
  readonly wire: WireType;
  readonly isAssembly?: boolean;
  readonly isUnmasked?: boolean;
  readonly isEncrypted?: boolean;
}

export interface SceneTable {
  readonly type?: 'U' | 'V' | 'SO' | 'SN';
  readonly columns?: readonly SceneColumn[];
  readonly rows?: readonly (readonly (Buffer | null)[])[];
  readonly isReadable?: boolean;
  readonly isExternal?: boolean;
  readonly order?: readonly (readonly [name: string, isDescending: boolean])[];
  /** In place of the rows. */
  readonly answer?: (columns: readonly WireColumn[], connection: Connection) => Answer;
}

/** What the server says of its database, and what it has in the schema dbo. Tests change it between two runs. */
export interface Scene {
  tables: Record<string, SceneTable>;
  snapshot: boolean;
  readCommittedSnapshot: boolean;
  inMemory: boolean;
  filters: number;
}

export function newScene(tables: Record<string, SceneTable>): Scene {
  return { tables, snapshot: true, readCommittedSnapshot: false, inMemory: false, filters: 0 };
}

/** A server of the protocol that answers our own statements with what the scene has; others it refuses. */
export async function startScene(
  scene: Scene,
  options: Partial<Omit<TdsServerOptions, 'answer'>> = {},
): Promise<TdsServer> {
  return await TdsServer.start({ ...options, answer: (sql, connection) => answerTo(sql, scene, connection) });
}

function answerTo(sql: string, scene: Scene, connection: Connection): Answer {
  if (/^(?:SET|set) /.test(sql) || sql === 'COMMIT TRANSACTION') return done();
  if (sql.startsWith('SELECT SCHEMA_ID(')) return textAnswer(['id'], [[sql.includes("N'dbo'") ? '1' : null]]);
  if (sql.includes('FROM sys.objects')) return tablesOf(scene);
  const [, only] = /AND o\.name = N'((?:[^']|'')*)'/.exec(sql) ?? [];
  if (sql.includes('FROM sys.columns')) return columnsOf(scene, only?.replaceAll("''", "'"));
  const [, quoted = ''] = /\[dbo\]\.\[((?:[^\]]|\]\])*)\]/.exec(sql) ?? [];
  const table = scene.tables[quoted.replaceAll(']]', ']')];
  if (sql.includes('FROM sys.databases')) return stateOf(scene);
  if (sql.includes('FROM sys.indexes')) {
    const order = (table?.order ?? []).map(([name, isDescending]) => [name, isDescending ? '1' : '0']);
    return textAnswer(['name', 'isDescending'], order);
  }
  if (table === undefined) return failed(208, 'Invalid object name.', 16);
  if (sql.startsWith('SELECT TOP (0)')) return done(0);
  const columns = (table.columns ?? []).map(({ name, wire }) => ({ name, type: wire }));
  return table.answer?.(columns, connection) ?? answer(columns, table.rows ?? []);
}

function tablesOf({ tables }: Scene): Buffer {
  const names = ['name', 'type', 'isExternal', 'rows', 'bytes', 'isReadable'];
  const rows = Object.entries(tables).map(([name, table]) => {
    const { type = 'U', isExternal = false, isReadable = true, rows: given = [] } = table;
    const isTable = type === 'U';
    return [
      ...[name, type, isTable ? (isExternal ? '1' : '0') : null],
      ...(isTable ? [String(given.length), String(8192)] : [null, null]),
      isReadable ? '1' : '0',
    ];
  });
  return textAnswer(names, rows);
}

function columnsOf({ tables }: Scene, only: string | undefined): Buffer {
  const names = [
    'table',
    'name',
    'length',
    'precision',
    'scale',
    'dataType',
    'isAssembly',
    'isUnmasked',
    'isEncrypted',
  ];
  const rows = Object.entries(tables).flatMap(([table, { columns = [] }]) =>
    only === undefined || only === table ? columns.map((column) => [table, ...columnRow(column)]) : [],
  );
  return textAnswer(names, rows);
}

function columnRow(column: SceneColumn): string[] {
  const [dataType, length = 0, precision = 0, scale = 0] = column.sys;
  const flags = [column.isAssembly ?? false, column.isUnmasked ?? true, column.isEncrypted ?? false];
  return [
    column.name,
    String(length),
    String(precision),
    String(scale),
    dataType,
    ...flags.map((is) => (is ? '1' : '0')),
  ];
}

function stateOf({ snapshot, readCommittedSnapshot, inMemory, filters }: Scene): Buffer {
  const flag = (is: boolean) => (is ? '1' : '0');
  const row = [flag(snapshot), flag(readCommittedSnapshot), flag(inMemory), String(filters)];
  return textAnswer(['snapshot', 'statement', 'inMemory', 'filters'], [row]);
}

export const PASSWORD = 'pass:word/7';

export function uriOf(server: Pick<TdsServer, 'port'>, more = '?encrypt=false', user = 'reader'): string {
  return `mssql://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/shop${more}`;
}

/** `dbo` of a SQL Server, with further fields of `spec.source.database`. */
export function mssqlSource(more = ''): string {
  return `{ database: { driver: mssql, connectionSecretRef: { name: shop }, schema: dbo, version: v1${more} } }`;
}

/** The tasks of a manifest that reads this database, with the Secret as a file in a folder below. */
export function tasksOfMssql(folder: string, uri: string, more = ''): BucketTasks {
  const secrets = join(folder, crypto.randomUUID());
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, SOURCE_FILES.connection), uri);
  return tasksFrom(mssqlSource(more), secrets);
}

/** An answer in parts, of which the next is made when the client has taken enough. */
export async function* inParts(first: Buffer, parts: Iterable<Buffer>, last: Buffer): AsyncGenerator<Buffer> {
  yield first;
  for (const part of parts) {
    yield part;
    await delay(0);
  }
  yield last;
}
