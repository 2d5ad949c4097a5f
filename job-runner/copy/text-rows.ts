import { CHUNK_BYTES } from '../dump/unpacker.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { createCopyInput } from './copy-input.ts';
import { LeftOut } from './left-out.ts';
import type { RowConverter } from './row-converter.ts';

/** Turns records that were read before into rows of COPY's text format, which alone shows their values. */
export class TextRows {
  readonly #plan: TablePlan;
  #converter: RowConverter | undefined;

  constructor(plan: TablePlan) {
    this.#plan = plan;
  }

  /** Each record with its end. */
  of(records: readonly Buffer[]): Buffer {
    const converter = (this.#converter ??= this.#createConverter());
    const before = converter.rows;
    const bytes = Buffer.concat(records);
    const rows = [];
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      rows.push(Buffer.from(converter.convert(bytes.subarray(at, at + CHUNK_BYTES), 0)));
    const count = converter.rows - before;
    if (count !== records.length) throw new Error(`${records.length} records were read again as ${count} rows`);
    return Buffer.concat(rows);
  }

  release(): void {
    this.#converter?.release();
  }

  #createConverter(): RowConverter {
    const leftOut = new LeftOut(this.#plan.format, { linesBefore: 0, bytesBefore: 0 });
    return createCopyInput(this.#plan, 'text', { chunkBytes: CHUNK_BYTES, outputSlots: 1 }, leftOut).converter;
  }
}
