import type { CopyRows } from '../copy/batch.ts';
import { numberedRows } from '../copy/batch-rows.ts';
import type { Database } from '../database/connection.ts';
import { trySavepoint } from '../database/transaction.ts';
import { askedRows, type AskedRow } from '../plan/key-question.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { refusedKeys } from '../plan/refused-keys.ts';
import type { TableName } from '../plan/sql.ts';
import type { CopyStatementFormat } from '../plan/statements.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { CopyInto } from './copy-rows.ts';
import { createJudgedTable, type JudgedTable, type TableRules } from './judged-table.ts';

/** In the schema of temporary tables, and named like a staging table, so that COPY's context is understood. */
const QUESTION: TableName = { schema: 'pg_temp', name: 'staging_0000000000000001' };

/** A row that is refused. */
export interface FoundRow {
  /** Its number in the batch, from 0. */
  readonly row: number;
  /** The number of the key that an earlier row has; undefined where it is refused for something else. */
  readonly key: number | undefined;
}

/**
 * Which rows of a batch violate what can be asked of all rows at once. Only the columns that this needs are copied, which costs a part of a COPY of the rows
 * themselves.
 */
export class BatchQuestion {
  readonly #db: Database;
  readonly #table: JudgedTable;
  readonly #question: string;
  readonly #format: CopyStatementFormat;
  readonly #fields: readonly number[];
  readonly #copyRows: CopyRows;

  private constructor(
    db: Database,
    table: JudgedTable,
    question: string,
    format: CopyStatementFormat,
    fields: readonly number[],
    copyRows: CopyRows,
  ) {
    this.#db = db;
    this.#table = table;
    this.#question = question;
    this.#format = format;
    this.#fields = fields;
    this.#copyRows = copyRows;
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
    return new BatchQuestion(db, table, question, format, fields, intoTable);
  }

  /** In ascending order; undefined where something cannot be asked so. */
  async find(rows: Buffer, count: number): Promise<readonly FoundRow[] | undefined> {
    const numbered = numberedRows(rows, count, this.#format, this.#fields);
    if ((await this.#copyRows(numbered)) !== undefined) return undefined;
    const outcome = await trySavepoint(this.#db, () => this.#db.query<AskedRow>(this.#question));
    // Not within a savepoint, where it would give the table a new file each time, and the old ones would stay until the transaction's end.
    await this.#db.query(`TRUNCATE ${this.#table.name}`);
    if ('error' in outcome) return undefined;
    const asked = outcome.result.rows;
    const byRules = asked.filter(({ key }) => key === null).map(({ row }) => ({ row, key: undefined }));
    const byKeys = Array.from(refusedKeys(asked), ([row, key]) => ({ row, key }));
    return [...byRules, ...byKeys].sort((one, other) => one.row - other.row);
  }

  /** Before the transaction's end: another table may be copied in it. */
  async drop(): Promise<void> {
    await this.#db.query(`DROP TABLE ${this.#table.name}`);
  }
}
