import { DataError } from '../../crds/contract/errors.ts';
import type { CopyStatementFormat } from '../plan/statements.ts';
import type { CopyFormat, TablePlan } from '../plan/table-plan.ts';
import { binaryKinds } from './binary-columns.ts';
import { CharacterMask } from './character-mask.ts';
import type { BufferSizes } from './csv-memory.ts';
import { CsvToBinary } from './csv-to-binary.ts';
import { canBeText, CsvToText } from './csv-to-text.ts';
import { LINE_FEED, RecordScanner } from './records.ts';

/**
 * The quote in the COPY statement where nothing is quoted, because csv always has one: within a value it would be lost.
 */
const NO_QUOTE = 0x01;

/** A chunk of the DAT file as it goes to COPY. */
export interface OutputChunk {
  readonly bytes: Buffer;
  /** The offset in `bytes` after the last record that ends in them, or 0: here another stream may continue. */
  readonly boundary: number;
}

/** Prepares chunks of a DAT file, in order, for COPY and counts what is in them. */
export interface CopyInput {
  /** COPY's FORMAT for the output. */
  readonly format: CopyStatementFormat;
  /** What COPY's messages count as lines: the file's line feeds, or records where those within values are escaped. */
  readonly unit: 'line' | 'record';
  /** Records that ended so far. */
  readonly records: number;
  /** What each stream begins and ends with. */
  readonly frame: { readonly header: Buffer; readonly trailer: Buffer };
  /** `slot` numbers the outputs that may be waiting for a socket at the same time. */
  take(chunk: Buffer, slot: number): OutputChunk;
  /**
   * To be called after the last chunk; throws where the file cannot end so. A last record without a line end is counted
   * and put out now.
   */
  end(slot: number): OutputChunk;
  /** To be called when PostgreSQL has received all outputs: the next table may have the memory. */
  release?(): void;
}

/**
 * The formats of COPY that can express the same data, the cheapest first. Measured on nine tables of 100 MB with every
 * value quoted (docs/benchmarks.md), the server takes 14.3 s of CPU for csv, 12.2 for text and 7 for binary, and the
 * conversion 0.6 and 1.2. Binary needs a spelling without doubt for each value, and whether the values have one is
 * known only while they are read.
 */
export function copyFormatsOf(plan: TablePlan): [CopyStatementFormat, ...CopyStatementFormat[]] {
  const asText = canBeText(plan.format) ? 'text' : 'csv';
  return binaryKinds(plan) === undefined ? [asText] : ['binary', asText];
}

export function createCopyInput(plan: TablePlan, format: CopyStatementFormat, sizes: BufferSizes): CopyInput {
  const kinds = binaryKinds(plan);
  if (format === 'binary' && kinds !== undefined)
    return new BinaryInput(CsvToBinary.acquire(plan.format, kinds, sizes));
  return format === 'csv' ? new CsvInput(plan.format, sizes) : new TextInput(CsvToText.acquire(plan.format, sizes));
}

const NOTHING = Buffer.alloc(0);
const NO_FRAME = { header: NOTHING, trailer: NOTHING };

class BinaryInput implements CopyInput {
  readonly format = 'binary';
  readonly unit = 'record';
  /** The signature, no flags, no extension; and a tuple of -1 fields. */
  readonly frame = {
    header: Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1'),
    trailer: Buffer.from([0xff, 0xff]),
  };
  readonly #converter: CsvToBinary;

  constructor(converter: CsvToBinary) {
    this.#converter = converter;
  }

  get records(): number {
    return this.#converter.records;
  }

  take(chunk: Buffer, slot: number): OutputChunk {
    const bytes = this.#converter.convert(chunk, slot);
    return { bytes, boundary: bytes.length };
  }

  end(slot: number): OutputChunk {
    const bytes = this.#converter.end(slot);
    if (this.#converter.isInRecord) throw unterminatedQuote();
    return { bytes, boundary: bytes.length };
  }

  release(): void {
    this.#converter.release();
  }
}

class TextInput implements CopyInput {
  readonly format = 'text';
  readonly unit = 'record';
  readonly frame = NO_FRAME;
  readonly #converter: CsvToText;
  readonly #lastRecord = new LastRecord();

  constructor(converter: CsvToText) {
    this.#converter = converter;
  }

  get records(): number {
    return this.#converter.records + this.#lastRecord.unended;
  }

  take(chunk: Buffer, slot: number): OutputChunk {
    this.#lastRecord.take(chunk);
    const bytes = this.#converter.convert(chunk, slot);
    return { bytes, boundary: bytes.lastIndexOf(LINE_FEED) + 1 };
  }

  end(): OutputChunk {
    if (this.#converter.insideQuotes) throw unterminatedQuote();
    this.#converter.end();
    this.#lastRecord.end();
    return { bytes: NOTHING, boundary: 0 };
  }

  release(): void {
    this.#converter.release();
  }
}

/** The chunks as they are; only copied, because a chunk's memory is used again for the next. */
class CsvInput implements CopyInput {
  readonly format = 'csv';
  readonly unit = 'line';
  readonly frame = NO_FRAME;
  readonly #scanner: RecordScanner;
  readonly #mask: CharacterMask;
  readonly #isQuoted: boolean;
  readonly #lastRecord = new LastRecord();
  readonly #slots: readonly Buffer[];

  constructor(format: CopyFormat, { chunkBytes, outputSlots }: BufferSizes) {
    this.#slots = Array.from({ length: outputSlots }, () => Buffer.allocUnsafe(chunkBytes));
    this.#scanner = new RecordScanner(recordRules(format));
    this.#mask = new CharacterMask(format.encoding);
    this.#isQuoted = format.quote !== '';
  }

  get records(): number {
    return this.#scanner.records + this.#lastRecord.unended;
  }

  take(chunk: Buffer, slot: number): OutputChunk {
    if (!this.#isQuoted && chunk.includes(NO_QUOTE)) throw controlCharacter();
    this.#lastRecord.take(chunk);
    const bytes = this.#slots[slot]?.subarray(0, chunk.length);
    if (bytes === undefined || chunk.copy(bytes) < chunk.length)
      throw new Error(`a chunk of ${chunk.length} bytes does not fit into output slot ${slot}`);
    return { bytes, boundary: this.#scanner.scan(this.#mask.mask(bytes)) };
  }

  end(): OutputChunk {
    if (this.#scanner.inQuotes) throw unterminatedQuote();
    this.#lastRecord.end();
    return { bytes: NOTHING, boundary: 0 };
  }
}

/** The last record of a file may have no line end; COPY counts it all the same. */
class LastRecord {
  /** 1 where it has none, once the file has ended. */
  unended = 0;
  #isOpen = false;

  take(chunk: Buffer): void {
    if (chunk.length > 0) this.#isOpen = chunk.at(-1) !== LINE_FEED;
  }

  end(): void {
    if (this.#isOpen) this.unended = 1;
  }
}

function unterminatedQuote(): DataError {
  return new DataError(
    'UnterminatedQuote',
    'the file ends within a quoted value: check spec.format.quote and spec.format.escape, or recreate the dump',
  );
}

function controlCharacter(): DataError {
  const message =
    'a value contains the control character U+0001, which cannot be loaded without quotes and with this null marker: recreate the dump ' +
    'without it, with quotes, or with a null marker that has no backslash';
  return new DataError('ControlCharacter', message);
}

/** The format's quote and escape as bytes. */
export function recordRules({ quote, escape }: Pick<CopyFormat, 'quote' | 'escape'>) {
  return quote === '' ? { quote: -1, escape: -1 } : { quote: quote.charCodeAt(0), escape: escape.charCodeAt(0) };
}
