import { createHash } from 'node:crypto';
import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { Format, LoadTask } from '../../crds/contract/task.ts';
import { openArchive, entryLocation, type Archive, type ArchiveEntry } from './archive.ts';
import { resolveDump } from './find-dumps.ts';
import { applyFormat } from './found-format.ts';
import { withTabEncodings } from './mysql/tab-encodings.ts';
import { groupEntries } from './table-files.ts';
import { namingOf, readSchema } from './table-schema.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { isUtf8, recordEncoding, utf16Order } from '../plan/encodings.ts';
import { DatPart, type ExpectedPart } from './dat-part.ts';
import { isPacked } from './packed-content.ts';
import type { ByteOrderMark } from './file-encoding.ts';
import type { OnPacked } from './read-entry.ts';

/** One table's entries in a dump, the DAT file open and past its header. A table in chunks reads as one file. */
export class DatFile {
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
  #declaredRows: number | undefined;

  private constructor(
    archive: Archive,
    task: LoadTask,
    schemaColumns: readonly SchemaColumn[],
    [part, ...later]: readonly [DatPart, ...ArchiveEntry[]],
    { ownsArchive }: OpenOptions,
    packed: PackedBytes,
  ) {
    this.#archive = archive;
    this.#ownsArchive = ownsArchive;
    this.#task = task;
    this.schemaColumns = schemaColumns;
    this.#part = part;
    this.#later = later;
    this.#packed = packed;
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
  static async openIn(archive: Archive, task: LoadTask): Promise<DatFile> {
    return await DatFile.#openIn(archive, task, { ownsArchive: false });
  }

  static async #openIn(archive: Archive, task: LoadTask, options: OpenOptions): Promise<DatFile> {
    const { schemaFile, table } = task.table;
    const schemaEntry = findEntry(archive, task, schemaFile);
    const read = await readSchema(archive, sourceOf(task), schemaEntry, table, task);
    const known = { ...task, format: applyFormat(task.format, read.found) };
    const entries = findDatEntries(archive, known);
    const columns = await withTabEncodings(read.columns, archive, entries, known.format, locationOf(task));
    const [first, ...later] = entries;
    const packed = new PackedBytes(options.onCompressedBytes);
    const part = await DatPart.open(archive, first, expectedPart(known, first), packed.take);
    return new DatFile(archive, known, columns, [part, ...later], options, packed);
  }

  /** The task's, with what the source's own tool says of it. */
  get format(): Format {
    return this.#task.format;
  }

  /** The first record of a file without a header. */
  get firstLine(): Buffer {
    return this.#part.firstLine;
  }

  /** How many rows the file says that it has, where it does; to be asked for after the last chunk. */
  get declaredRows(): number | undefined {
    return sumOf(this.#declaredRows, this.#part.declaredRows);
  }

  /** Of the packed bytes of all its entries; to be asked for once, after the last chunk. */
  sha256(): string {
    return this.#packed.sha256();
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

  /** The data after the header, once, in chunks that are valid until the next. */
  async *chunks(): AsyncGenerator<Buffer> {
    let end = yield* this.#part.chunks();
    for (const entry of this.#later) {
      if (entry.bytes === 0) {
        // It has no header, but is checked all the same: what it declares may be wrong.
        await this.#archive.readSmall(entry, 0, this.#packed.take);
        continue;
      }
      await this.#openNext(entry);
      // A record ends with its chunk, whether that has a last line end or not.
      if (end.isOpen) {
        this.#excessBytes -= end.lineEnd.length;
        yield end.lineEnd;
      }
      end = yield* this.#part.chunks(end.lineEnd);
    }
  }

  async close(): Promise<void> {
    await this.#part.close();
    if (this.#ownsArchive) await this.#archive.close();
  }

  async #openNext(entry: ArchiveEntry): Promise<void> {
    const encoding = this.mark ?? this.#task.format.encoding;
    const expected = { ...expectedPart(this.#task, entry), encoding };
    const part = await DatPart.open(this.#archive, entry, expected, this.#packed.take);
    await this.#part.close();
    this.#excessBytes += this.#part.excessBytes;
    this.#declaredRows = sumOf(this.#declaredRows, this.#part.declaredRows);
    this.#part = part;
    if (part.mark !== undefined && !isUtf8(recordEncoding(encoding))) {
      const message = `its byte order mark is that of ${part.mark}, and the table's first chunk has none: set spec.format.encoding to UTF8, if that is right for all of them`;
      throw new DataError('ChunkEncoding', message, expected.location);
    }
    if (this.header === undefined || part.header?.equals(this.header) === true) return;
    const message = `its first line is not the header of the table's first chunk: give each chunk that header, or set spec.format.header to false if none has one`;
    throw new DataError('ChunkHeader', message, { ...expected.location, line: 1 });
  }
}

/** The packed bytes of a DAT file's entries, one behind the other. */
class PackedBytes {
  readonly #hash = createHash('sha256');
  readonly #onBytes: ((bytes: number) => void) | undefined;
  #bytes = 0;

  constructor(onBytes: ((bytes: number) => void) | undefined) {
    this.#onBytes = onBytes;
  }

  readonly take: OnPacked = (packed) => {
    this.#hash.update(packed);
    this.#bytes += packed.length;
    this.#onBytes?.(this.#bytes);
  };

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

interface OpenOptions {
  readonly ownsArchive: boolean;
  readonly onCompressedBytes?: ((bytes: number) => void) | undefined;
}

/** The archive of a task's dump. */
export async function openDump({ dumpsFolder, limits, table: { dump } }: LoadTask): Promise<Archive> {
  return await openArchive(await resolveDump(dumpsFolder, dump.file), limits, dump.file);
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

function expectedPart({ format, table: { dump, table } }: LoadTask, { name }: ArchiveEntry): ExpectedPart {
  const location = { file: entryLocation(dump.file, name), table };
  const { header: hasHeader, encoding, recordTerminator, delimiter } = format;
  return { location, hasHeader, encoding, recordTerminator, delimiter, isFramed: format.frame === 'Sqlcmd' };
}

/** Where a task's data is: what every error of a load names. */
export function locationOf(task: LoadTask): Location {
  const { dump, dat, table } = task.table;
  return { file: dat === undefined ? dump.file : entryLocation(dump.file, dat.entry), table };
}

/** The DAT file's entries as the catalogue saw them. */
function findDatEntries(archive: Archive, task: LoadTask): readonly [ArchiveEntry, ...ArchiveEntry[]] {
  const { dat, dump, table } = task.table;
  if (dat?.chunks === undefined) return [findEntry(archive, task, dat)];
  const files = groupEntries(archive.entries, namingOf(task.format, sourceOf(task)), dump.file).find(
    (found) => found.table === table,
  );
  // The first one with a header comes first, if there is one.
  const [first, ...others] = (files?.dat?.chunks ?? []).toSorted(
    (a, b) => Number(a.bytes === 0) - Number(b.bytes === 0),
  );
  if (first === undefined || !isSame(files?.dat, dat)) throw dumpChanged(task, dat.entry);
  return [first, ...others];
}

function sourceOf({ format, table: { dump } }: LoadTask): { readonly file: string; readonly dialect: string } {
  return { file: dump.file, dialect: dump.dialect ?? format.dialect };
}

function findEntry(archive: Archive, task: LoadTask, expected: ExpectedEntry | undefined): ArchiveEntry {
  const entry = archive.entries.find(({ name }) => name === expected?.entry);
  if (entry !== undefined && isSame(entry, expected)) return entry;
  throw dumpChanged(task, expected?.entry ?? 'an entry');
}

/** An entry as the catalogue saw it. */
type ExpectedEntry = NonNullable<LoadTask['table']['schemaFile']>;

function isSame(entry: ArchiveEntry | undefined, expected: ExpectedEntry | undefined): boolean {
  return entry !== undefined && entry.bytes === expected?.bytes && entry.crc32 === expected.crc32;
}

function dumpChanged(task: LoadTask, entry: string): DataError {
  const message = `the dump changed after the catalogue was made (${entry} has other content or is gone): run the ingestion again`;
  return new DataError('DumpChanged', message, { file: task.table.dump.file, table: task.table.table });
}
