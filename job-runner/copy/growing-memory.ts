import type { CopyFormat } from '../plan/table-plan.ts';
import { NotForBinary } from './doubtful-values.ts';
import { RecordProblem } from './record-problem.ts';
import { RowMemory, type BufferSizes, type ColumnKind } from './row-memory.ts';

/** The longest record that may continue in the next chunk. In text the memory grows to the second one. */
const KEPT_RECORD_BYTES = 256 * 1024;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const GROWTH = 4;

/** What each memory is set up with. */
export interface MemoryBegin {
  readonly format: CopyFormat;
  readonly kinds: readonly ColumnKind[];
  readonly isText: boolean;
  /** The most bytes of output for each byte of input. */
  readonly expansion: number;
}

const COUNTERS = ['records', 'carriageReturns', 'foreignEscapes', 'withoutOffset'] as const;
type Counter = (typeof COUNTERS)[number];

/** The memory of a converter, which a larger one follows where a record needs it. */
export class GrowingMemory {
  readonly #sizes: BufferSizes;
  #begin: MemoryBegin;
  #recordBytes = KEPT_RECORD_BYTES;
  #current: RowMemory;
  /** Memories that were too small and whose outputs may still be waiting for a socket. */
  readonly #outgrown: RowMemory[] = [];
  /** What they have counted. */
  readonly #before: Record<Counter, number> = {
    records: 0,
    carriageReturns: 0,
    foreignEscapes: 0,
    withoutOffset: 0,
  };
  #stop: number | undefined;

  constructor(sizes: BufferSizes, begin: MemoryBegin) {
    this.#sizes = sizes;
    this.#begin = begin;
    this.#current = this.#create();
  }

  get current(): RowMemory {
    return this.#current;
  }

  /** Of the whole file so far. */
  count(counter: Counter): number {
    return this.#before[counter] + (this.#current.exports[counter].value >>> 0);
  }

  /** The columns, with what their values have shown (`RowMemory.columnsNow`). */
  get columnsNow(): readonly ColumnKind[] {
    return this.#current.columnsNow(this.#begin.kinds);
  }

  /** Stops before the record of this number, from 0. */
  stopBefore(record: number): void {
    this.#stop = record;
    this.#current.exports.setMaxRecords(record - this.#before.records);
  }

  get isStopped(): boolean {
    return this.count('records') === this.#stop;
  }

  /** Keeps the bytes of the record of this number, which is not whole yet, before what is read next. What was put out stays where it is. */
  keep(from: number, end: number, record: number): void {
    const { bytes, input } = this.#current;
    if (end - from <= this.#recordBytes) {
      bytes.copyWithin(input - (end - from), from, end);
      return;
    }
    const kept = bytes.subarray(from, end);
    this.#grow(record);
    kept.copy(this.#current.bytes, this.#current.input - kept.length);
  }

  #grow(record: number): void {
    if (!this.#begin.isText) throw new NotForBinary(`record ${record + 1} is longer than ${this.#recordBytes} bytes`);
    if (this.#recordBytes >= MAX_RECORD_BYTES) {
      const message = `the record is longer than ${MAX_RECORD_BYTES} bytes: check spec.format.quote, spec.format.escape and the line ends, or recreate the dump`;
      throw new RecordProblem(record, 'RecordTooLong', message);
    }
    for (const counter of COUNTERS) this.#before[counter] = this.count(counter);
    this.#begin = { ...this.#begin, kinds: this.columnsNow };
    this.#recordBytes *= GROWTH;
    this.#outgrown.push(this.#current);
    this.#current = this.#create();
  }

  #create(): RowMemory {
    const { format, kinds, isText, expansion } = this.#begin;
    const memory = new RowMemory(this.#sizes, { recordBytes: this.#recordBytes, expansion });
    memory.begin(format, kinds, isText);
    if (this.#stop !== undefined) memory.exports.setMaxRecords(this.#stop - this.#before.records);
    return memory;
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    // The first one has the size that the next table takes over; larger ones are left to the garbage collector.
    (this.#outgrown[0] ?? this.#current).release();
  }
}
