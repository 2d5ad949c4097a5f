import { encodeText, highCharacters } from '../plan/encoded-text.ts';
import { multibyteFamily, type MultibyteFamily } from '../plan/encodings.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
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

/** What the module must know of a column. */
export interface ColumnKind {
  /** One of `KIND_…`. */
  readonly kind: number;
  /** Digits behind the point, or characters, that a value keeps. */
  readonly bound: number;
  /** The encoding of its values, where that is not the file's. */
  readonly encoding?: string | undefined;
  /** Whether a record with NULL in it is stopped at. */
  readonly stopsAtNull?: boolean;
}

/** Exports of `webassembly/csv/csv.ts`. */
interface RowExports {
  readonly records: WebAssembly.Global;
  readonly carriageReturns: WebAssembly.Global;
  readonly foreignEscapes: WebAssembly.Global;
  readonly withoutOffset: WebAssembly.Global;
  readonly consumed: WebAssembly.Global;
  readonly problem: WebAssembly.Global;
  readonly problemColumn: WebAssembly.Global;
  readonly valueStart: WebAssembly.Global;
  readonly valueEnd: WebAssembly.Global;
  readonly hasAnswers: WebAssembly.Global;
  begin(
    columns: number,
    delimiterBytes: number,
    terminatorBytes: number,
    lineEndsInFields: boolean,
    quote: number,
    escape: number,
    backslash: number,
    nullMarkerBytes: number,
    family: number,
    quotedNull: boolean,
    nulIsEmpty: boolean,
    trailingDelimiter: boolean,
    isText: boolean,
    characters: number,
    hasColumnEncodings: boolean,
  ): void;
  countHighControls(start: number, end: number): number;
  countLineFeeds(start: number, end: number): number;
  recordEnd(start: number, end: number): number;
  setMaxRecords(count: number): void;
  skipRecord(end: number): number;
  toRows(start: number, end: number, output: number, outputEnd: number): number;
  useAnswers(): void;
}

const pool = new InstancePool<RowExports>('csv.wasm', {
  records: 'global',
  carriageReturns: 'global',
  foreignEscapes: 'global',
  withoutOffset: 'global',
  consumed: 'global',
  problem: 'global',
  problemColumn: 'global',
  valueStart: 'global',
  valueEnd: 'global',
  hasAnswers: 'global',
  begin: 'function',
  countHighControls: 'function',
  countLineFeeds: 'function',
  recordEnd: 'function',
  setMaxRecords: 'function',
  skipRecord: 'function',
  toRows: 'function',
  useAnswers: 'function',
});

const BACKSLASHES: Readonly<Record<CopyFormat['backslash'], number>> = {
  IsData: abi.BACKSLASH_IS_DATA,
  Escapes: abi.BACKSLASH_ESCAPES,
  EscapesLikeCopy: abi.BACKSLASH_OF_COPY,
  IsRefused: abi.BACKSLASH_IS_REFUSED,
};

const FAMILIES: Readonly<Record<MultibyteFamily, number>> = {
  Big5: abi.FAMILY_TWO_BYTES,
  Gb18030: abi.FAMILY_GB18030,
  Gbk: abi.FAMILY_TWO_BYTES,
  Johab: abi.FAMILY_JOHAB,
  Sjis: abi.FAMILY_SJIS,
  Uhc: abi.FAMILY_TWO_BYTES,
};

/** The module csv.wasm, set up for one file, and its memory: the input, and the slots of the outputs. webassembly/README.md draws it. */
export class RowMemory {
  readonly exports: RowExports;
  readonly bytes: Buffer;
  /** Where a chunk is put; what is kept of the one before stands before it. */
  readonly input: number;
  readonly #instance: Instance<RowExports>;
  readonly #sizes: BufferSizes;
  readonly #firstSlot: number;
  readonly #slotBytes: number;
  /** Behind the spellings of the record that has stopped. */
  #spellingsEnd = abi.SPELLINGS;

  constructor(sizes: BufferSizes, { recordBytes, expansion }: MemoryNeeds) {
    const { chunkBytes, outputSlots } = sizes;
    this.#sizes = sizes;
    // A record is kept before the input, and a field of it may be as long in the scratch memory.
    const inputBytes = recordBytes + chunkBytes;
    this.input = abi.SCRATCH + inputBytes + abi.MARGIN_BYTES + recordBytes;
    this.#firstSlot = this.input + chunkBytes + abi.MARGIN_BYTES;
    this.#slotBytes = expansion * inputBytes + 2 * abi.MARGIN_BYTES;
    this.#instance = pool.acquire();
    this.#instance.grow(this.#firstSlot + outputSlots * this.#slotBytes);
    this.exports = this.#instance.exports;
    this.bytes = this.#instance.bytes;
  }

  begin(format: CopyFormat, columns: readonly ColumnKind[], isText: boolean): void {
    const { quote, escape, backslash, encoding } = format;
    const [delimiter, terminator] = [Buffer.from(format.delimiter), Buffer.from(format.recordTerminator)];
    const marker = encodeText(format.nullMarker, encoding);
    if (marker === undefined) throw new Error('the null marker cannot be written in the encoding');
    if (columns.length > abi.MAX_COLUMNS || marker.length > abi.MAX_NULL_MARKER_BYTES)
      throw new Error('more columns, or a longer null marker, than the module takes');
    if (Math.max(delimiter.length, terminator.length) > abi.MAX_END_BYTES)
      throw new Error('a longer delimiter or record terminator than the module takes');
    const tables = this.#writeCharacters(new Set([encoding, ...columns.map(({ encoding: own }) => own ?? encoding)]));
    for (const [index, { kind, bound, encoding: own, stopsAtNull = false }] of columns.entries()) {
      this.bytes.writeUInt8(stopsAtNull ? 1 : 0, abi.NOT_NULLS + index);
      this.bytes.writeUInt8(kind, abi.KINDS + index);
      this.bytes.writeUInt32LE(bound, abi.BOUNDS + 4 * index);
      this.bytes.writeUInt32LE(tables.get(own ?? encoding) ?? abi.AS_THEY_ARE, abi.COLUMN_CHARACTERS + 4 * index);
    }
    this.bytes.set(marker, abi.NULL_MARKER);
    this.bytes.set(delimiter, abi.DELIMITER);
    this.bytes.set(terminator, abi.TERMINATOR);
    const quoteByte = quote === '' ? abi.NO_BYTE : quote.charCodeAt(0);
    const family = multibyteFamily(encoding);
    this.exports.begin(
      columns.length,
      delimiter.length,
      terminator.length,
      format.lineEndsInFields,
      quoteByte,
      quote === '' || escape === '' ? quoteByte : escape.charCodeAt(0),
      BACKSLASHES[backslash],
      marker.length,
      family === undefined ? abi.FAMILY_NONE : FAMILIES[family],
      format.quotedNull,
      format.nulIsEmpty,
      format.trailingDelimiter,
      isText,
      tables.get(encoding) ?? abi.AS_THEY_ARE,
      tables.size > 1,
    );
  }

  /** Writes the UTF-8 of each byte from 0x80 on, and how many bytes that are; returns where the table of each encoding is. */
  #writeCharacters(encodings: ReadonlySet<string>): ReadonlyMap<string, number> {
    const tables = new Map<string, number>();
    for (const [number, encoding] of [...encodings].entries()) {
      const characters = highCharacters(encoding);
      const table = characters === undefined ? abi.AS_THEY_ARE : abi.CHARACTERS + abi.TABLE_BYTES * number;
      tables.set(encoding, table);
      for (const [index, character] of Array.from(characters ?? '').entries()) {
        const at = table + 4 * index;
        this.bytes.writeUInt32LE(0, at);
        if (character !== '\ufffd') this.bytes.writeUInt8(this.bytes.write(character, at), at + 3);
      }
    }
    return tables;
  }

  /** The value that is in doubt, as it was read. */
  get value(): Buffer {
    const { valueStart, valueEnd } = this.exports;
    return this.bytes.subarray(valueStart.value, valueEnd.value);
  }

  /**
   * What is to be written for a value of the record that stopped: as it was read, NULL, or another spelling in the value's encoding. False where that
   * is longer than there is room for.
   */
  answer(column: number, answer: 'AsRead' | { readonly instead: Buffer | null }): boolean {
    const at = abi.ANSWERS + 8 * column;
    // Those of the record before are written.
    if (!this.exports.hasAnswers.value) this.#spellingsEnd = abi.SPELLINGS;
    if (answer === 'AsRead') this.bytes.writeUInt32LE(abi.AS_READ, at);
    else if (answer.instead === null) this.bytes.writeUInt32LE(abi.AS_NULL, at);
    else {
      const start = this.#spellingsEnd;
      const end = start + answer.instead.length;
      if (end > abi.SPELLINGS + abi.SPELLINGS_BYTES) return false;
      this.bytes.set(answer.instead, start);
      this.bytes.writeUInt32LE(start, at);
      this.bytes.writeUInt32LE(end, at + 4);
      this.#spellingsEnd = end;
    }
    this.exports.useAnswers();
    return true;
  }

  writeChunk(chunk: Uint8Array): void {
    const { chunkBytes } = this.#sizes;
    if (chunk.length > chunkBytes)
      throw new Error(`a chunk of ${chunk.length} bytes, where ${chunkBytes} are expected`);
    this.bytes.set(chunk, this.input);
  }

  /** Calls `write` with where the slot's output begins and ends; returns the output, which lies there until the slot is used again. */
  fillSlot(slot: number, write: (start: number, end: number) => number): Buffer {
    if (slot >= this.#sizes.outputSlots) throw new Error(`there is no output slot ${slot}`);
    const start = this.#firstSlot + slot * this.#slotBytes;
    const end = start + this.#slotBytes - abi.MARGIN_BYTES;
    return this.#instance.output(start, write(start, end), end);
  }

  /** What `begin` was given, with the bounds as they are now: those of raw bytes say what the values have shown, see `RAW_…`. */
  columnsNow(columns: readonly ColumnKind[]): ColumnKind[] {
    return columns.map((column, index) => ({ ...column, bound: this.bytes.readUInt32LE(abi.BOUNDS + 4 * index) }));
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    pool.release(this.#instance);
  }
}
