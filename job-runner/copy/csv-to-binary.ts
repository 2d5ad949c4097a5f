import { isLatin1, isUtf8 } from '../plan/encodings.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import { BINARY_EXPANSION, MAX_NULL_MARKER_BYTES } from '../webassembly/abi.ts';
import { CsvMemory, type BufferSizes } from './csv-memory.ts';

/** A value or record that only PostgreSQL can read, or a record that is too long: the table needs the text format. */
export class NotForBinary extends Error {
  /** The record, from 1, and the column, from 1, if it is one value. */
  constructor(record: number, column: number) {
    super(
      column === 0 ? `record ${record} is longer than ${MAX_RECORD_BYTES} bytes` : `record ${record}, column ${column}`,
    );
  }
}

/** The longest record that may continue in the next chunk. */
const MAX_RECORD_BYTES = 256 * 1024;

/**
 * Turns CSV, as COPY reads it, into COPY's binary format while it streams. `webassembly/csv/binary.ts` does for each
 * value what the server would do: 0.13 s of CPU for 100 MB, which saves the server 0.6 of 1.4 (docs/benchmarks.md).
 */
export class CsvToBinary {
  readonly #memory: CsvMemory;
  /** Bytes of an incomplete record, before the input. */
  #kept = 0;

  private constructor(format: CopyFormat, kinds: Uint8Array, sizes: BufferSizes) {
    this.#memory = new CsvMemory(sizes, { recordBytes: MAX_RECORD_BYTES, expansion: BINARY_EXPANSION });
    this.#memory.begin(format, kinds);
  }

  /** One for a new file. */
  static acquire(format: CopyFormat, kinds: Uint8Array, sizes: BufferSizes): CsvToBinary {
    if (!canBeBinary(format)) throw new Error('this format cannot be written as binary');
    return new CsvToBinary(format, kinds, sizes);
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    this.#memory.release();
  }

  /** The records that end in this chunk. They stay in the slot until the next call for the slot. */
  convert(chunk: Uint8Array, slot: number): Buffer {
    this.#memory.writeChunk(chunk);
    return this.#convert(chunk.length, slot);
  }

  /** The last record, if it has no line end. */
  end(slot: number): Buffer {
    if (this.#kept === 0) return Buffer.alloc(0);
    const lineEnd = Buffer.from(this.#memory.exports.lineEndBytes.value === 2 ? '\r\n' : '\n');
    this.#memory.writeChunk(lineEnd);
    return this.#convert(lineEnd.length, slot);
  }

  get records(): number {
    return this.#memory.exports.records.value >>> 0;
  }

  /** Whether a record is incomplete: after `end`, one within quotes. */
  get isInRecord(): boolean {
    return this.#kept > 0;
  }

  #convert(chunkBytes: number, slot: number): Buffer {
    const { exports, input, bytes } = this.#memory;
    const end = input + chunkBytes;
    const output = this.#memory.fillSlot(slot, (start, limit) =>
      exports.toBinary(input - this.#kept, end, start, limit),
    );
    if (exports.refused.value !== 0) throw new NotForBinary(this.records + 1, exports.refused.value);
    const consumed = exports.consumed.value;
    this.#kept = end - consumed;
    if (this.#kept > MAX_RECORD_BYTES) throw new NotForBinary(this.records + 1, 0);
    bytes.copyWithin(input - this.#kept, consumed, end);
    return output;
  }
}

/** Whether delimiter, quote, escape and null marker are ASCII, and texts can be sent as UTF-8. */
export function canBeBinary({ delimiter, quote, escape, nullMarker, encoding }: CopyFormat): boolean {
  // eslint-disable-next-line no-control-regex -- any ASCII character may delimit
  const ascii = /^[\x01-\x7f]$/.test(delimiter) && [quote, escape].every((text) => /^[\x01-\x7f]?$/.test(text));
  return (
    ascii &&
    /^[\x20-\x7e]*$/.test(nullMarker) &&
    nullMarker.length <= MAX_NULL_MARKER_BYTES &&
    (isLatin1(encoding) || isUtf8(encoding))
  );
}
