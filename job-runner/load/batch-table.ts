import { copyBatch, type BatchOutcome, type CopyRows } from '../copy/batch.ts';
import { SplitRows } from '../copy/batch-rows.ts';
import type { CopyFailure } from '../copy/copy-failure.ts';
import { CopyFields } from '../copy/copy-fields.ts';
import { refusedRow, type RefusedRow } from '../copy/refused-row.ts';
import { columnOfContext } from '../database/copy-context.ts';
import type { Database } from '../database/connection.ts';
import { trySavepoint } from '../database/transaction.ts';
import { askedRows, type AskedRow, type TableKey } from '../plan/key-question.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { refusedKeys } from '../plan/refused-keys.ts';
import { quoteIdentifier, quoteQualified, type TableName } from '../plan/sql.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { CopyInto } from './copy-rows.ts';
import { createJudgedTable, type JudgedTable, type TableRules } from './judged-table.ts';
import { RuleWords } from './rule-words.ts';

/** In the schema of temporary tables, and named like a staging table, so that COPY's context is understood. */
const BATCH: TableName = { schema: 'pg_temp', name: 'staging_0000000000000000' };

/**
 * Rows are copied here first, and what CHECKs, domains, enums and keys ask is asked for all of them at once: row by row, each one that is refused would cost a
 * COPY of its own.
 */
export class BatchTable {
  readonly #db: Database;
  readonly #plan: TablePlan;
  readonly #staging: TableName;
  readonly #copyRows: CopyRows;
  /** In the load's own format, and without numbers. */
  readonly #copyAll: CopyRows;
  /** Into the staging table. */
  readonly #copyOne: CopyRows;
  /** Of those whose type asks more than its base type. */
  readonly #firstRuled: number;
  readonly #table: JudgedTable;
  readonly #keys: readonly TableKey[];
  readonly #words: RuleWords;

  private constructor(
    db: Database,
    plan: TablePlan,
    { staging, copy: { format } }: LoadSteps,
    rules: TableRules,
    copyInto: CopyInto,
    table: JudgedTable,
  ) {
    this.#db = db;
    this.#plan = plan;
    this.#staging = staging;
    this.#copyRows = copyInto(BATCH, 'text', [...plan.copyColumns, table.numberColumn]);
    this.#copyAll = copyInto(BATCH, format);
    this.#copyOne = copyInto(staging, 'text');
    const [first] = rules.ruled;
    this.#firstRuled = first === undefined ? Infinity : plan.copyColumns.indexOf(first.name);
    this.#table = table;
    this.#keys = rules.keys;
    this.#words = new RuleWords(rules);
  }

  static async create(
    db: Database,
    plan: TablePlan,
    steps: LoadSteps,
    rules: TableRules,
    copyInto: CopyInto,
  ): Promise<BatchTable | undefined> {
    const table = await createJudgedTable(db, steps.staging, BATCH, rules, rules.columns);
    return table && new BatchTable(db, plan, steps, rules, copyInto, table);
  }

  /**
   * What is said of rows that violate what `found` says, one for one. Their types and NOT NULL would refuse them first; where they do so with any of them,
   * undefined. `textOf` has rows of these numbers in COPY's text format.
   */
  async refuse(
    rows: Buffer,
    found: readonly AskedRow[],
    textOf: (numbers: readonly number[]) => Buffer,
  ): Promise<readonly RefusedRow[] | undefined> {
    if ((await this.#copyAll(rows)) !== undefined) return undefined;
    const emptied = this.#empty();
    const refused = this.#describe(found, textOf);
    await emptied;
    return refused;
  }

  /**
   * Moves the rows that may be there, in COPY's text format, into the staging table; undefined where something cannot be asked so, and then nothing is done.
   * `found` says of rows that are refused which key it is: the rows behind them are in the staging table by now, and may have other keys of theirs.
   */
  async copy(rows: Buffer, found?: readonly AskedRow[]): Promise<BatchOutcome | undefined> {
    const split = new SplitRows(rows, 'text');
    const numbered = split.numbered([...this.#plan.copyColumns.keys()]);
    const outcome = await trySavepoint(this.#db, async () => {
      const failures = new Map<number, CopyFailure>();
      const byCopy = await copyBatch(numbered, this.#copyRows, (row, failure) => {
        failures.set(row, failure);
        return refusedRow(row, failure, this.#plan);
      });
      const asked = await this.#ask(found === undefined ? this.#keys : []);
      const byRules = asked.filter(({ key }) => key === null);
      const byKeys =
        found === undefined
          ? [...refusedKeys(asked).values()]
          : foundKeys(found, new Set([...failures.keys(), ...byRules.map(({ row }) => row)]));
      const refused = this.#describe([...byRules, ...byKeys], (numbers) => split.at(numbers));
      const copied = byCopy.copied - refused.length;
      await this.#move(
        copied,
        byKeys.map(({ row }) => row),
      );
      const ofCopy = await this.#nameFirst(split, byCopy.refused, failures);
      return { copied, refused: [...ofCopy, ...refused].sort((one, other) => one.row - other.row) };
    });
    await this.#empty();
    return 'error' in outcome ? undefined : outcome.result;
  }

  /** Not within a savepoint, where it would give the table a new file each time, and the old ones would stay until the transaction's end. */
  async #empty(): Promise<void> {
    await this.#db.query(`TRUNCATE ${this.#table.name}`);
  }

  /** Before the transaction's end: another table may be copied in it. */
  async drop(): Promise<void> {
    await this.#db.query(`DROP TABLE ${this.#table.name}`);
  }

  /**
   * COPY names the first column whose value its type refuses, and NULLs after all of them. A row that is refused for one of these is never asked what the
   * types of the columns before it ask, so the staging table is.
   */
  async #nameFirst(
    batch: SplitRows,
    refused: readonly RefusedRow[],
    failures: ReadonlyMap<number, CopyFailure>,
  ): Promise<readonly RefusedRow[]> {
    const { copyColumns } = this.#plan;
    const isHidden = (failure: CopyFailure) => {
      const { context } = failure;
      const inContext = context && columnOfContext(context, copyColumns);
      return this.#firstRuled < (inContext === undefined ? Infinity : copyColumns.indexOf(inContext));
    };
    const named: RefusedRow[] = [];
    for (const each of refused) {
      const { row } = each;
      const failure = failures.get(row);
      if (failure === undefined || !isHidden(failure)) {
        named.push(each);
        continue;
      }
      const first = await this.#copyOne(batch.at([row]));
      if (first === undefined) throw new Error(`row ${row + 1} is refused among others and not alone`);
      named.push(refusedRow(row, first, this.#plan));
    }
    return named;
  }

  async #ask(keys: readonly TableKey[]): Promise<readonly AskedRow[]> {
    const { rows } = await this.#db.query<AskedRow>(askedRows(this.#table, keys, this.#staging));
    return [...rows].sort((one, other) => one.row - other.row);
  }

  /** Numbers ascend among those that violate a rule. */
  #describe(refused: readonly AskedRow[], textOf: (numbers: readonly number[]) => Buffer): readonly RefusedRow[] {
    const words = this.#words;
    const ofColumns = refused.filter((asked) => words.columnOf(asked) !== undefined).map(({ row }) => row);
    const fields = ofColumns.length === 0 ? undefined : new CopyFields(textOf(ofColumns));
    let next = 0;
    return refused.map((asked) => {
      const column = words.columnOf(asked);
      const value = column === undefined ? undefined : fields?.text(next++, this.#plan.copyColumns.indexOf(column));
      return { row: asked.row, problemOf: words.problemOf(asked, value) };
    });
  }

  /** Without these, which violate no rule, but a key. */
  async #move(rows: number, without: readonly number[]): Promise<void> {
    if (rows === 0) return;
    const columns = this.#plan.copyColumns.map(quoteIdentifier).join(', ');
    const { name, query, row, rule } = this.#table;
    if (without.length > 0) await this.#db.query(`DELETE FROM ${name} WHERE ${row} = ANY ($1::int[])`, [without]);
    // Asked once more: one statement for both, which keeps what it has asked, took 22 to 36 ms for 10,000 rows, and these two 16 to 19.
    const { rowCount } = await this.#db.query(
      `INSERT INTO ${quoteQualified(this.#staging.schema, this.#staging.name)} (${columns})
       SELECT ${columns} FROM (${query}) AS judged WHERE ${rule} IS NULL`,
    );
    if (rowCount !== rows) throw new Error(`${rows} rows were to be moved, and ${rowCount} were`);
  }
}

/** Of the rows that are not refused for something else; their numbers are those among the found ones. */
function foundKeys(found: readonly AskedRow[], isRefused: ReadonlySet<number>): readonly AskedRow[] {
  return found.flatMap((asked, row) => (asked.key === null || isRefused.has(row) ? [] : [{ ...asked, row }]));
}
