import { DataError } from '../../crds/contract/errors.ts';
import { isAsciiSafe } from '../plan/encodings.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import { MAX_NULL_MARKER_BYTES, TEXT_EXPANSION } from '../webassembly/abi.ts';
import { CsvMemory, type BufferSizes } from './csv-memory.ts';

/**
 * Turns CSV, as COPY reads it, into COPY's text format while it streams. It costs 0.5 s of CPU per GB here and saves
 * the server 2.3 of 13.7 (every value quoted, 20 columns), and in its output every line feed ends a record, so that a
 * table can be split over several streams. The work is done by SIMD instructions in WebAssembly,
 * `webassembly/csv/text.ts`: the same loop in JavaScript takes 2.1 to 2.7 s.
 */
export class CsvToText {
  readonly #format: CopyFormat;
  readonly #memory: CsvMemory;
  /** Where the last output ends. */
  #end = 0;

  private constructor(format: CopyFormat, sizes: BufferSizes) {
    this.#format = format;
    this.#memory = new CsvMemory(sizes, { recordBytes: 0, expansion: TEXT_EXPANSION });
    this.#memory.begin(format, new Uint8Array());
  }

  /** One for a new file. */
  static acquire(format: CopyFormat, sizes: BufferSizes): CsvToText {
    if (!canBeText(format)) throw new Error('this format cannot be written as text');
    return new CsvToText(format, sizes);
  }

  /** To be called when nothing reads its outputs any more. */
  release(): void {
    this.#memory.release();
  }

  /** The chunk as text. It stays in the slot until the next call for the slot. */
  convert(chunk: Uint8Array, slot: number): Buffer {
    const { exports, input } = this.#memory;
    this.#memory.writeChunk(chunk);
    const text = this.#memory.fillSlot(slot, (start, end) => {
      this.#end = exports.toText(input, input + chunk.length, start, end);
      return this.#end;
    });
    this.#refuseMarkerWithQuotes();
    return text;
  }

  /** Records that have ended so far. */
  get records(): number {
    return this.#memory.exports.records.value >>> 0;
  }

  /** Line feeds so far, those within values included. */
  get lines(): number {
    return this.#memory.exports.lines.value >>> 0;
  }

  /** Whether what was converted so far ends inside quotes. */
  get insideQuotes(): boolean {
    return this.#memory.exports.inside.value !== 0;
  }

  /** To be called after the last chunk, whose last record may have no line end. */
  end(): void {
    this.#memory.exports.endText(this.#end);
    this.#refuseMarkerWithQuotes();
  }

  /**
   * In CSV NULL`` is the text NULL. Its first bytes have been written, and maybe sent, before the quotes are read, and
   * as text it would be NULL; so it is refused. No program is known to write it.
   */
  #refuseMarkerWithQuotes(): void {
    if (this.#memory.exports.isMarkerWithQuotes.value === 0) return;
    const { nullMarker, quote } = this.#format;
    const message =
      `a field is ${nullMarker}${quote}${quote}, the null marker followed by empty quotes, which may mean NULL or the text: ` +
      'recreate the dump, or set spec.format.nullMarker to a word that it does not contain';
    throw new DataError('QuotesAfterNullMarker', message);
  }
}

/**
 * Whether text can express the same data. With quotes and an empty null marker it cannot distinguish NULL from an empty
 * string; a backslash in the marker would be doubled; if the marker begins with the escape, a quoted value may have the
 * same spelling; and in an encoding whose multibyte characters contain ASCII bytes, bytes are not characters.
 */
export function canBeText({ delimiter, quote, escape, nullMarker, encoding }: CopyFormat): boolean {
  // eslint-disable-next-line no-control-regex -- any ASCII character may delimit
  const ascii = [delimiter, quote, escape].every((text) => /^[\x01-\x7f]?$/.test(text));
  const distinguishesNull = /^[\x20-\x5b\x5d-\x7e]*$/.test(nullMarker) && (nullMarker !== '' || quote === '');
  const isUnambiguous = escape === quote || escape === '' || !nullMarker.startsWith(escape);
  return (
    ascii && distinguishesNull && isUnambiguous && nullMarker.length <= MAX_NULL_MARKER_BYTES && isAsciiSafe(encoding)
  );
}
