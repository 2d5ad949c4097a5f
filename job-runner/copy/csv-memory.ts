import type { CopyFormat } from '../plan/table-plan.ts';
import { isLatin1 } from '../plan/encodings.ts';
import {
  KINDS,
  MARGIN_BYTES,
  MAX_COLUMNS,
  MAX_NULL_MARKER_BYTES,
  NO_BYTE,
  NULL_MARKER,
  SCRATCH,
  TEXT_MARGIN_BYTES,
} from '../webassembly/abi.ts';
import type { Instance } from '../webassembly/loader.ts';
import { InstancePool } from '../webassembly/pool.ts';

/** The most bytes of a chunk of input, and how many outputs there can be at a time. */
export interface BufferSizes {
  readonly chunkBytes: number;
  readonly outputSlots: number;
}

/** What a conversion needs beyond its chunks. */
export interface MemoryNeeds {
  /** The longest record that may be kept before the next chunk. */
  readonly recordBytes: number;
  /** The most bytes of output for each byte of input. */
  readonly expansion: number;
}

/** Exports of `webassembly/csv/csv.ts`. */
interface CsvExports {
  readonly records: WebAssembly.Global;
  readonly lines: WebAssembly.Global;
  readonly consumed: WebAssembly.Global;
  readonly refused: WebAssembly.Global;
  readonly lineEndBytes: WebAssembly.Global;
  readonly inside: WebAssembly.Global;
  readonly isMarkerWithQuotes: WebAssembly.Global;
  begin(
    columns: number,
    delimiter: number,
    quote: number,
    escape: number,
    nullMarkerBytes: number,
    isLatin1: boolean,
  ): void;
  toBinary(start: number, end: number, output: number, outputEnd: number): number;
  toText(start: number, end: number, output: number, outputEnd: number): number;
  endText(outputEnd: number): void;
}

const pool = new InstancePool<CsvExports>('csv.wasm', {
  records: 'global',
  lines: 'global',
  consumed: 'global',
  refused: 'global',
  lineEndBytes: 'global',
  inside: 'global',
  isMarkerWithQuotes: 'global',
  begin: 'function',
  toBinary: 'function',
  toText: 'function',
  endText: 'function',
});

/**
 * The module csv.wasm, set up for one file, and its memory: the input, and the slots of the outputs.
 * webassembly/README.md draws it.
 */
export class CsvMemory {
  readonly exports: CsvExports;
  readonly bytes: Buffer;
  /** Where a chunk is put; what is kept of the one before stands before it. */
  readonly input: number;
  readonly #instance: Instance<CsvExports>;
  readonly #sizes: BufferSizes;
  readonly #firstSlot: number;
  readonly #slotBytes: number;

  constructor(sizes: BufferSizes, { recordBytes, expansion }: MemoryNeeds) {
    const { chunkBytes, outputSlots } = sizes;
    this.#sizes = sizes;
    // A record is kept before the input, and a field of it may be as long in the scratch memory.
    const inputBytes = recordBytes + chunkBytes;
    this.input = SCRATCH + inputBytes + MARGIN_BYTES + recordBytes;
    this.#firstSlot = this.input + chunkBytes + MARGIN_BYTES;
    this.#slotBytes = expansion * inputBytes + TEXT_MARGIN_BYTES + MARGIN_BYTES;
    this.#instance = pool.acquire();
    this.#instance.grow(this.#firstSlot + outputSlots * this.#slotBytes);
    this.exports = this.#instance.exports;
    this.bytes = this.#instance.bytes;
  }

  begin({ delimiter, quote, escape, nullMarker, encoding }: CopyFormat, kinds: Uint8Array): void {
    if (kinds.length > MAX_COLUMNS || nullMarker.length > MAX_NULL_MARKER_BYTES)
      throw new Error('more columns, or a longer null marker, than the module takes');
    this.bytes.set(kinds, KINDS);
    this.bytes.write(nullMarker, NULL_MARKER, 'latin1');
    const quoteByte = quote === '' ? NO_BYTE : quote.charCodeAt(0);
    const escapeByte = quote === '' || escape === '' ? quoteByte : escape.charCodeAt(0);
    this.exports.begin(
      kinds.length,
      delimiter.charCodeAt(0),
      quoteByte,
      escapeByte,
      nullMarker.length,
      isLatin1(encoding),
    );
  }

  writeChunk(chunk: Uint8Array): void {
    const { chunkBytes } = this.#sizes;
    if (chunk.length > chunkBytes)
      throw new Error(`a chunk of ${chunk.length} bytes, where ${chunkBytes} are expected`);
    this.bytes.set(chunk, this.input);
  }

  /**
   * Calls `write` with where the slot's output begins and ends; returns the output, which lies there until the slot is
   * used again.
   */
  fillSlot(slot: number, write: (start: number, end: number) => number): Buffer {
    if (slot >= this.#sizes.outputSlots) throw new Error(`there is no output slot ${slot}`);
    const start = this.#firstSlot + slot * this.#slotBytes;
    const end = start + this.#slotBytes - MARGIN_BYTES;
    return this.#instance.output(start, write(start, end), end);
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    pool.release(this.#instance);
  }
}
