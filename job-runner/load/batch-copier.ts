import { copyBatch, type BatchOutcome, type CopyRows } from '../copy/batch.ts';
import { SplitRows } from '../copy/batch-rows.ts';
import type { Batch, CopiedBatch } from '../copy/copy-in-batches.ts';
import { FRAMES } from '../copy/copy-input.ts';
import { refusedRow } from '../copy/refused-row.ts';
import type { AskedRow } from '../plan/key-question.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { copyStatement, type CopyStatementFormat } from '../plan/statements.ts';
import { BatchQuestion } from './batch-question.ts';
import { BatchTable } from './batch-table.ts';
import { copyRows, type CopyInto } from './copy-rows.ts';
import { readTableRules } from './judged-table.ts';
import type { Load } from './load.ts';

/**
 * Copies batches into the staging table without the rows that PostgreSQL refuses. In a batch that may have such rows, those that violate what can be asked
 * of all rows at once are found first; the others are copied as they would be in a single COPY, and only the ones that were found, if these are all, are
 * looked at more closely.
 */
export class BatchCopier {
  readonly #load: Load;
  readonly #format: CopyStatementFormat;
  readonly #intoStaging: CopyRows;
  readonly #textIntoStaging: CopyRows;
  readonly #table: BatchTable | undefined;
  readonly #question: BatchQuestion | undefined;
  /** Where the last batch had a row that is refused, the next one will have one, too. */
  #isSuspect = true;

  private constructor(
    load: Load,
    { staging, copy: { format } }: LoadSteps,
    copyInto: CopyInto,
    asking: { readonly table?: BatchTable | undefined; readonly question?: BatchQuestion | undefined },
  ) {
    this.#load = load;
    this.#format = format;
    this.#intoStaging = copyInto(staging, format);
    this.#textIntoStaging = copyInto(staging, 'text');
    this.#table = asking.table;
    this.#question = asking.question;
  }

  static async create(load: Load, steps: LoadSteps): Promise<BatchCopier> {
    const { db, plan } = load;
    const copyInto: CopyInto = (table, format, copyColumns = plan.copyColumns) => {
      const statement = copyStatement({ ...plan, copyColumns }, table, format);
      return (rows) => copyRows(db, statement, FRAMES[format], rows);
    };
    const rules = await readTableRules(db, plan, steps.staging);
    const asking = rules && {
      table: await BatchTable.create(db, plan, steps, rules, copyInto),
      question: await BatchQuestion.create(db, plan, steps, rules, copyInto),
    };
    return new BatchCopier(load, steps, copyInto, asking ?? {});
  }

  /** What needs no connection is done at once, and the rest by what is returned. */
  prepare(batch: Batch): () => Promise<CopiedBatch> {
    const split = new SplitRows(batch.rows, this.#format);
    const makeFields = this.#question?.prepare(split);
    const fields = this.#isSuspect ? makeFields?.() : undefined;
    return () => this.#copy(batch, split, () => fields ?? makeFields?.());
  }

  async #copy(batch: Batch, split: SplitRows, fieldsOf: () => Buffer | undefined): Promise<CopiedBatch> {
    const fields = this.#isSuspect ? fieldsOf() : undefined;
    const atOnce = await this.#copyAtOnce(batch, split, fields);
    if (atOnce !== undefined) return atOnce;
    const outcome = await this.#copyEach(this.#isText ? batch.rows : batch.textOf());
    return { ...outcome, loaded: () => split.without(outcome.refused.map(({ row }) => row)) };
  }

  get #isText(): boolean {
    return this.#format === 'text';
  }

  async end(): Promise<void> {
    await this.#table?.drop();
    await this.#question?.drop();
  }

  /** Undefined where there is a row that is refused for something else than is asked of all, and then nothing is done. */
  async #copyAtOnce(batch: Batch, split: SplitRows, fields: Buffer | undefined): Promise<CopiedBatch | undefined> {
    const found = fields === undefined ? [] : await this.#question?.find(fields);
    if (found === undefined) return undefined;
    const numbers = found.map(({ row }) => row);
    const others = split.without(numbers);
    if (others.length > 0 && (await this.#intoStaging(others)) !== undefined) return undefined;
    if (found.length === 0) {
      this.#isSuspect = false;
      return { copied: batch.count, refused: [], loaded: () => others };
    }
    const textOf = (rows: readonly number[]) => (this.#isText ? split.at(rows) : batch.textOf(rows));
    const asFound = await this.#table?.refuse(split.at(numbers), found, textOf);
    if (asFound !== undefined) return { copied: batch.count - found.length, refused: asFound, loaded: () => others };
    const { copied, refused: ofThese } = await this.#copyEach(textOf(numbers), found);
    const refused = ofThese.map(({ row, problemOf }) => ({ row: numbers[row] ?? -1, problemOf }));
    const loaded = () => (copied === 0 ? others : split.without(refused.map(({ row }) => row)));
    return { copied: batch.count - found.length + copied, refused, loaded };
  }

  /** Of COPY's text format, which alone shows the value that is refused. */
  async #copyEach(rows: Buffer, found?: readonly AskedRow[]): Promise<BatchOutcome> {
    const byTable = await this.#table?.copy(rows, found);
    this.#isSuspect = byTable !== undefined && byTable.refused.length > 0;
    const { plan } = this.#load;
    return byTable ?? (await copyBatch(rows, this.#textIntoStaging, (row, failure) => refusedRow(row, failure, plan)));
  }
}
