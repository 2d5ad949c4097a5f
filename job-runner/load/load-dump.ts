import { describeFailure, toFailure } from '../../crds/contract/errors.ts';
import { loadTaskOf } from '../../crds/contract/load-task.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { LoadResult } from '../../crds/contract/report.ts';
import type { LoadBatchTask, LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { ensureSchema, migrateLedger } from '../database/ledger.ts';
import { withConnection } from '../database/pooled-connection.ts';
import { withTransaction } from '../database/transaction.ts';
import type { Archive } from '../dump/archive.ts';
import { DatFile, openDump } from '../dump/dat-file.ts';
import { locationOf } from '../dump/table-location.ts';
import { Stopwatch } from '../stopwatch.ts';
import { finishStaging } from './attach.ts';
import { causeOf, firstAttempt, nextAttempt } from './copy-attempts.ts';
import { copyFile } from './copy-file.ts';
import { recordFailure } from './failed-load.ts';
import type { CopyAttempt } from './inspect-table.ts';
import { inspectLocked, keepExisting, resultOf } from './load-table.ts';
import { LoadProgress } from './progress.ts';
import { attachTable, beginLoad, finishTable, loadedTable, type StagedTable } from './staged-table.ts';
import { createStagingTable } from './staging.ts';

/** What became of a table: a result, or the error that kept it from one. */
export type TableOutcome = { readonly result: LoadResult } | { readonly error: unknown };

/** A table on its way. */
interface WaitingTable {
  readonly index: number;
  readonly task: LoadTask;
  readonly log: Log;
  /** Undefined before the first. */
  readonly attempt?: CopyAttempt;
}

/** What is left of work that was taken back. */
type Undone = { readonly error: unknown } | { readonly attempt: CopyAttempt };
type Staged = WaitingTable & { readonly staged: StagedTable };
type StageEnd = TableOutcome | { readonly staged: StagedTable };

/**
 * Loads tables of one encrypted dump while it is read once, in the order of its entries. Whether what was read is what was encrypted shows at the end of
 * the message alone: until then everything is in one transaction by one connection, which a table that cannot be loaded leaves by its savepoint. So a
 * crash leaves nothing, and readers see the dump's tables all at once.
 *
 * ```
 * each table: plan, COPY into a staging table, indexes ──▶ the message is whole ──▶ each table: attach, ledger ──▶ commit
 *      ▲                                                        │ it is not: roll back
 *      └── again from its start, for tables of which a value or a record asks for another way to copy ◀──┘
 * ```
 * The result is in the order of the task's tables. An error that is thrown is that of all tables.
 */
export async function loadDump(task: LoadBatchTask, databaseUri: string, log: Log): Promise<readonly TableOutcome[]> {
  const outcomes = new Map<number, TableOutcome>();
  const tables = task.tables.map((table, index): WaitingTable => ({
    index,
    task: singleStream(loadTaskOf(task, table)),
    log: log.child({ table: table.table, versionTable: table.versionTable ?? '' }),
  }));
  const [first] = tables;
  if (first === undefined) return [];
  try {
    await withConnection(databaseUri, async (db) => {
      try {
        await migrateLedger(db, task.target.ledgerSchema);
        await ensureSchema(db, task.target.schema);
        await withArchive(first.task, async (archive) => {
          const load = new DumpLoad(db, databaseUri, archive, outcomes);
          await withTransaction(db, () => load.run(tables));
        });
      } catch (error) {
        for (const { task: failed } of tables) await recordFailure(db, failed, error);
        throw error;
      }
      for (const { index, task: failed } of tables) {
        const outcome = outcomes.get(index);
        if (outcome !== undefined && 'error' in outcome) await recordFailure(db, failed, outcome.error);
      }
    });
  } catch (error) {
    throw toMotherloadError(error, { file: first.task.table.dump.file });
  }
  return tables.map(({ index }) => outcomes.get(index) ?? { error: new Error(`table ${index} has no outcome`) });
}

async function withArchive(task: LoadTask, work: (archive: Archive) => Promise<void>): Promise<void> {
  const archive = await openDump(task);
  try {
    await work(archive);
  } finally {
    await archive.close();
  }
}

/** A message gives its bytes one after the other, to one connection. */
function singleStream(task: LoadTask): LoadTask {
  return { ...task, loading: { ...task.loading, streamsPerTable: 1 } };
}

/** Takes the table back to before its COPY, to be copied in another way. */
class AnotherAttempt extends Error {
  readonly attempt: CopyAttempt;

  constructor(attempt: CopyAttempt) {
    super('the table is to be copied in another way');
    this.attempt = attempt;
  }
}

class DumpLoad {
  readonly #db: Database;
  readonly #databaseUri: string;
  readonly #archive: Archive;
  readonly #outcomes: Map<number, TableOutcome>;

  constructor(db: Database, databaseUri: string, archive: Archive, outcomes: Map<number, TableOutcome>) {
    this.#db = db;
    this.#databaseUri = databaseUri;
    this.#archive = archive;
    this.#outcomes = outcomes;
  }

  async run(tables: readonly WaitingTable[]): Promise<void> {
    const staged: Staged[] = [];
    for (let waiting = this.#inOrder(tables); waiting.length > 0;) {
      const again: WaitingTable[] = [];
      for (const table of waiting) {
        const end = await this.#inSavepoint(table, () => this.#stage(table));
        if ('staged' in end) staged.push({ ...table, ...end });
        else if ('attempt' in end) again.push({ ...table, ...end });
        else this.#outcomes.set(table.index, end);
      }
      await this.#archive.prove();
      waiting = again;
    }
    // By name, so that two runners never wait for each other's mothers.
    const byName = staged.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    for (const table of byName) {
      const end = await this.#inSavepoint(table, () => attachStaged(table));
      if (!('attempt' in end)) this.#outcomes.set(table.index, end);
    }
  }

  #inOrder(tables: readonly WaitingTable[]): readonly WaitingTable[] {
    const positions = new Map(this.#archive.entries.map((entry) => [entry.name, this.#archive.positionOf(entry)]));
    // Of a table in chunks the name is that of the first and the last.
    const positionOf = ({ task }: WaitingTable) => positions.get(task.table.dat?.entry.split(' to ')[0] ?? '') ?? 0;
    return tables.toSorted((one, other) => positionOf(one) - positionOf(other));
  }

  /** A table that fails takes back what it did, and nothing of the others. */
  async #inSavepoint<End>(table: WaitingTable, work: () => Promise<End>): Promise<End | Undone> {
    // Not by trySavepoint, whose savepoint may be open within this one: of two with one name the inner one would be rolled back to.
    await this.#db.query('SAVEPOINT before_table');
    try {
      const end = await work();
      await this.#db.query('RELEASE SAVEPOINT before_table');
      return end;
    } catch (error) {
      await this.#db.query('ROLLBACK TO SAVEPOINT before_table; RELEASE SAVEPOINT before_table');
      if (error instanceof AnotherAttempt) return { attempt: error.attempt };
      const translated = toMotherloadError(causeOf(error), locationOf(table.task));
      const failure = toFailure(translated, table.task.records ?? 'Hidden');
      table.log.error(describeFailure(failure), { ...failure, message: undefined });
      return { error: translated };
    }
  }

  async #stage({ task, log, attempt: given }: WaitingTable): Promise<StageEnd> {
    const watch = new Stopwatch();
    const progress = new LoadProgress(task.table.dat?.compressedBytes ?? 0, () => undefined);
    const dat = await DatFile.openIn(this.#archive, task);
    try {
      const opened = { task, databaseUri: this.#databaseUri, db: this.#db, dat, log, progress, watch };
      const inspection = await watch.time('plan', () => inspectLocked(opened));
      const { plan, existing } = inspection;
      if (given === undefined) for (const warning of plan.warnings) log.warn(warning, { step: 'plan' });
      if (existing.action === 'Keep') return { result: await keepExisting(opened, existing, plan.warnings) };
      const attempt = given ?? firstAttempt(inspection);
      const begun = await beginLoad(attempt, { ...opened, plan }, inspection);
      try {
        await this.#db.query(begun.steps.clear);
        await createStagingTable(begun.load, begun.steps);
        return { staged: await finishTable(begun, await copyFile(begun.load, begun.steps, begun.rejects, [this.#db])) };
      } catch (error) {
        const next = nextAttempt(error, attempt, inspection);
        if (next === undefined) throw error;
        log.info(next.why, { step: 'copy' });
        throw new AnotherAttempt(next.attempt);
      } finally {
        begun.load.rowChecksum?.release();
      }
    } finally {
      await dat.close();
    }
  }
}

function nameOf({ task }: WaitingTable): string {
  return task.table.versionTable ?? '';
}

/** Indexes that the mother has got since are built as well: other tables may have taken hours. */
async function attachStaged({ staged }: Staged): Promise<TableOutcome> {
  const { load, inspection, stepsWith, done, copied } = staged;
  await finishStaging(load, stepsWith, done);
  await attachTable(staged);
  return { result: resultOf(load, inspection, loadedTable(staged, copied)) };
}
