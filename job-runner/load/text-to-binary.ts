import { readFileSync } from 'node:fs';
import type { CopyFormat } from '../plan/table-plan.ts';
import { CsvToText, ROOM_BEFORE } from './csv-to-text.ts';
import { isLatin1 } from './long-characters.ts';

/** A value or a record that only PostgreSQL itself can read, or a record that is too long to be kept: the table is for the text format. */
export class NotForBinary extends Error {
  /** The record, from 1, and the column, from 1, if it is one value. */
  constructor(record: number, column: number) {
    super(column === 0 ? `record ${record} is longer than ${LONGEST_RECORD} bytes` : `record ${record}, column ${column}`);
  }
}

/** The longest record that may go on beyond a chunk. */
const LONGEST_RECORD = 256 * 1024;

/**
 * Turns CSV into COPY's binary format while it streams, by way of its text format. What the server's input functions would do for each value is
 * done by WebAssembly, `assembly/text-to-binary.ts`: 0.2 s of CPU for 100 MB, which spares the server 0.4 to 0.5 of 1.3.
 */
export class TextToBinary {
  readonly #text: CsvToText;
  readonly #module: Module;
  readonly #memory: Buffer;
  readonly #regions: number;
  readonly #regionBytes: number;
  /** Where the text begins that a chunk becomes; what the one before has left stands before it. */
  #start = 0;
  #left = 0;

  constructor(format: CopyFormat, kinds: Uint8Array, chunkBytes: number, regions: number) {
    this.#regionBytes = ROOM_BEFORE + EXPANSION * (LONGEST_RECORD + 2 * chunkBytes) + MARGIN;
    const room = { roomBefore: LONGEST_RECORD, roomBehind: SETTINGS_BYTES + regions * this.#regionBytes };
    this.#text = new CsvToText(format, chunkBytes, 1, room);
    const { memory, behind } = this.#text;
    this.#regions = behind + SETTINGS_BYTES;
    this.#memory = Buffer.from(memory.buffer);
    this.#module = new WebAssembly.Instance(compiled(), { env: { memory } }).exports as unknown as Module;
    this.#set(format, kinds, behind);
  }

  /** What has come to whole records with this chunk; it lies in the region until the next call with it, as `CsvToText` does it. */
  convert(chunk: Uint8Array, region: number): Buffer {
    const text = this.#text.convert(chunk, 0);
    this.#start = text.byteOffset;
    return this.#convert(text.length, region);
  }

  /** What the last record becomes, if it had no line end. */
  end(region: number): Buffer {
    this.#text.end();
    if (this.#left === 0) return Buffer.alloc(0);
    const lineEnd = this.#module.lineEndBytes.value === 2 ? '\r\n' : '\n';
    this.#memory.write(lineEnd, this.#start, 'latin1');
    const bytes = this.#convert(lineEnd.length, region);
    if (this.#left !== 0) throw new NotForBinary(this.records + 1, 1);
    return bytes;
  }

  get records(): number {
    return this.#module.records.value >>> 0;
  }

  get insideQuotes(): boolean {
    return this.#text.insideQuotes;
  }

  #convert(textBytes: number, region: number): Buffer {
    const { consumed, refused } = this.#module;
    const out = this.#regions + region * this.#regionBytes + ROOM_BEFORE;
    const end = this.#start + textBytes;
    const outEnd = this.#module.convert(this.#start - this.#left, end, out);
    if (refused.value !== 0) throw new NotForBinary(this.records + 1, refused.value);
    this.#left = end - consumed.value;
    if (this.#left > LONGEST_RECORD) throw new NotForBinary(this.records + 1, 0);
    this.#memory.copyWithin(this.#start - this.#left, consumed.value, end);
    return this.#memory.subarray(out, outEnd);
  }

  #set(format: CopyFormat, kinds: Uint8Array, address: number): void {
    const module = this.#module;
    const nullMarker = Buffer.from(format.nullMarker, 'latin1');
    const powers = new Float64Array(16).map((_, exponent) => 10 ** exponent);
    let free = address + (8 - (address % 8));
    const place = (bytes: Uint8Array): number => {
      this.#memory.set(bytes, free);
      free += bytes.length;
      return free - bytes.length;
    };
    module.powers.value = place(new Uint8Array(powers.buffer));
    module.months.value = place(new Uint8Array(monthTable(module).buffer));
    module.scratch.value = place(new Uint8Array(64 + MARGIN));
    module.marker.value = place(nullMarker);
    module.markerBytes.value = nullMarker.length;
    module.kinds.value = place(kinds);
    module.columns.value = kinds.length;
    module.delimiter.value = format.delimiter.charCodeAt(0);
    module.isLatin1.value = isLatin1(format.encoding) ? 1 : 0;
    if (free > this.#regions) throw new Error('the settings take more room than they have');
  }
}

interface Module {
  readonly columns: WebAssembly.Global;
  readonly kinds: WebAssembly.Global;
  readonly marker: WebAssembly.Global;
  readonly markerBytes: WebAssembly.Global;
  readonly powers: WebAssembly.Global;
  readonly months: WebAssembly.Global;
  readonly scratch: WebAssembly.Global;
  readonly delimiter: WebAssembly.Global;
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
const MARGIN = 32;
/** 1,600 columns, the null marker, and the rest. */
const SETTINGS_BYTES = 4096;

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
  module ??= new WebAssembly.Module(readFileSync(new URL('./text-to-binary.wasm', import.meta.url)));
  return module;
}
