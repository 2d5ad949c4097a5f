import { counted } from '../../crds/contract/counted.ts';
import { DataError, shorten, type Location, type RecordPrivacy } from '../../crds/contract/errors.ts';
import type { RejectSummary } from '../../crds/contract/report.ts';
import type { RejectLimits } from '../../crds/contract/task.ts';
import type { RejectedRecord } from '../copy/left-out.ts';
import type { RecordProblem } from '../copy/record-problem.ts';
import type { Database } from '../database/connection.ts';
import { exceededLimit, mayReject } from '../plan/reject-limits.ts';
import { strayRemark } from '../copy/stray-record.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import { keepFileFrame } from '../database/rejects.ts';
import { RejectRows } from './keep-rejects.ts';

/** Kept in memory before they are written. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const MAX_BUFFERED = 10_000;
const SUMMARIES = 3;
const SHOWN_VALUE = 1000;

/** What is said of the rejects. */
export interface RejectsContext {
  readonly location: Location;
  /** Whether the summaries may have values. */
  readonly records: RecordPrivacy;
  readonly format: CopyFormat;
  /** How the database can store a text. */
  readonly storable: (text: string) => string;
}

/** As the ledger keeps it. */
export function shownValue(value: string | undefined): string | undefined {
  return value === undefined ? undefined : shorten(value, SHOWN_VALUE);
}

/** The records that one load leaves out: written to the ledger's rejects in the load's own transaction, and no more than its limits. */
export class LoadRejects {
  readonly #limits: RejectLimits;
  readonly #context: RejectsContext;
  readonly #ledgerSchema: string;
  readonly #loadId: string;
  readonly #rows: RejectRows;
  readonly #summaries: RejectSummary[] = [];
  #first: { readonly problem: RecordProblem; readonly line: number } | undefined;
  #count = 0;

  constructor(limits: RejectLimits, context: RejectsContext, ledgerSchema: string, loadId: string) {
    this.#limits = limits;
    this.#context = context;
    this.#ledgerSchema = ledgerSchema;
    this.#loadId = loadId;
    this.#rows = new RejectRows(loadId, context.storable);
  }

  get count(): number {
    return this.#count;
  }

  /** The first ones, for the status. */
  get summaries(): readonly RejectSummary[] {
    return this.#summaries;
  }

  readonly take = ({ record, linesBefore, offset, bytes, problem: found }: RejectedRecord): void => {
    const problem = found.with(strayRemark(bytes, this.#context.format));
    const line = linesBefore + 1;
    this.#first ??= { problem, line };
    this.#count++;
    // All that may follow could be good: the share is known only at the end.
    this.check(Infinity);
    const { column, value, code, sqlState, message: reason } = problem;
    this.#rows.add({
      ...{ record: record + 1, line, byteOffset: offset },
      ...{ column, value: shownValue(value), code, sqlState, reason, raw: bytes },
    });
    if (this.#summaries.length < SUMMARIES)
      this.#summaries.push({ line, column, code, reason: shorten(this.#shown(problem)) });
  };

  /** Whether there is so much in memory that it should be written. */
  isDue(): boolean {
    return this.#rows.bytes > MAX_BUFFERED_BYTES || this.#rows.count >= MAX_BUFFERED;
  }

  /** Within the load's transaction. */
  async keep(db: Database): Promise<void> {
    await this.#rows.keep(db, this.#ledgerSchema);
  }

  /** Within the load's transaction, after its ledger row. */
  async keepFileFrame(db: Database, header: Buffer | undefined, recordTerminator: string): Promise<void> {
    if (this.#count === 0) return;
    await keepFileFrame(db, this.#ledgerSchema, this.#loadId, { header, recordEnd: recordTerminator || '\n' });
  }

  /** Throws where the rejects are too many for so many records, if the file can have so many. */
  check(records: number): void {
    const exceeded = exceededLimit(this.#count, records, this.#limits);
    if (exceeded === undefined) return;
    const first = this.#first;
    const place = first && {
      line: first.line,
      ...(first.problem.column === undefined ? {} : { column: first.problem.column }),
    };
    const location = { ...this.#context.location, ...place };
    if (first !== undefined && !mayReject(this.#limits)) {
      const { code, message: reason, withoutValues: hidden } = first.problem;
      throw new DataError(code, reason, location, hidden === undefined ? {} : { withoutValues: hidden });
    }
    const message = `${counted(this.#count, 'record')} or more cannot be loaded, and ${exceeded}; the first one: `;
    const { message: reason = '', withoutValues = reason } = first?.problem ?? {};
    throw new DataError('TooManyRejects', message + reason, location, { withoutValues: message + withoutValues });
  }

  #shown({ message, withoutValues = message }: RecordProblem): string {
    return this.#context.records === 'Shown' ? message : withoutValues;
  }
}
