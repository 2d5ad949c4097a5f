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
import { openWhole } from '../dump/open-whole.ts';
import type { WholeSource } from '../dump/whole-source.ts';
import { locationOf } from '../dump/table-location.ts';
import { Stopwatch } from '../stopwatch.ts';
import { finishStaging } from './attach.ts';
import type { BatchProgress } from './batch-progress.ts';
import { causeOf, firstAttempt, nextAttempt } from './copy-attempts.ts';
import { copyFile } from './copy-file.ts';
import { alreadyLoaded, compareContent, SameContent } from './existing-table.ts';
import { recordFailure } from './failed-load.ts';
import type { CopyAttempt } from './inspect-table.ts';
import { inspectLocked, keepExisting, resultOf } from './load-table.ts';
import { attachTable, beginLoad, finishTable, loadedTable, type StagedTable } from './staged-table.ts';
import { createStagingTable } from './staging.ts';
import { NothingLoaded } from './nothing-loaded.ts';

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
type Undone = TableOutcome | { readonly attempt: CopyAttempt };
type Staged = WaitingTable & { readonly staged: StagedTable };
type StageEnd = TableOutcome | { readonly staged: StagedTable };

/**
 * Loads tables of what counts as a whole in one transaction by one connection: those of an encrypted dump while it is read once, in the order of its
 * entries, or those of a schema as of one moment. Whether what was read is what was encrypted shows at the end of the message alone, so until then
 * nothing is attached. A table that cannot be loaded leaves the transaction by its savepoint, or takes all others back where they are of no use without
 * it. So a crash leaves nothing, and readers see the tables all at once.
 *
 * ```
 * each table: plan, COPY into a staging table, indexes ──▶ the source is whole ──▶ each table: attach, ledger ──▶ commit
 *      ▲                                                        │ it is not: roll back
 *      └── again from its start, for tables of which a value or a record asks for another way to copy ◀──┘
 * ```
 * The result is in the order of the task's tables. An error that is thrown is that of all tables.
 */
export async function loadDump(
  task: LoadBatchTask,
  databaseUri: string,
  log: Log,
  progress: BatchProgress,
): Promise<readonly TableOutcome[]> {
  const outcomes = new Map<number, TableOutcome>();
  const tables = task.tables.map((table, index): WaitingTable => ({
    index,
    task: singleStream(loadTaskOf(task, table)),
    log: log.child({ table: table.table, versionTable: table.versionTable ?? '' }),
  }));
  const [first, ...others] = tables;
  if (first === undefined) return [];
  try {
    await withConnection(databaseUri, async (db) => {
      try {
        await migrateLedger(db, task.target.ledgerSchema);
        await ensureSchema(db, task.target.schema);
        const source = await openWhole([first.task, ...others.map((other) => other.task)]);
        try {
          const load = new WholeLoad({ db, databaseUri, source, progress, outcomes });
          await withTransaction(db, () => load.run(tables));
        } finally {
          await source.close();
        }
      } catch (error) {
        if (error instanceof NothingLoaded)
          for (const table of tables) outcomes.set(table.index, { error: error.of(table) });
        else {
          for (const { task: failed } of tables) await recordFailure(db, failed, error);
          throw error;
        }
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

/** Takes the table back to before its COPY: what was read is what the table that exists holds. */
class Kept extends Error {
  readonly result: LoadResult;

  constructor(result: LoadResult) {
    super('the table that exists is kept');
    this.result = result;
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

interface WholeLoadOptions {
  readonly db: Database;
  readonly databaseUri: string;
  readonly source: WholeSource;
  readonly progress: BatchProgress;
  readonly outcomes: Map<number, TableOutcome>;
}

class WholeLoad {
  readonly #db: Database;
  readonly #databaseUri: string;
  readonly #source: WholeSource;
  readonly #progress: BatchProgress;
  readonly #outcomes: Map<number, TableOutcome>;

  constructor({ db, databaseUri, source, progress, outcomes }: WholeLoadOptions) {
    this.#db = db;
    this.#databaseUri = databaseUri;
    this.#source = source;
    this.#progress = progress;
    this.#outcomes = outcomes;
  }

  async run(tables: readonly WaitingTable[]): Promise<void> {
    const staged: Staged[] = [];
    for (let waiting = this.#source.inOrder(tables); waiting.length > 0;) {
      const again: WaitingTable[] = [];
      for (const table of waiting) {
        const end = await this.#inSavepoint(table, () => this.#stage(table));
        if ('staged' in end) staged.push({ ...table, ...end });
        else if ('attempt' in end) again.push({ ...table, ...end });
        else this.#end(table, end);
      }
      await this.#source.prove();
      waiting = again;
    }
    // By name, so that two runners never wait for each other's mothers.
    const byName = staged.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    for (const table of byName) {
      const end = await this.#inSavepoint(table, () => attachStaged(table));
      if (!('attempt' in end)) this.#end(table, end);
    }
  }

  #end(table: WaitingTable, outcome: TableOutcome): void {
    if (this.#source.isAllOrNothing && 'error' in outcome) throw new NothingLoaded(table, outcome.error);
    this.#outcomes.set(table.index, outcome);
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
      if (error instanceof Kept) return { result: error.result };
      const translated = toMotherloadError(causeOf(error), locationOf(table.task));
      const failure = toFailure(translated, table.task.records ?? 'Hidden');
      table.log.error(describeFailure(failure), { ...failure });
      return { error: translated };
    }
  }

  async #stage({ index, task, log, attempt: given }: WaitingTable): Promise<StageEnd> {
    const watch = new Stopwatch();
    const progress = this.#progress.begin(index, task.table.dat?.compressedBytes ?? 0);
    const dat = await this.#source.openTable(task, (bytes) => progress.read(bytes));
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
        const copied = await copyFile(begun.load, begun.steps, begun.rejects, [this.#db]);
        compareContent(existing, copied.content, locationOf(task));
        const staged = await finishTable(begun, copied);
        this.#progress.end(index);
        return { staged };
      } catch (error) {
        if (error instanceof SameContent)
          throw new Kept(await keepExisting(opened, alreadyLoaded(error.load), plan.warnings));
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
