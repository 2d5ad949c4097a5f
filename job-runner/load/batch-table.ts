import { copyBatch, type BatchOutcome, type CopyRows } from '../copy/batch.ts';
import { RecordProblem } from '../copy/record-problem.ts';
import { refusedRow, type RefusedRow } from '../copy/refused-row.ts';
import type { Database } from '../database/connection.ts';
import { trySavepoint } from '../database/transaction.ts';
import { quoteIdentifier, quoteQualified, type TableName } from '../plan/sql.ts';
import type { TablePlan } from '../plan/table-plan.ts';

interface Check {
  readonly name: string;
  readonly expression: string;
}

/** In the schema of temporary tables, and named like a staging table, so that COPY's context is understood. */
const BATCH: TableName = { schema: 'pg_temp', name: 'staging_0000000000000000' };
const TABLE = quoteQualified(BATCH.schema, BATCH.name);

/**
 * A temporary table that is like the staging table but has none of its CHECKs. These are asked for all rows of a batch at once: row by row, each one that
 * is violated would cost a COPY of its own.
 */
export class BatchTable {
  readonly #db: Database;
  readonly #plan: TablePlan;
  readonly #staging: TableName;
  readonly #copyRows: CopyRows;
  readonly #checks: readonly Check[];

  private constructor(db: Database, plan: TablePlan, staging: TableName, copyRows: CopyRows, checks: readonly Check[]) {
    this.#db = db;
    this.#plan = plan;
    this.#staging = staging;
    this.#copyRows = copyRows;
    this.#checks = checks;
  }

  /**
   * Within the load's transaction, with which the table goes; undefined where the staging table has no CHECK, or the role may create no temporary
   * table.
   */
  static async create(
    db: Database,
    plan: TablePlan,
    staging: TableName,
    copyInto: (table: TableName) => CopyRows,
  ): Promise<BatchTable | undefined> {
    const { rows: checks } = await db.query<Check & Record<string, unknown>>(
      `SELECT conname AS name, pg_get_expr(conbin, conrelid) AS expression FROM pg_constraint
        WHERE conrelid = $1::regclass AND contype = 'c' ORDER BY conname`,
      [quoteQualified(staging.schema, staging.name)],
    );
    if (checks.length === 0) return undefined;
    const like = `LIKE ${quoteQualified(staging.schema, staging.name)} INCLUDING DEFAULTS INCLUDING GENERATED`;
    const order = `${orderColumn(plan)} bigint GENERATED ALWAYS AS IDENTITY`;
    const outcome = await trySavepoint(db, async () => {
      await db.query(`CREATE TEMPORARY TABLE ${TABLE} (${like}, ${order}) ON COMMIT DROP`);
    });
    return 'error' in outcome ? undefined : new BatchTable(db, plan, staging, copyInto(BATCH), checks);
  }

  /** Moves the rows that may be there into the staging table; undefined where a CHECK cannot be asked so, and then nothing is done. */
  async copy(rows: Buffer): Promise<BatchOutcome | undefined> {
    const outcome = await trySavepoint(this.#db, async () => {
      const byCopy = await copyBatch(rows, this.#copyRows, (row, failure) => refusedRow(row, failure, this.#plan));
      const isRefused = new Set(byCopy.refused.map(({ row }) => row));
      const total = byCopy.copied + byCopy.refused.length;
      const accepted = Array.from({ length: total }, (_, row) => row).filter((row) => !isRefused.has(row));
      const byChecks = await this.#askChecks(accepted);
      const copied = byCopy.copied - byChecks.length;
      await this.#move(copied);
      return { copied, refused: [...byCopy.refused, ...byChecks] };
    });
    return 'error' in outcome ? undefined : outcome.result;
  }

  /** `accepted` are the numbers of the rows that are in the table, in their order. */
  async #askChecks(accepted: readonly number[]): Promise<RefusedRow[]> {
    const names = this.#checks.map(({ expression }, index) => `WHEN NOT (${expression}) THEN ${index}`);
    const { rows } = await this.#db.query<{ rank: number; check: number }>(
      `SELECT rank, "check" FROM (SELECT row_number() OVER (ORDER BY ${orderColumn(this.#plan)})::int AS rank,
              CASE ${names.join(' ')} END AS "check" FROM ${TABLE}) AS checked WHERE "check" IS NOT NULL`,
    );
    return rows.map(({ rank, check }) => {
      const message = `the record violates the check constraint ${quoteIdentifier(this.#checks[check]?.name ?? '')}`;
      return { row: accepted[rank - 1] ?? -1, problemOf: (record) => new RecordProblem(record, 'Sql23514', message) };
    });
  }

  async #move(rows: number): Promise<void> {
    const columns = this.#plan.copyColumns.map(quoteIdentifier).join(', ');
    const hold = this.#checks.map(({ expression }) => `(${expression}) IS NOT FALSE`).join(' AND ');
    const { rowCount } = await this.#db.query(
      `INSERT INTO ${quoteQualified(this.#staging.schema, this.#staging.name)} (${columns})
       SELECT ${columns} FROM ${TABLE} WHERE ${hold} ORDER BY ${orderColumn(this.#plan)}`,
    );
    if (rowCount !== rows) throw new Error(`${rows} rows were to be moved, and ${rowCount} were`);
    await this.#db.query(`TRUNCATE ${TABLE}`);
  }
}

/** The column that has the order of the rows, under a name that no column of the table has. */
function orderColumn({ columns }: TablePlan): string {
  let name = 'row_order';
  while (columns.some((column) => column.name === name)) name += '_';
  return quoteIdentifier(name);
}
