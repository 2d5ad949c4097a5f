import { MotherloadError } from '../../../crds/contract/errors.ts';
import type { SourceTable } from '../source-table.ts';
import type { KeyColumn } from './key-ranges.ts';
import type { Row, Session } from './session.ts';
import { toSourceError } from './server-error.ts';
import { quoteName, type MysqlColumn } from './source-columns.ts';

/** Names are compared here as well: the server compares them without case and trailing blanks, and may have two that differ in no more. */
const TABLES = `SELECT TABLE_SCHEMA AS \`schema\`, DATABASE() AS current, TABLE_NAME AS name, TABLE_TYPE AS kind, TABLE_ROWS AS \`rows\`,
    DATA_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`;
const COLUMNS = `SELECT TABLE_SCHEMA AS \`schema\`, DATABASE() AS current, TABLE_NAME AS \`table\`, COLUMN_NAME AS name, COLUMN_TYPE AS type,
    DATA_TYPE AS dataType, CHARACTER_SET_NAME AS characterSet, \`PRIVILEGES\` AS granted FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()`;

/** Everything in the schema, by name. */
export async function listTables(session: Session): Promise<readonly SourceTable[]> {
  const tables = (await session.query(TABLES)).filter(isCurrent);
  const columns = (await session.query(`${COLUMNS} ORDER BY TABLE_NAME, ORDINAL_POSITION`)).filter(isCurrent);
  const byTable = Map.groupBy(columns, ({ table }) => table);
  const found: SourceTable[] = [];
  for (const row of tables) {
    const own = byTable.get(row['name'] ?? '') ?? [];
    const name = text(row, 'name');
    found.push({
      ...{ name, kind: text(row, 'kind') },
      ...{ rows: Number(row['rows'] ?? 0), bytes: Number(row['bytes'] ?? 0) },
      columns: own.map(toColumn),
      isReadable: own.length > 0 && own.every((column) => text(column, 'granted').split(',').includes('select')),
      refusal: own.length === 0 ? await refusalOf(session, name) : undefined,
    });
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A table that the server cannot open, or waits for in vain, has no columns in information_schema, and no error. */
async function refusalOf(session: Session, table: string): Promise<MotherloadError | undefined> {
  try {
    await tryRights(session, quoteName(table));
    return undefined;
  } catch (error) {
    const known = toSourceError(error, session.server);
    if (known instanceof MotherloadError) return known;
    throw error;
  }
}

/** The columns of one table as they are now; none where there is no such table. */
export async function readColumns(session: Session, table: string): Promise<readonly MysqlColumn[]> {
  const rows = await session.query(`${COLUMNS} AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`, [table]);
  return rows.filter((row) => isCurrent(row) && row['table'] === table).map(toColumn);
}

const ENGINE = `SELECT TABLE_SCHEMA AS \`schema\`, DATABASE() AS current, TABLE_NAME AS \`table\`, ENGINE AS engine FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`;
const KEY = `SELECT TABLE_SCHEMA AS \`schema\`, DATABASE() AS current, TABLE_NAME AS \`table\`, COLUMN_NAME AS name, SUB_PART AS part
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX`;
const TYPES = `SELECT TABLE_SCHEMA AS \`schema\`, DATABASE() AS current, TABLE_NAME AS \`table\`, COLUMN_NAME AS name, DATA_TYPE AS dataType,
    CHARACTER_SET_NAME AS characterSet, COLLATION_NAME AS collation
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`;

/** How the server keeps a table. */
export interface TableStorage {
  readonly engine: string;
  /** The columns in whose order InnoDB keeps the rows; none for other engines, without a primary key, or where that has only parts of columns. */
  readonly key: readonly KeyColumn[];
}

export async function readStorage(session: Session, table: string): Promise<TableStorage> {
  const engine = (await session.query(ENGINE, [table])).find((row) => isCurrent(row) && row['table'] === table)?.[
    'engine'
  ];
  return { engine: engine ?? '', key: engine === 'InnoDB' ? await readKey(session, table) : [] };
}

async function readKey(session: Session, table: string): Promise<readonly KeyColumn[]> {
  const isOwn = (row: Row) => isCurrent(row) && row['table'] === table;
  const key = (await session.query(KEY, [table])).filter(isOwn);
  if (key.length === 0 || key.some(({ part }) => part !== null)) return [];
  const types = new Map((await session.query(TYPES, [table])).filter(isOwn).map((row) => [row['name'], row]));
  return key.map((row) => {
    const type = types.get(row['name']) ?? row;
    const { characterSet = null, collation = null } = type;
    return { name: text(row, 'name'), dataType: text(type, 'dataType'), characterSet, collation };
  });
}

/** Fails where the user may not read each column: information_schema does not have those that it may not know of. */
export async function tryRights(session: Session, quotedTable: string): Promise<void> {
  await session.query(`SELECT * FROM ${quotedTable} LIMIT 0`);
  // To MySQL, * is no invisible column. It shows the definition to those who may read all of them, and MariaDB to fewer.
  if (!(await isMariadb(session))) await session.query(`SHOW CREATE TABLE ${quotedTable}`);
}

export async function isMariadb(session: Session): Promise<boolean> {
  const [row] = await session.query('SELECT VERSION() AS version');
  return /mariadb/i.test(row?.['version'] ?? '');
}

function isCurrent({ schema, current }: Row): boolean {
  return schema === current;
}

function toColumn(row: Row): MysqlColumn {
  const { characterSet = null } = row;
  return { name: text(row, 'name'), type: text(row, 'type'), dataType: text(row, 'dataType'), characterSet };
}

function text(row: Row, name: string): string {
  return row[name] ?? '';
}
