import { readFileSync } from 'node:fs';
import { DataError } from '../../crds/contract/errors.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import { ConverterPool, type BufferSizes } from './converter-pool.ts';
import { isAsciiSafe } from '../plan/encodings.ts';

/**
 * Turns CSV, as COPY reads it, into COPY's text format while it streams. It costs 0.5 s of CPU per GB here and spares the server 2.3 of
 * 13.7 (every value quoted, 20 columns), and in its output every line feed ends a record, so that a table can be split over several
 * streams. The work is done by SIMD instructions in WebAssembly, `csv-to-text.wat`: the same loop in JavaScript takes 2.1 to 2.7 s.
 */
export class CsvToText implements BufferSizes {
  readonly chunkBytes: number;
  readonly regions: number;
  readonly #module: Module;
  readonly #memory: Buffer;
  #format: CopyFormat;
  /** Where the output begins that is being written, or was last. */
  #start = 0;
  #end = 0;

  private constructor(format: CopyFormat, { chunkBytes, regions }: BufferSizes) {
    this.chunkBytes = chunkBytes;
    this.regions = regions;
    this.#format = format;
    const host = { endsInEmptyQuotes: (end: number) => this.#refuseMarker(end) };
    this.#module = new WebAssembly.Instance(compiled(), { host }).exports as unknown as Module;
    const { memory } = this.#module;
    memory.grow(Math.ceil(this.#regionStart(regions) / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES);
    this.#memory = Buffer.from(memory.buffer);
    writeShuffles(this.#memory);
  }

  /** One for a new file. */
  static acquire(format: CopyFormat, measures: BufferSizes): CsvToText {
    if (!canBeText(format)) throw new Error('this format cannot be said in text');
    const converter = kept.take(measures) ?? new CsvToText(format, measures);
    converter.#begin(format);
    return converter;
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    kept.keep(this);
  }

  #begin(format: CopyFormat): void {
    const { quote, escape, delimiter, marker } = this.#module;
    this.#format = format;
    this.#start = this.#end = 0;
    this.#module.begin();
    quote.value = format.quote === '' ? NO_QUOTE : format.quote.charCodeAt(0);
    escape.value = format.escape === '' || format.quote === '' ? quote.value : format.escape.charCodeAt(0);
    delimiter.value = format.delimiter.charCodeAt(0);
    marker.value = format.nullMarker.charCodeAt(0);
  }

  /** The chunk as text. The result lies in the region, until the next call with it. */
  convert(chunk: Uint8Array, region: number): Buffer {
    if (chunk.length > this.chunkBytes)
      throw new Error(`a chunk of ${chunk.length} bytes, where ${this.chunkBytes} were announced`);
    this.#memory.set(chunk, SHUFFLE_BYTES);
    const start = this.#regionStart(region);
    this.#start = start;
    this.#end = this.#module.convert(SHUFFLE_BYTES, SHUFFLE_BYTES + chunk.length, start);
    return this.#memory.subarray(start, this.#end);
  }

  /** Records that have ended so far. */
  get records(): number {
    return this.#module.records.value >>> 0;
  }

  /** Line feeds so far, those within values included. */
  get lines(): number {
    return this.#module.lines.value >>> 0;
  }

  /** Whether what was converted so far ends inside quotes. */
  get insideQuotes(): boolean {
    return this.#module.inside.value !== 0;
  }

  /** To be called after the last chunk, whose last record may have no line end. */
  end(): void {
    if (this.#module.disguise.value !== 0 && !this.insideQuotes) this.#refuseMarker(this.#end);
  }

  /**
   * In csv NULL`` is the text NULL. Its first bytes have been written, maybe sent, when the quotes come, and as text it would be NULL; so it is
   * refused, though no program is known to write it. `end` is where the field ends; a field that goes back beyond this output counts, too.
   */
  #refuseMarker(end: number): void {
    const { nullMarker, delimiter } = this.#format;
    const begin = end - nullMarker.length;
    const written = this.#memory.toString('latin1', Math.max(begin - 1, this.#start), end);
    const isWhole = begin <= this.#start || [delimiter, '\n'].includes(written.charAt(0));
    if (isWhole && nullMarker.endsWith(begin <= this.#start ? written : written.slice(1)))
      throw quotesAfterMarker(this.#format);
  }

  #regionStart(region: number): number {
    return SHUFFLE_BYTES + this.chunkBytes + MARGIN + region * (2 * this.chunkBytes + MARGIN);
  }
}

function quotesAfterMarker({ nullMarker, quote }: CopyFormat): DataError {
  const message =
    `a field is ${nullMarker}${quote}${quote}, the null marker with nothing in quotes behind it, and may mean NULL or the word: ` +
    'make the dump anew, or set spec.format.nullMarker to a word that it does not have';
  return new DataError('QuotesAfterNullMarker', message);
}

/**
 * Whether text means the same. Where values are quoted it cannot tell NULL from an empty string if the null marker is empty; a backslash in
 * the marker would be doubled; an escape that the marker begins with may make a quoted value of the same spelling; and in an encoding whose longer
 * characters hold ASCII bytes, bytes are no characters.
 */
export function canBeText({ delimiter, quote, escape, nullMarker, encoding }: CopyFormat): boolean {
  // eslint-disable-next-line no-control-regex -- any ASCII character may delimit
  const ascii = [delimiter, quote, escape].every((text) => /^[\x01-\x7f]?$/.test(text));
  const tellsNull = /^[\x20-\x5b\x5d-\x7e]*$/.test(nullMarker) && (nullMarker !== '' || quote === '');
  const isDisguised = escape === quote || escape === '' || !nullMarker.startsWith(escape);
  return ascii && tellsNull && isDisguised && isAsciiSafe(encoding);
}

interface Module {
  readonly memory: WebAssembly.Memory;
  readonly quote: WebAssembly.Global;
  readonly escape: WebAssembly.Global;
  readonly delimiter: WebAssembly.Global;
  readonly marker: WebAssembly.Global;
  readonly inside: WebAssembly.Global;
  readonly disguise: WebAssembly.Global;
  readonly records: WebAssembly.Global;
  readonly lines: WebAssembly.Global;
  begin(): void;
  convert(start: number, end: number, output: number): number;
}

const kept = new ConverterPool<CsvToText>();

const PAGE_BYTES = 65536;
const NO_QUOTE = -1;
/** A block is read and written whole, past the end of what counts. */
const MARGIN = 32;
const SHUFFLE_BYTES = 256 * 8;

/** For each set of quotes among 8 bytes, the indexes of the others. */
function writeShuffles(memory: Buffer): void {
  for (let quotes = 0; quotes < 256; quotes++) {
    const kept = [0, 1, 2, 3, 4, 5, 6, 7].filter((index) => (quotes & (1 << index)) === 0);
    memory.set(kept, quotes * 8);
  }
}

let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(new URL('../webassembly/csv-to-text.wasm', import.meta.url)));
  return module;
}
