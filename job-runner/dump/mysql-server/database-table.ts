import { ManifestError, shorten, type Location } from '../../../crds/contract/errors.ts';
import { isOfOneMoment } from '../../../crds/contract/one-moment.ts';
import type { LoadTask, SourceDatabase } from '../../../crds/contract/task.ts';
import { locationOf } from '../table-location.ts';
import { SourceData, type ReadRows } from '../source-data.ts';
import { changedColumns } from '../source-errors.ts';
import { fingerprintOf } from '../source-table.ts';
import { openSession } from './open-session.ts';
import { beginTogether } from './begin-together.ts';
import { rangeCondition, rangeKeyOf, type KeyColumn, type RangeKey } from './key-ranges.ts';
import { OrderedReadings } from './read-in-order.ts';
import { readColumns, readStorage, tryRights, type TableStorage } from './schema-queries.ts';
import { toSourceError } from './server-error.ts';
import type { Session } from './session.ts';
import { isGuarded, quoteName, selectStatement, type MysqlColumn, type SourceSelect } from './source-columns.ts';
import { TableRanges } from './table-ranges.ts';

/**
 * A table of the source database, read in one snapshot, which begins with the first chunk: whoever waits for a lock before it holds nothing back on the
 * server. Of a large one several connections read ranges of the primary key where they can have the same snapshot; its bytes are the same.
 */
export class DatabaseTable extends SourceData {
  readonly #session: Session;
  /** Whether the session, and the snapshot that it is in, is somebody else's. */
  readonly #isShared: boolean;
  readonly #database: SourceDatabase;
  readonly #ranges: Ranges | undefined;
  readonly #select: SourceSelect;
  readonly utf8Columns: readonly string[];

  private constructor(
    { session, isShared }: { readonly session: Session; readonly isShared: boolean },
    database: SourceDatabase,
    { engine, key, columns }: FoundTable,
    task: LoadTask,
    onBytes: ((bytes: number) => void) | undefined,
  ) {
    super({ task, columns, warnings: engine === 'InnoDB' ? [] : [withoutSnapshot(engine)], onBytes });
    this.#session = session;
    this.#isShared = isShared;
    this.#database = database;
    this.#select = { table: tableOf(task), columns, order: key.map(({ name }) => name) };
    this.utf8Columns = this.schemaColumns.flatMap(({ name }, index) => (isGuarded(columns[index]) ? [name] : []));
    this.#ranges = isShared ? undefined : rangesOf(key, task);
  }

  /** `snapshot`: a session within the snapshot to be read, which stays open; without it the table has its own. */
  static async open(
    task: LoadTask,
    database: SourceDatabase,
    onBytes?: (bytes: number) => void,
    snapshot?: Session,
  ): Promise<DatabaseTable> {
    const table = tableOf(task);
    const location = locationOf(task);
    const isShared = snapshot !== undefined;
    const session = snapshot ?? (await openSession(database));
    try {
      const columns = await readColumns(session, table);
      if (fingerprintOf(columns).crc32 !== task.table.schemaFile?.crc32) throw changedColumns(location);
      await tryRights(session, quoteName(table));
      const found = { columns, ...(await readStorage(session, table)) };
      if (isOfOneMoment({ database }) && found.engine !== 'InnoDB') throw notOfOneMoment(found.engine, location);
      return new DatabaseTable({ session, isShared }, database, found, task, onBytes);
    } catch (error) {
      if (!isShared) session.close();
      throw toSourceError(error, session.server, location);
    }
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const { server } = this.#session;
    let sessions: readonly Session[] = [];
    try {
      sessions = await this.#begin();
      yield* this.take(this.#read(sessions));
      // An instant ADD COLUMN shows inside a snapshot that is older. From the SELECT to the end of the transaction there can be none.
      this.refuseChanged(await readColumns(this.#session, this.#select.table));
      if (!this.#isShared) for (const session of sessions) await session.query('COMMIT');
    } catch (error) {
      throw this.describe(error, (other, location) => toSourceError(other, server, location));
    } finally {
      for (const session of sessions) if (session !== this.#session) session.close();
    }
  }

  close(): Promise<void> {
    if (!this.#isShared) this.#session.close();
    return Promise.resolve();
  }

  /** The sessions that read it. */
  async #begin(): Promise<readonly Session[]> {
    if (this.#isShared) return [this.#session];
    const more = this.#ranges === undefined ? 0 : (this.#database.readsPerTable ?? 1) - 1;
    return await beginTogether(this.#session, more, [this.#select.table], () => openSession(this.#database));
  }

  #read(sessions: readonly Session[]): AsyncGenerator<Buffer, ReadRows> {
    const ranges = this.#ranges;
    if (ranges === undefined || sessions.length === 1)
      return this.#session.read(selectStatement(this.#select), { mayLoseConnection: !this.#isShared });
    const tableRanges = new TableRanges(this.#select.table, ranges.key, ranges.rows);
    const readings = new OrderedReadings(async (reader) => {
      const session = sessions[reader] ?? this.#session;
      const range = await tableRanges.next(session);
      return range && readRange(session, selectStatement(this.#select, rangeCondition(ranges.key, range)), range.rows);
    });
    return readings.read(sessions.length, () => sessions.forEach((session) => session.close()));
  }
}

interface FoundTable extends TableStorage {
  readonly columns: readonly MysqlColumn[];
}

/** By what a table is cut, and how many rows a range has. */
interface Ranges {
  readonly key: RangeKey;
  readonly rows: number;
}

/** Below this a table takes no longer than the sessions that would read it. */
const LARGE_TABLE_BYTES = 16 * 1024 * 1024;
/** So large that finding a range takes little beside reading it, and so small that those of all connections are in memory at once. */
const RANGE_BYTES = 8 * 1024 * 1024;

/** Undefined for a table that one connection reads. The server's own estimates are all there is of sizes. */
function rangesOf(key: readonly KeyColumn[], { table: { dat } }: LoadTask): Ranges | undefined {
  const { bytes = 0, rows = 0 } = dat ?? {};
  const rangeKey = rangeKeyOf(key);
  if (rangeKey === undefined || bytes < LARGE_TABLE_BYTES || rows === 0) return undefined;
  return { key: rangeKey, rows: Math.max(1, Math.round((RANGE_BYTES * rows) / bytes)) };
}

async function* readRange(
  session: Session,
  statement: string,
  expected: number | undefined,
): AsyncGenerator<Buffer, ReadRows> {
  const read = yield* session.read(statement);
  if (expected === undefined || read.rows === expected) return read;
  throw new Error(`a range of ${expected} rows had ${read.rows}: please report this bug`);
}

/** How the source calls the table. */
export function tableOf({ table }: LoadTask): string {
  return table.dat?.entry ?? '';
}

function notOfOneMoment(engine: string, location: Location): ManifestError {
  const message = `the table's engine, ${shorten(engine, 60)}, has no snapshots as InnoDB has them, so it cannot be read as of the moment of the others: exclude it with spec.source.database.excludeTables, or set snapshot to PerTable`;
  return new ManifestError('SourceSnapshot', message, location);
}

function withoutSnapshot(engine: string): string {
  return `the table's engine, ${shorten(engine, 60)}, has no snapshots as InnoDB has them: writers of the table may have to wait until it is read`;
}
