import type { CopyRows } from '../copy/batch.ts';
import type { SplitRows } from '../copy/batch-rows.ts';
import type { Database } from '../database/connection.ts';
import { RepeatedKeys } from '../copy/repeated-keys.ts';
import { tryQuery } from '../database/transaction.ts';
import { askedRows, type AskedRow } from '../plan/key-question.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { refusedKeys } from '../plan/refused-keys.ts';
import type { TableName } from '../plan/sql.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { CopyInto } from './copy-rows.ts';
import { createJudgedTable, type JudgedTable, type TableRules } from './judged-table.ts';

/** In the schema of temporary tables, and named like a staging table, so that COPY's context is understood. */
const QUESTION: TableName = { schema: 'pg_temp', name: 'staging_0000000000000001' };

/**
 * Which rows of a batch violate what can be asked of all rows at once. Only the columns that this needs are copied, which costs a part of a COPY of the rows
 * themselves.
 */
export class BatchQuestion {
  readonly #db: Database;
  readonly #table: JudgedTable;
  readonly #question: string;
  readonly #fields: readonly number[];
  readonly #copyRows: CopyRows;
  readonly #repeated: RepeatedKeys | undefined;

  private constructor(
    db: Database,
    table: JudgedTable,
    question: string,
    fields: readonly number[],
    copyRows: CopyRows,
    repeated: RepeatedKeys | undefined,
  ) {
    this.#db = db;
    this.#table = table;
    this.#question = question;
    this.#fields = fields;
    this.#copyRows = copyRows;
    this.#repeated = repeated;
  }

  static async create(
    db: Database,
    { copyColumns }: TablePlan,
    { staging, copy: { format } }: LoadSteps,
    rules: TableRules,
    copyInto: CopyInto,
  ): Promise<BatchQuestion | undefined> {
    const { asked } = rules;
    const table = await createJudgedTable(db, staging, QUESTION, rules, asked);
    if (table === undefined) return undefined;
    const question = askedRows(table, rules.keys, staging);
    const copied = copyColumns.filter((name) => asked.includes(name));
    const fields = copied.map((name) => copyColumns.indexOf(name));
    const intoTable = copyInto(QUESTION, format, [...copied, table.numberColumn]);
    const integers = rules.integers?.map((name) => copyColumns.indexOf(name)).filter((field) => field >= 0);
    const isByIntegers = format === 'binary' && integers !== undefined && integers.length === rules.keys.length;
    const repeated = isByIntegers ? new RepeatedKeys(integers) : undefined;
    return new BatchQuestion(db, table, question, fields, intoTable, repeated);
  }

  /** For each batch, in the order of the file: what makes the columns that are asked about, of the rows that may be refused. */
  prepare(batch: SplitRows): () => Buffer {
    const rows = this.#repeated?.in(batch);
    return () => batch.numbered(this.#fields, rows);
  }

  /** The rows that are refused, in ascending order, by their fields; undefined where something cannot be asked so. */
  async find(fields: Buffer): Promise<readonly AskedRow[] | undefined> {
    if (fields.length === 0) return [];
    if ((await this.#copyRows(fields)) !== undefined) return undefined;
    // Not within the savepoint, where it would give the table a new file each time, and the old ones would stay until the transaction's end.
    const empty = `TRUNCATE ${this.#table.name}`;
    const outcome = await tryQuery<AskedRow>(this.#db, this.#question, empty);
    if ('error' in outcome) {
      await this.#db.query(empty);
      return undefined;
    }
    const asked = outcome.result;
    const byRules = asked.filter(({ key }) => key === null);
    return [...byRules, ...refusedKeys(asked).values()].sort((one, other) => one.row - other.row);
  }

  /** Before the transaction's end: another table may be copied in it. */
  async drop(): Promise<void> {
    await this.#db.query(`DROP TABLE ${this.#table.name}`);
  }
}
