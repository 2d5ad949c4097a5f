import { MotherloadError } from '../../../crds/contract/errors.ts';
import type { LoadTask, SourceDatabase } from '../../../crds/contract/task.ts';
import type { TableData } from '../table-data.ts';
import type { WholeSource } from '../whole-source.ts';
import { locationOf } from '../table-location.ts';
import { beginHeld } from './begin-together.ts';
import { DatabaseTable, tableOf } from './database-table.ts';
import { openSession } from './open-session.ts';
import { toSourceError } from './server-error.ts';
import type { Session } from './session.ts';

/** Tables of InnoDB as of one moment: one connection reads them one after the other, in one transaction. */
export class SchemaSnapshot implements WholeSource {
  readonly isAllOrNothing = true;
  readonly #session: Session;
  readonly #database: SourceDatabase;
  /** Why tables cannot be read, by their names. */
  readonly #problems: ReadonlyMap<string, Error>;

  private constructor(session: Session, database: SourceDatabase, problems: ReadonlyMap<string, Error>) {
    this.#session = session;
    this.#database = database;
    this.#problems = problems;
  }

  static async open(tasks: readonly LoadTask[], database: SourceDatabase): Promise<SchemaSnapshot> {
    const session = await openSession(database);
    try {
      const notHeld = await beginHeld(session, tasks.map(tableOf), () => openSession(database));
      const problems = new Map<string, Error>();
      for (const task of tasks) {
        const problem = notHeld.get(tableOf(task))?.at(locationOf(task)) ?? (await problemOf(task, database, session));
        if (problem !== undefined) problems.set(tableOf(task), problem);
      }
      return new SchemaSnapshot(session, database, problems);
    } catch (error) {
      session.close();
      throw toSourceError(error, session.server);
    }
  }

  /** Hours of reading are of no use where another table cannot be read at all, so such a table comes first. */
  inOrder<Table extends { readonly task: LoadTask }>(tables: readonly Table[]): readonly Table[] {
    const isBad = ({ task }: Table) => this.#problems.has(tableOf(task));
    return [...tables.filter(isBad), ...tables.filter((table) => !isBad(table))];
  }

  async openTable(task: LoadTask, onBytes: (bytes: number) => void): Promise<TableData> {
    const problem = this.#problems.get(tableOf(task));
    if (problem !== undefined) throw problem;
    return await DatabaseTable.open(task, this.#database, onBytes, this.#session);
  }

  prove(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#session.close();
    return Promise.resolve();
  }
}

/** Why a table cannot be read. */
async function problemOf(task: LoadTask, database: SourceDatabase, session: Session): Promise<Error | undefined> {
  try {
    await (await DatabaseTable.open(task, database, undefined, session)).close();
    return undefined;
  } catch (error) {
    if (error instanceof MotherloadError) return error;
    throw error;
  }
}
