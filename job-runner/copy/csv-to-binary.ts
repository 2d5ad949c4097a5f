import { readFileSync } from 'node:fs';
import type { CopyFormat } from '../plan/table-plan.ts';
import { ConverterPool, type BufferSizes } from './converter-pool.ts';
import { isLatin1, isUtf8 } from '../plan/encodings.ts';

/** A value or a record that only PostgreSQL itself can read, or a record that is too long to be kept: the table is for the text format. */
export class NotForBinary extends Error {
  /** The record, from 1, and the column, from 1, if it is one value. */
  constructor(record: number, column: number) {
    super(
      column === 0 ? `record ${record} is longer than ${MAX_RECORD_BYTES} bytes` : `record ${record}, column ${column}`,
    );
  }
}

/** The longest record that may go on beyond a chunk. */
const MAX_RECORD_BYTES = 256 * 1024;

/**
 * Turns CSV, as COPY reads it, into COPY's binary format while it streams. What the server would do for each value is done by WebAssembly,
 * `webassembly/csv/csv-to-binary.ts`: 0.13 s of CPU for 100 MB, which spares the server 0.6 of 1.4 (docs/benchmarks.md).
 */
export class CsvToBinary implements BufferSizes {
  readonly chunkBytes: number;
  readonly regions: number;
  readonly #module: Module;
  readonly #memory: Buffer;
  /** Where a chunk is put; the begun record that the one before has left stands before it. */
  readonly #input: number;
  readonly #output: number;
  readonly #regionBytes: number;
  #left = 0;

  private constructor({ chunkBytes, regions }: BufferSizes) {
    const recordBytes = MAX_RECORD_BYTES + chunkBytes + MARGIN;
    this.chunkBytes = chunkBytes;
    this.regions = regions;
    this.#input = SETTINGS_BYTES + recordBytes + MAX_RECORD_BYTES;
    this.#output = this.#input + chunkBytes + MARGIN;
    this.#regionBytes = EXPANSION * recordBytes;
    this.#module = new WebAssembly.Instance(compiled(), {}).exports as unknown as Module;
    const { memory } = this.#module;
    memory.grow(
      Math.ceil((this.#output + regions * this.#regionBytes) / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES,
    );
    this.#memory = Buffer.from(memory.buffer);
  }

  /** One for a new file. */
  static acquire(format: CopyFormat, kinds: Uint8Array, measures: BufferSizes): CsvToBinary {
    if (!canBeBinary(format)) throw new Error('this format cannot be read here');
    const converter = kept.take(measures) ?? new CsvToBinary(measures);
    converter.#begin(format, kinds);
    return converter;
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    kept.keep(this);
  }

  /** What has come to whole records with this chunk; it lies in the region until the next call with it. */
  convert(chunk: Uint8Array, region: number): Buffer {
    if (chunk.length > this.chunkBytes)
      throw new Error(`a chunk of ${chunk.length} bytes, where ${this.chunkBytes} were announced`);
    this.#memory.set(chunk, this.#input);
    return this.#convert(chunk.length, region);
  }

  /** What the last record becomes, if it had no line end. */
  end(region: number): Buffer {
    if (this.#left === 0) return Buffer.alloc(0);
    const lineEnd = this.#module.lineEndBytes.value === 2 ? '\r\n' : '\n';
    this.#memory.write(lineEnd, this.#input, 'latin1');
    return this.#convert(lineEnd.length, region);
  }

  get records(): number {
    return this.#module.records.value >>> 0;
  }

  /** Whether a record has begun and is not whole: after `end`, one within quotes. */
  get isInRecord(): boolean {
    return this.#left > 0;
  }

  #convert(bytes: number, region: number): Buffer {
    const { consumed, refused } = this.#module;
    const out = this.#output + region * this.#regionBytes;
    const end = this.#input + bytes;
    const outEnd = this.#module.convert(this.#input - this.#left, end, out);
    if (refused.value !== 0) throw new NotForBinary(this.records + 1, refused.value);
    this.#left = end - consumed.value;
    if (this.#left > MAX_RECORD_BYTES) throw new NotForBinary(this.records + 1, 0);
    this.#memory.copyWithin(this.#input - this.#left, consumed.value, end);
    return this.#memory.subarray(out, outEnd);
  }

  #begin(format: CopyFormat, kinds: Uint8Array): void {
    const module = this.#module;
    this.#left = module.records.value = module.lineEndBytes.value = 0;
    const nullMarker = Buffer.from(format.nullMarker, 'latin1');
    const powers = new Float64Array(16).map((_, exponent) => 10 ** exponent);
    // Numbers are read with the bytes before them.
    let free = MARGIN;
    const place = (bytes: Uint8Array): number => {
      this.#memory.set(bytes, free);
      free += bytes.length;
      return free - bytes.length;
    };
    module.powers.value = place(new Uint8Array(powers.buffer));
    module.months.value = place(new Uint8Array(monthTable(module).buffer));
    module.marker.value = place(nullMarker);
    module.markerBytes.value = nullMarker.length;
    module.kinds.value = place(kinds);
    module.columns.value = kinds.length;
    module.delimiter.value = format.delimiter.charCodeAt(0);
    module.quote.value = format.quote === '' ? NOTHING : format.quote.charCodeAt(0);
    module.escape.value =
      format.escape === '' || format.quote === '' ? module.quote.value : format.escape.charCodeAt(0);
    module.isLatin1.value = isLatin1(format.encoding) ? 1 : 0;
    module.scratch.value = SETTINGS_BYTES;
    if (free > SETTINGS_BYTES - MARGIN) throw new Error('the settings take more room than they have');
  }
}

const kept = new ConverterPool<CsvToBinary>();

/** Whether what ends a field and what is NULL are bytes that can be looked for, and texts can go as UTF-8. */
export function canBeBinary({ delimiter, quote, escape, nullMarker, encoding }: CopyFormat): boolean {
  // eslint-disable-next-line no-control-regex -- any ASCII character may delimit
  const ascii = /^[\x01-\x7f]$/.test(delimiter) && [quote, escape].every((text) => /^[\x01-\x7f]?$/.test(text));
  return ascii && /^[\x20-\x7e]{0,255}$/.test(nullMarker) && (isLatin1(encoding) || isUtf8(encoding));
}

interface Module {
  readonly memory: WebAssembly.Memory;
  readonly columns: WebAssembly.Global;
  readonly kinds: WebAssembly.Global;
  readonly marker: WebAssembly.Global;
  readonly markerBytes: WebAssembly.Global;
  readonly powers: WebAssembly.Global;
  readonly months: WebAssembly.Global;
  readonly scratch: WebAssembly.Global;
  readonly delimiter: WebAssembly.Global;
  readonly quote: WebAssembly.Global;
  readonly escape: WebAssembly.Global;
  readonly isLatin1: WebAssembly.Global;
  readonly records: WebAssembly.Global;
  readonly consumed: WebAssembly.Global;
  readonly refused: WebAssembly.Global;
  readonly lineEndBytes: WebAssembly.Global;
  monthSlot(letters: number): number;
  convert(start: number, end: number, output: number): number;
}

/** A field of one digit and its delimiter, as numeric: 14 bytes, and 2 more for each record. */
const EXPANSION = 8;
/** What is read and written beyond an edge. */
const MARGIN = 32;
/** 1,600 columns, the null marker, and the rest. */
const SETTINGS_BYTES = 4096;
const PAGE_BYTES = 65536;
/** As `webassembly/csv/settings.ts` has it. */
const NOTHING = 256;

/** As MSSQL spells them. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function monthTable(module: Module): Uint32Array {
  const table = new Uint32Array(16);
  for (const [index, name] of MONTHS.entries()) {
    const letters = Buffer.from(`${name}\0`).readUInt32LE();
    table[module.monthSlot(letters)] = letters | ((index + 1) << 24);
  }
  return table;
}

let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(new URL('../webassembly/csv-to-binary.wasm', import.meta.url)));
  return module;
}
