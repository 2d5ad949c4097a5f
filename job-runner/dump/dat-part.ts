import { DataError, type Location } from '../../crds/contract/errors.ts';
import { utf16Order } from '../plan/encodings.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import { cutHeader } from './cut-header.ts';
import { FooterFilter, refuseNoRuler } from './query-frame.ts';
import { markOf, refuseOtherEncoding, refuseUtf32, type ByteOrderMark } from './file-encoding.ts';
import { refuseForeignFile } from './foreign-file.ts';
import { isPacked, refusePacked } from './packed-content.ts';
import { endOfPart, startOfPart, type PartEnd } from './part-end.ts';
import type { OnPacked } from './read-entry.ts';
import { lineAt, Utf16Decoder, Utf16Failure } from './utf16-decoder.ts';

/** 1600 columns, PostgreSQL's bound, of 63 bytes make 100 kB. */
const HEADER_BYTES = 1024 * 1024;
/** So many bytes are there before the encoding is decided, unless the file has fewer. */
const START_BYTES = 4096;

/** What an entry of a DAT file is expected to be. */
export interface ExpectedPart {
  readonly location: Location;
  readonly hasHeader: boolean;
  /** Of an entry without a byte order mark. */
  readonly encoding: string;
  /** Empty for LF or CRLF. */
  readonly recordTerminator: string;
  readonly delimiter: string;
  /** Whether sqlcmd's lines surround the records. */
  readonly isFramed: boolean;
}

/** An entry of a DAT file, past its byte order mark and header; its text is UTF-8 where the entry is UTF-16. */
export class DatPart {
  readonly entry: ArchiveEntry;
  readonly mark: ByteOrderMark['encoding'] | undefined;
  /** The first line without its line end, where the format has a header. */
  header: Buffer | undefined;
  readonly #archive: Archive;
  readonly #location: Location;
  readonly #markBytes: number;
  readonly #bytes: AsyncGenerator<Buffer>;
  readonly #text: AsyncGenerator<Buffer>;
  /** Undefined for LF or CRLF. */
  readonly #terminator: Buffer | undefined;
  /** The first of the data, which came with the header. */
  #first: Buffer = Buffer.alloc(0);
  #headerBytes = 0;
  #excessBytes = 0;
  readonly #unpacked: Start['unpacked'];
  readonly #footer: FooterFilter | undefined;

  private constructor(archive: Archive, entry: ArchiveEntry, expected: ExpectedPart, start: Start) {
    const mark = markOf(start.bytes);
    this.#archive = archive;
    this.entry = entry;
    this.mark = mark?.encoding;
    this.#location = expected.location;
    this.#unpacked = start.unpacked;
    this.#markBytes = mark?.bytes ?? 0;
    this.#terminator = expected.recordTerminator === '' ? undefined : Buffer.from(expected.recordTerminator);
    this.#bytes = chain(start.bytes.subarray(this.#markBytes), start.chunks);
    if (expected.hasHeader) {
      if (!isPacked(entry.name)) refusePacked(start.bytes, entry.name, expected.location);
      refuseForeignFile(start.bytes.subarray(this.#markBytes), expected.location);
    }
    if (mark === undefined) refuseOtherEncoding(start.bytes, expected.encoding, expected.location);
    else refuseUtf32(start.bytes, expected.location);
    const order = utf16Order(mark?.encoding ?? expected.encoding);
    const text = order === undefined ? this.#bytes : this.#decode(new Utf16Decoder(order));
    this.#footer = expected.isFramed ? new FooterFilter() : undefined;
    this.#text = this.#footer === undefined ? text : this.#withoutFooter(text, this.#footer);
  }

  static async open(
    archive: Archive,
    entry: ArchiveEntry,
    expected: ExpectedPart,
    onPacked?: OnPacked,
  ): Promise<DatPart> {
    const content = await archive.openContent(entry, onPacked);
    const unpacked = { bytes: 0 };
    const chunks = isPacked(entry.name) ? counted(content, unpacked) : content;
    try {
      const part = new DatPart(archive, entry, expected, { bytes: await readStart(chunks), chunks, unpacked });
      if (expected.hasHeader) await part.#readHeader(expected);
      else await part.#readFirst();
      return part;
    } catch (error) {
      await chunks.return(undefined);
      throw error;
    }
  }

  /** How many more bytes the entry has than `chunks` hands on: mark, header, and what decoding makes shorter; less, what that or unpacking makes longer. */
  get excessBytes(): number {
    const packedExcess = isPacked(this.entry.name) ? this.entry.bytes - this.#unpacked.bytes : 0;
    return this.#markBytes + this.#headerBytes + this.#excessBytes + packedExcess;
  }

  /** Lines before the data. */
  get headerLines(): number {
    if (this.header === undefined) return 0;
    return this.#footer === undefined ? 1 : 2;
  }

  /** How many rows the entry says that it has, where it does; to be asked for after the last chunk. */
  get declaredRows(): number | undefined {
    return this.#footer?.rows;
  }

  /** The first record, or as much of it as the first chunk has behind a header. */
  get firstLine(): Buffer {
    const end = this.#first.indexOf(this.#terminator ?? LF);
    return end === -1 ? this.#first : this.#first.subarray(0, end);
  }

  /** The data, once, in chunks that are valid until the next. `lineEnd` is that of the parts before. */
  async *chunks(lineEnd: Buffer = this.#terminator ?? LF): AsyncGenerator<Buffer, PartEnd> {
    const header = this.header === undefined ? NOTHING : Buffer.concat([this.header, this.#terminator ?? LF]);
    let end = endOfPart(header, startOfPart(lineEnd), this.#terminator);
    end = endOfPart(this.#first, end, this.#terminator);
    if (this.#first.length > 0) yield this.#first;
    this.#first = NOTHING;
    for (let next = await this.#text.next(); next.done !== true; next = await this.#text.next()) {
      end = endOfPart(next.value, end, this.#terminator);
      yield next.value;
    }
    return end;
  }

  async close(): Promise<void> {
    await this.#text.return(undefined);
    await this.#bytes.return(undefined);
  }

  async *#withoutFooter(text: AsyncGenerator<Buffer>, footer: FooterFilter): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of text) yield footer.take(chunk);
      const rest = footer.end();
      this.#excessBytes += footer.bytes;
      yield rest;
    } finally {
      await text.return(undefined);
    }
  }

  async *#decode(decoder: Utf16Decoder): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.#bytes) {
        this.#excessBytes += chunk.length;
        for (const text of decoder.decode(chunk)) {
          this.#excessBytes -= text.length;
          yield text;
        }
      }
      decoder.end();
    } catch (error) {
      throw error instanceof Utf16Failure ? await this.#describe(error, decoder) : error;
    }
  }

  /** The entry is read again up to there: only a load that has failed needs the line. */
  async #describe(failure: Utf16Failure, decoder: Utf16Decoder): Promise<DataError> {
    const line = await lineAt(
      await this.#archive.openContent(this.entry),
      this.#markBytes + failure.offset,
      decoder.order,
    );
    const remedy = this.mark === undefined ? 'check spec.format.encoding, or recreate the dump' : 'recreate the dump';
    return new DataError('NotInEncoding', `${failure.message}: ${remedy}`, { ...this.#location, line });
  }

  async #readFirst(): Promise<void> {
    const next = await this.#text.next();
    if (next.done !== true) this.#first = Buffer.from(next.value);
  }

  async #readHeader({ isFramed, delimiter }: ExpectedPart): Promise<void> {
    const terminator = this.#terminator ?? LF;
    let read = Buffer.alloc(0);
    for (let next = await this.#text.next(); next.done !== true; next = await this.#text.next()) {
      read = Buffer.concat([read, next.value]);
      const cut = cutHeader(read, terminator, isFramed);
      if (cut !== undefined) {
        if (isFramed) refuseNoRuler(cut.header, cut.ruler, delimiter, this.#location);
        this.header = cut.header;
        this.#headerBytes = read.length - cut.data.length;
        this.#first = cut.data;
        return;
      }
      if (read.length > HEADER_BYTES) {
        const message = `the first ${HEADER_BYTES} bytes have no line end, so there is no header: check spec.format.header`;
        throw new DataError('NoHeader', message, { ...this.#location, line: 1 });
      }
    }
    if (read.length === 0) return;
    this.#headerBytes = read.length;
    this.header = read;
  }
}

/** The first bytes of an entry, and the rest of it. */
interface Start {
  readonly bytes: Buffer;
  readonly chunks: AsyncGenerator<Buffer>;
  /** How many bytes an entry that is packed itself has had so far. */
  readonly unpacked: { readonly bytes: number };
}

async function* counted(chunks: AsyncIterable<Buffer>, unpacked: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    unpacked.bytes += chunk.length;
    yield chunk;
  }
}

async function readStart(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let read = Buffer.alloc(0);
  while (read.length < START_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    read = Buffer.concat([read, next.value]);
  }
  return read;
}

async function* chain(start: Buffer, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    yield* chunks;
  } finally {
    // Where nobody wants more than the start.
    await chunks.return(undefined);
  }
}

const NOTHING = Buffer.alloc(0);
const LF = Buffer.from('\n');
