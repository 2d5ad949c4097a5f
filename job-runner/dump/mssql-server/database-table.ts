import type { LoadTask, SourceDatabase } from '../../../crds/contract/task.ts';
import { SourceData } from '../source-data.ts';
import { changedColumns } from '../source-errors.ts';
import { fingerprintOf } from '../source-table.ts';
import { locationOf } from '../table-location.ts';
import { openSession } from './open-session.ts';
import { readColumns, readOrder, readState, tryRights, type TableState } from './schema-queries.ts';
import { toSourceError } from './server-error.ts';
import type { Session } from './session.ts';
import { isGeometry, selectStatement, type SourceSelect } from './source-columns.ts';

/** The snapshot begins with the SELECT. A transaction that only reads has nothing to be undone. */
const BEGIN_SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION';

/** A table of the source database, read by one connection and one SELECT, in one snapshot where the database has snapshots. */
export class DatabaseTable extends SourceData {
  readonly #session: Session;
  readonly #select: SourceSelect;
  readonly #hasSnapshot: boolean;

  private constructor(
    session: Session,
    select: SourceSelect,
    state: TableState,
    task: LoadTask,
    onBytes: ((bytes: number) => void) | undefined,
  ) {
    super({ task, columns: select.columns, warnings: warningsOf(select, state), onBytes });
    this.#session = session;
    this.#select = select;
    this.#hasSnapshot = state.consistency === 'Snapshot';
  }

  static async open(
    task: LoadTask,
    database: SourceDatabase,
    onBytes?: (bytes: number) => void,
  ): Promise<DatabaseTable> {
    const table = task.table.dat?.entry ?? '';
    const { schema } = database;
    const location = locationOf(task);
    const session = await openSession(database);
    try {
      const columns = await readColumns(session, schema, table);
      if (fingerprintOf(columns).crc32 !== task.table.schemaFile?.crc32) throw changedColumns(location);
      const names = columns.map(({ name }) => name);
      await tryRights(session, schema, table, names);
      const state = await readState(session, schema, table);
      const order = await readOrder(session, schema, table);
      const select = { schema, table, columns, order, isInMemory: state.consistency === 'InMemory' };
      return new DatabaseTable(session, select, state, task, onBytes);
    } catch (error) {
      session.close();
      throw toSourceError(error, session.server, location);
    }
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const session = this.#session;
    const { schema, table, columns } = this.#select;
    try {
      if (this.#hasSnapshot) await session.query(BEGIN_SNAPSHOT);
      yield* this.take(session.read(selectStatement(this.#select), columns.map(isGeometry)));
      // Between the columns' first reading and the SELECT they may have been altered, which the sys views show in any snapshot.
      this.refuseChanged(await readColumns(session, schema, table));
      if (this.#hasSnapshot) await session.query('COMMIT TRANSACTION');
    } catch (error) {
      throw this.describe(error, (other, location) => toSourceError(other, session.server, location));
    }
  }

  close(): Promise<void> {
    this.#session.close();
    return Promise.resolve();
  }
}

function warningsOf({ columns }: SourceSelect, { consistency, isFiltered }: TableState): readonly string[] {
  const warnings: string[] = [];
  if (consistency === 'None') {
    warnings.push(
      'the rows are not those of one moment, since the database allows no snapshots, and a row that is changed meanwhile may be read twice or not at all: enable ALLOW_SNAPSHOT_ISOLATION or READ_COMMITTED_SNAPSHOT',
    );
  }
  if (isFiltered)
    warnings.push('a security policy of the source decides which rows its user sees: others are not loaded');
  for (const { name, dataType } of columns) {
    if (dataType !== 'vector') continue;
    warnings.push(`the server writes the numbers of the vectors in ${name} with fewer digits than they may need`);
  }
  return warnings;
}
