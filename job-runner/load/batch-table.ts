import { copyBatch, type BatchOutcome, type CopyRows } from '../copy/batch.ts';
import { numberedRows, SplitRows } from '../copy/batch-rows.ts';
import type { CopyFailure } from '../copy/copy-failure.ts';
import { CopyFields } from '../copy/copy-fields.ts';
import { RecordProblem } from '../copy/record-problem.ts';
import { describeRefusal, refusedRow, type RefusedRow } from '../copy/refused-row.ts';
import { columnOfContext } from '../database/copy-context.ts';
import type { Database } from '../database/connection.ts';
import { trySavepoint } from '../database/transaction.ts';
import type { TableCheck } from '../plan/judge-batch.ts';
import { askedRows, keyColumns, keyTexts, type AskedRow, type TableKey } from '../plan/key-question.ts';
import { refusedKeys } from '../plan/refused-keys.ts';
import type { ColumnRule } from '../plan/ruled-column.ts';
import { quoteIdentifier, quoteQualified, type TableName } from '../plan/sql.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { FoundRow } from './batch-question.ts';
import type { CopyInto } from './copy-rows.ts';
import { createJudgedTable, type JudgedTable, type TableRules } from './judged-table.ts';

/** In the schema of temporary tables, and named like a staging table, so that COPY's context is understood. */
const BATCH: TableName = { schema: 'pg_temp', name: 'staging_0000000000000000' };

const MAX_DESCRIBED = 1000;

/**
 * Rows in COPY's text format are copied here first, and what CHECKs, domains, enums and keys ask is asked for all of them at once: row by row, each one that is
 * refused would cost a COPY of its own.
 */
export class BatchTable {
  readonly #db: Database;
  readonly #plan: TablePlan;
  readonly #staging: TableName;
  readonly #copyRows: CopyRows;
  /** Into the staging table. */
  readonly #copyOne: CopyRows;
  /** Of those whose type asks more than its base type. */
  readonly #firstRuled: number;
  readonly #table: JudgedTable;
  readonly #columnRules: readonly ColumnRule[];
  readonly #checks: readonly TableCheck[];
  readonly #keys: readonly TableKey[];
  /** By PostgreSQL's message, which says which rule it is. */
  readonly #described = new Map<string, ReturnType<typeof describeRefusal>>();

  private constructor(
    db: Database,
    plan: TablePlan,
    staging: TableName,
    { ruled, checks, keys }: TableRules,
    copyInto: CopyInto,
    table: JudgedTable,
  ) {
    this.#db = db;
    this.#plan = plan;
    this.#staging = staging;
    this.#copyRows = copyInto(BATCH, 'text', [...plan.copyColumns, table.numberColumn]);
    this.#copyOne = copyInto(staging, 'text');
    const [first] = ruled;
    this.#firstRuled = first === undefined ? Infinity : plan.copyColumns.indexOf(first.name);
    this.#table = table;
    this.#columnRules = ruled.flatMap(({ rules }) => rules);
    this.#checks = checks;
    this.#keys = keys;
  }

  static async create(
    db: Database,
    plan: TablePlan,
    staging: TableName,
    rules: TableRules,
    copyInto: CopyInto,
  ): Promise<BatchTable | undefined> {
    const table = await createJudgedTable(db, staging, BATCH, rules, rules.columns);
    return table && new BatchTable(db, plan, staging, rules, copyInto, table);
  }

  /**
   * Moves the rows that may be there into the staging table; undefined where something cannot be asked so, and then nothing is done. `found` says of rows that
   * are refused which key it is: the rows behind them are in the staging table by now, and may have other keys of theirs.
   */
  async copy(rows: Buffer, count: number, found?: readonly FoundRow[]): Promise<BatchOutcome | undefined> {
    const numbered = numberedRows(rows, count, 'text', [...this.#plan.copyColumns.keys()]);
    const outcome = await trySavepoint(this.#db, async () => {
      const failures = new Map<number, CopyFailure>();
      const byCopy = await copyBatch(numbered, this.#copyRows, (row, failure) => {
        failures.set(row, failure);
        return refusedRow(row, failure, this.#plan);
      });
      const asked = await this.#ask(found === undefined ? this.#keys : []);
      const byRules = this.#refuseByRules(rows, asked);
      const keys =
        found === undefined
          ? refusedKeys(asked)
          : foundKeys(found, new Set([...failures.keys(), ...asked.map(({ row }) => row)]));
      const byKeys = await this.#refuseByKeys(keys);
      const copied = byCopy.copied - byRules.length - byKeys.length;
      await this.#move(copied, [...keys.keys()]);
      const ofCopy = await this.#nameFirst(rows, byCopy.refused, failures);
      return { copied, refused: [...ofCopy, ...byRules, ...byKeys].sort((one, other) => one.row - other.row) };
    });
    // Not within the savepoint, where it would give the table a new file each time, and the old ones would stay until the transaction's end.
    await this.#db.query(`TRUNCATE ${this.#table.name}`);
    return 'error' in outcome ? undefined : outcome.result;
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
    batch: Buffer,
    refused: readonly RefusedRow[],
    failures: ReadonlyMap<number, CopyFailure>,
  ): Promise<readonly RefusedRow[]> {
    const { copyColumns } = this.#plan;
    const isHidden = (failure: CopyFailure) => {
      const { context } = failure;
      const inContext = context && columnOfContext(context, copyColumns);
      return this.#firstRuled < (inContext === undefined ? Infinity : copyColumns.indexOf(inContext));
    };
    const split = new SplitRows(batch, 'text');
    const named: RefusedRow[] = [];
    for (const each of refused) {
      const { row } = each;
      const failure = failures.get(row);
      if (failure === undefined || !isHidden(failure)) {
        named.push(each);
        continue;
      }
      const first = await this.#copyOne(split.at([row]));
      if (first === undefined) throw new Error(`row ${row + 1} is refused among others and not alone`);
      named.push(refusedRow(row, first, this.#plan));
    }
    return named;
  }

  async #ask(keys: readonly TableKey[]): Promise<readonly AskedRow[]> {
    const { rows } = await this.#db.query<AskedRow>(askedRows(this.#table, keys, this.#staging));
    return [...rows].sort((one, other) => one.row - other.row);
  }

  #refuseByRules(batch: Buffer, asked: readonly AskedRow[]): RefusedRow[] {
    const fields = new CopyFields(batch);
    return asked.flatMap(({ row, rule }) => (rule === null ? [] : this.#refuse(row, rule, fields)));
  }

  async #refuseByKeys(refused: ReadonlyMap<number, number>): Promise<RefusedRow[]> {
    if (refused.size === 0) return [];
    const numbers = [...refused.keys()];
    const { rows } = await this.#db.query<{ row: number; text: string }>(keyTexts(this.#table, this.#keys), [
      numbers,
      [...refused.values()],
    ]);
    if (rows.length !== numbers.length)
      throw new Error(`${numbers.length} rows have a key twice, and ${rows.length} are there`);
    return rows.map(({ row, text }) => {
      const key = this.#keys[refused.get(row) ?? -1];
      if (key === undefined) throw new Error(`row ${row + 1} is refused for no key`);
      return { row, problemOf: describeKey(key, text) };
    });
  }

  #refuse(row: number, number: number, fields: CopyFields): RefusedRow {
    const rule = this.#columnRules[number];
    if (rule !== undefined) {
      const value = fields.text(row, this.#plan.copyColumns.indexOf(rule.column));
      return { row, problemOf: this.#describe(rule, rule.message(value ?? ''))(rule.column, value) };
    }
    const name = quoteIdentifier(this.#checks[number - this.#columnRules.length]?.name ?? '');
    const message = `the record violates the check constraint ${name}`;
    return { row, problemOf: (record) => new RecordProblem(record, 'Sql23514', message) };
  }

  /** Many rows are refused with the same words, which take longer to find than all else about a row. */
  #describe({ sqlState: code, constraint }: ColumnRule, message: string): ReturnType<typeof describeRefusal> {
    const known = this.#described.get(message);
    if (known !== undefined) return known;
    const described = describeRefusal({ severity: 'ERROR', code, constraint, message });
    if (this.#described.size >= MAX_DESCRIBED) this.#described.clear();
    this.#described.set(message, described);
    return described;
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

/** Of the rows that are not refused for something else. */
function foundKeys(found: readonly FoundRow[], isRefused: ReadonlySet<number>): ReadonlyMap<number, number> {
  return new Map(found.flatMap(({ key }, row) => (key === undefined || isRefused.has(row) ? [] : [[row, key]])));
}

/** In PostgreSQL's own words. */
function describeKey(key: TableKey, text: string): RefusedRow['problemOf'] {
  const { name: constraint } = key;
  const message = `duplicate key value violates unique constraint "${constraint}"`;
  const detail = `Key (${keyColumns(key)})=(${text}) already exists.`;
  return describeRefusal({ severity: 'ERROR', code: '23505', constraint, message, detail })(undefined, undefined);
}
