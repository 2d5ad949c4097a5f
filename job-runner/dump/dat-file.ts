import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { Format, LoadTask } from '../../crds/contract/task.ts';
import { entryLocation, openDump as openDumpOf, type Archive, type ArchiveEntry } from './archive.ts';
import { openSource } from './open-source.ts';
import { applyFormat } from './found-format.ts';
import { withTabEncodings } from './mysql/tab-encodings.ts';
import { findEqualChunks } from './equal-chunks.ts';
import { readSchema } from './table-schema.ts';
import { findDatEntries, findEntry, sourceOf } from './task-entries.ts';
import type { DataContent, DeclaredRows, MayGoOn, TableData } from './table-data.ts';
import { countLineEnds, lineEndOf } from './line-ends.ts';
import { locationOf } from './table-location.ts';
import { describeFirstLines, firstLines } from '../plan/first-line.ts';
import { sourceColumnName } from '../plan/source-name.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { isUtf8, recordEncoding, utf16Order } from '../plan/encodings.ts';
import { DatPart, type ExpectedPart } from './dat-part.ts';
import { closing, describeLastBytes, hasDosEnd } from './part-end.ts';
import { isPacked } from './packed-content.ts';
import type { ByteOrderMark } from './file-encoding.ts';
import { PackedBytes } from './packed-bytes.ts';

/** One table's entries in a dump, the DAT file open and past its header. A table in chunks reads as one file. */
export class DatFile implements TableData {
  readonly schemaColumns: readonly SchemaColumn[];
  /** The first line without its line end, where the format has a header. */
  readonly header: Buffer | undefined;
  /** The encoding of the byte order mark with which the file begins, whatever the manifest says. */
  readonly mark: ByteOrderMark['encoding'] | undefined;
  readonly #archive: Archive;
  /** Whether nobody else reads from the archive. */
  readonly #ownsArchive: boolean;
  readonly #task: LoadTask;
  readonly #later: readonly ArchiveEntry[];
  readonly #packed: PackedBytes;
  #part: DatPart;
  /** Of the parts before. */
  #excessBytes = 0;
  #linesBefore: number;
  readonly #fileWarnings: readonly string[];
  readonly #shellRows: number | undefined;
  /** Of the parts before. */
  #lastLineRows: number | undefined;

  private constructor(
    archive: Archive,
    task: LoadTask,
    schemaColumns: readonly SchemaColumn[],
    [part, ...later]: readonly [DatPart, ...ArchiveEntry[]],
    { ownsArchive, fileWarnings, shellRows }: FileOptions,
    packed: PackedBytes,
  ) {
    this.#archive = archive;
    this.#ownsArchive = ownsArchive;
    this.#task = task;
    this.schemaColumns = schemaColumns;
    this.#part = part;
    this.#later = later;
    this.#packed = packed;
    this.#linesBefore = part.headerLines;
    this.#fileWarnings = fileWarnings;
    this.#shellRows = shellRows;
    this.header = part.header;
    this.mark = part.mark;
  }

  /** Opens what the catalogue found; `onCompressedBytes` is called with the number of packed bytes of the DAT file that have been read. */
  static async open(task: LoadTask, onCompressedBytes?: (bytes: number) => void): Promise<DatFile> {
    const archive = await openDump(task);
    try {
      return await DatFile.#openIn(archive, task, { ownsArchive: true, onCompressedBytes });
    } catch (error) {
      await archive.close();
      throw error;
    }
  }

  /** The same in its dump's archive, which stays open: for many tables of one dump. */
  static async openIn(archive: Archive, task: LoadTask, onCompressedBytes?: (bytes: number) => void): Promise<DatFile> {
    return await DatFile.#openIn(archive, task, {
      ownsArchive: false,
      ...(onCompressedBytes === undefined ? {} : { onCompressedBytes }),
    });
  }

  static async #openIn(archive: Archive, task: LoadTask, options: OpenOptions): Promise<DatFile> {
    const { schemaFile, table } = task.table;
    const schemaEntry = await findEntry(archive, task, schemaFile);
    const read = await readSchema(archive, sourceOf(task), schemaEntry, table, task);
    const known = { ...task, format: applyFormat(task.format, read.found) };
    const entries = await findDatEntries(archive, known);
    const tab = await withTabEncodings(read.columns, archive, entries, known.format, locationOf(task));
    const readAs = { ...known, format: tab.format };
    const [first, ...later] = entries;
    const packed = new PackedBytes(options.onCompressedBytes);
    const part = await DatPart.open(archive, first, expectedPart(readAs, first), packed.take);
    const fileWarnings = [...(await findEqualChunks(archive, entries, part.excessBytes)), ...tab.warnings];
    const shellRows = await read.readDeclaredRows?.();
    return new DatFile(archive, readAs, tab.columns, [part, ...later], { ...options, fileWarnings, shellRows }, packed);
  }

  /** The task's, with what the source's own tool says of it. */
  get format(): Format {
    return this.#task.format;
  }

  /** The first record, or as much of it as is there. */
  get firstLine(): Buffer {
    return this.#part.firstLine;
  }

  /** What the user should know of the dump and the table's files in it, one sentence each. */
  get dumpWarnings(): readonly string[] {
    return [...this.#archive.warnings, ...this.#fileWarnings];
  }

  get declaredRows(): DeclaredRows | undefined {
    if (this.#shellRows !== undefined) return { rows: this.#shellRows, by: 'ShellDump' };
    const rows = sumOf(this.#lastLineRows, this.#part.declaredRows);
    return rows === undefined ? undefined : { rows, by: 'LastLine' };
  }

  readonly openFiles: string[] = [];

  /** As the ZIP declares it, and checks it; the digest is that of the packed bytes of all its entries. */
  content(): DataContent {
    const { crc32 = '', bytes = 0 } = this.#task.table.dat ?? {};
    return { crc32, bytes, sha256: this.#packed.sha256() };
  }

  /** How many more bytes the entries have than `chunks` hands on: byte order marks, headers, and what UTF-16 is longer than UTF-8. */
  get excessBytes(): number {
    return this.#excessBytes + this.#part.excessBytes;
  }

  /** What to add to a place in the data for its place in the file; undefined where the data is decoded or unpacked from the file's bytes. */
  get bytesBefore(): number | undefined {
    const isDecoded = utf16Order(this.mark ?? this.format.encoding) !== undefined;
    return isDecoded || isPacked(this.#part.entry.name) ? undefined : this.excessBytes;
  }

  get linesBefore(): number {
    return this.#linesBefore;
  }

  get file(): string {
    return entryLocation(this.#task.table.dump.file, this.#part.entry.name);
  }

  /** The data after the header, once, in chunks that are valid until the next. */
  async *chunks(mayGoOn: MayGoOn = () => true): AsyncGenerator<Buffer> {
    let end = yield* this.#part.chunks();
    for (const entry of this.#later) {
      if (entry.bytes === 0) {
        // It has no header, but is checked all the same: what it declares may be wrong.
        await this.#archive.readSmall(entry, 0, this.#packed.take);
        continue;
      }
      // A record ends with its chunk, whether that has a last line end or not. Where it lies counts up to the bytes of this chunk.
      if (end.isOpen) {
        const message = describeLastBytes(end.tail, this.format.recordTerminator);
        if (message !== undefined)
          throw new DataError('FieldCount', message, { file: this.file, table: this.#task.table.table });
        if (!hasDosEnd(end)) this.openFiles.push(this.#part.entry.name);
        const added = closing(end);
        yield added;
        this.#excessBytes -= added.length;
        this.#linesBefore -= countLineEnds(added, lineEndOf(this.format));
      }
      if (!mayGoOn(hasDosEnd(end))) return;
      await this.#openNext(entry);
      end = yield* this.#part.chunks(end.lineEnd);
    }
  }

  /** Throws unless its dump is proved to be what was written; to be called after the last chunk. */
  async prove(): Promise<void> {
    await this.#archive.prove();
  }

  async close(): Promise<void> {
    await this.#part.close();
    if (this.#ownsArchive) await this.#archive.close();
  }

  /** As the first line of a later chunk, where the format has none. */
  #refuseHeader({ firstLine }: DatPart, encoding: string, location: Location): void {
    const names = this.schemaColumns.map(({ name }) => sourceColumnName(name));
    const message = describeFirstLines(firstLines(undefined, firstLine, encoding), names, this.format);
    if (message !== undefined) throw new DataError('ChunkHeader', message, { ...location, line: 1 });
  }

  /** Where lines may end in LF or CRLF, each chunk may have its own. */
  #isHeader(line: Buffer | undefined, header: Buffer): boolean {
    if (this.format.recordTerminator !== '') return line?.equals(header) === true;
    const [one, other] = [line, header].map((text) => text?.toString('latin1').replace(/\r$/, ''));
    return one === other;
  }

  async #openNext(entry: ArchiveEntry): Promise<void> {
    const encoding = this.mark ?? this.#task.format.encoding;
    const expected = { ...expectedPart(this.#task, entry), encoding };
    const part = await DatPart.open(this.#archive, entry, expected, this.#packed.take);
    await this.#part.close();
    this.#excessBytes += this.#part.excessBytes;
    this.#linesBefore += part.headerLines;
    this.#lastLineRows = sumOf(this.#lastLineRows, this.#part.declaredRows);
    this.#part = part;
    if (part.mark !== undefined && !isUtf8(recordEncoding(encoding))) {
      const message = `its byte order mark is that of ${part.mark}, and the table's first chunk has none: set spec.format.encoding to UTF8, if that is right for all of them`;
      throw new DataError('ChunkEncoding', message, expected.location);
    }
    if (this.header === undefined) this.#refuseHeader(part, encoding, expected.location);
    if (this.header === undefined || this.#isHeader(part.header, this.header)) return;
    const message = `its first line is not the header of the table's first chunk: give each chunk that header, or set spec.format.header to false if none has one`;
    throw new DataError('ChunkHeader', message, { ...expected.location, line: 1 });
  }
}

interface OpenOptions {
  readonly ownsArchive: boolean;
  readonly onCompressedBytes?: ((bytes: number) => void) | undefined;
}

/** What is known of a file beside its entries. */
interface FileOptions extends OpenOptions {
  readonly fileWarnings: readonly string[];
  /** What MySQL Shell says that it has written. */
  readonly shellRows: number | undefined;
}

/** The archive of a task's dump. */
export async function openDump(task: LoadTask): Promise<Archive> {
  const { file, object } = task.table.dump;
  const source = await openSource(task);
  return await openDumpOf(source, file, task.limits, object);
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

function expectedPart({ format, table: { dump, table } }: LoadTask, { name }: ArchiveEntry): ExpectedPart {
  const location = { file: entryLocation(dump.file, name), table };
  const { header: hasHeader, encoding, recordTerminator, delimiter } = format;
  return { location, hasHeader, encoding, recordTerminator, delimiter, isFramed: format.frame === 'Sqlcmd' };
}
