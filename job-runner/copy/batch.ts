import { SplitRows } from './batch-rows.ts';
import type { CopyFailure } from './copy-failure.ts';
import type { RefusedRow } from './refused-row.ts';

/** What became of the rows of a batch. */
export interface BatchOutcome {
  readonly copied: number;
  readonly refused: readonly RefusedRow[];
}

/** Copies rows; the failure where PostgreSQL refuses one of them, and then none of them is in the table. */
export type CopyRows = (rows: Buffer) => Promise<CopyFailure | undefined>;

/** Rows that are copied at a time after one of them was refused. */
const MIN_ROWS = 16;
/** Rows before a refused one that are copied again with those behind it; more are copied by themselves. */
const MAX_REPEATED_ROWS = 64;
const GROWTH = 4;

/**
 * Copies those rows of COPY's text format that PostgreSQL takes; `describe` says why it refuses another. Each refused row costs two or three COPYs of a few rows, so the time is
 * linear in their number.
 */
export async function copyBatch(
  rows: Buffer,
  copyRows: CopyRows,
  describe: (row: number, failure: CopyFailure) => RefusedRow,
): Promise<BatchOutcome> {
  const refused: RefusedRow[] = [];
  const split = new SplitRows(rows, 'text');
  const { count } = split;
  const isRefused = new Uint8Array(count);
  let [from, to, window, copied, lastRefused] = [0, count, count, 0, 0];
  while (from < count) {
    const sent = [];
    for (let row = from; row < to; row++) if (isRefused[row] === 0) sent.push(row);
    const failure = sent.length === 0 ? undefined : await copyRows(split.at(sent));
    if (failure === undefined) {
      copied += sent.length;
      window = Math.min(window * GROWTH, count);
      [from, to] = [to, Math.min(to + window, count)];
      continue;
    }
    if (failure.isOfUnknownRow && sent.length > 1) {
      to = sent[sent.length >> 1] ?? to;
      continue;
    }
    const row = sent[failure.isOfUnknownRow ? 0 : (failure.record ?? -1)];
    if (row === undefined) throw failure;
    refused.push(describe(row, failure));
    isRefused[row] = 1;
    window = Math.max(MIN_ROWS, 2 * (row - lastRefused));
    lastRefused = row;
    to = row - from > MAX_REPEATED_ROWS ? row : Math.min(row + 1 + window, count);
  }
  return { copied, refused };
}
