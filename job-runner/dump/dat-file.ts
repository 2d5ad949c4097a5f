import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { openArchive, entryLocation, type Archive, type ArchiveEntry } from './archive.ts';
import { isMysqlDialect } from './dialects.ts';
import { resolveDump } from './find-dumps.ts';
import { parseSchemaFile } from './schema-file.ts';
import { groupEntries } from './table-files.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { isUtf8 } from '../plan/encodings.ts';

const LINE_FEED = 0x0a;
/** 1600 columns, PostgreSQL's bound, of 63 bytes make 100 kB. */
const HEADER_BYTES = 1024 * 1024;

/** One table's entries in a dump, the DAT file open and past its header. A table in chunks reads as one file. */
export class DatFile {
  readonly schemaColumns: readonly SchemaColumn[];
  /** The first line without its line end, where the format has a header. */
  readonly header: Buffer | undefined;
  readonly #archive: Archive;
  readonly #task: LoadTask;
  readonly #later: readonly ArchiveEntry[];
  readonly #onCompressedBytes: ((bytes: number) => void) | undefined;
  #part: Part;
  #headerBytes: number;
  #compressedBytes = 0;

  private constructor(
    archive: Archive,
    task: LoadTask,
    schemaColumns: readonly SchemaColumn[],
    [part, ...later]: readonly [Part, ...ArchiveEntry[]],
    onCompressedBytes?: (bytes: number) => void,
  ) {
    this.#archive = archive;
    this.#task = task;
    this.schemaColumns = schemaColumns;
    this.#part = part;
    this.#later = later;
    this.#onCompressedBytes = onCompressedBytes;
    this.header = part.start.line;
    this.#headerBytes = part.start.bytes;
  }

  /** Opens what the catalogue found; `onCompressedBytes` is called with the number of packed bytes of the DAT file that have been read. */
  static async open(task: LoadTask, onCompressedBytes?: (bytes: number) => void): Promise<DatFile> {
    const { dump, schemaFile, table } = task.table;
    const archive = await openArchive(await resolveDump(task.dumpsFolder, dump.file), task.limits, dump.file);
    try {
      const schemaEntry = findEntry(archive, task, schemaFile);
      const schemaBytes = await archive.readSmall(schemaEntry, task.limits.maxSchemaFileBytes);
      const location = { file: entryLocation(dump.file, schemaEntry.name), table };
      const schemaColumns = parseSchemaFile(schemaBytes, location);
      const [first, ...later] = findDatEntries(archive, task);
      const part = await openPart(archive, first, task, onCompressedBytes);
      return new DatFile(archive, task, schemaColumns, [part, ...later], onCompressedBytes);
    } catch (error) {
      await archive.close();
      throw error;
    }
  }

  /** Bytes that were read and not handed on: headers with their line ends, or byte order marks. */
  get headerBytes(): number {
    return this.#headerBytes;
  }

  /** The data after the header, once, in chunks that are valid until the next. */
  async *chunks(): AsyncGenerator<Buffer> {
    let end = yield* readPart(this.#part);
    for (const entry of this.#later) {
      if (entry.bytes === 0) {
        // It has no header, but is checked all the same: what it declares may be wrong.
        await this.#archive.readSmall(entry, 0);
        this.#compressedBytes += entry.compressedBytes;
        continue;
      }
      await this.#openNext(entry);
      // A record ends with its chunk, whether that has a last line end or not.
      if (end.isOpen) {
        this.#headerBytes -= end.lineEnd.length;
        yield end.lineEnd;
      }
      end = yield* readPart(this.#part, end.lineEnd);
    }
  }

  async close(): Promise<void> {
    await this.#part.chunks.return(undefined);
    await this.#archive.close();
  }

  async #openNext(entry: ArchiveEntry): Promise<void> {
    const before = (this.#compressedBytes += this.#part.entry.compressedBytes);
    this.#part = await openPart(this.#archive, entry, this.#task, (bytes) => this.#onCompressedBytes?.(before + bytes));
    const { line, bytes } = this.#part.start;
    this.#headerBytes += bytes;
    if (this.header === undefined || line?.equals(this.header) === true) return;
    const message = `its first line is not the header of the table's first chunk: give each chunk that header, or set spec.format.header to false if none has one`;
    const file = entryLocation(this.#task.table.dump.file, entry.name);
    throw new DataError('ChunkHeader', message, { file, table: this.#task.table.table, line: 1 });
  }
}

/** Where a task's data is: what every error of a load names. */
export function locationOf(task: LoadTask): Location {
  const { dump, dat, table } = task.table;
  return { file: dat === undefined ? dump.file : entryLocation(dump.file, dat.entry), table };
}

/** What precedes the data, and the first bytes of the data. */
interface FirstLine {
  readonly line: Buffer | undefined;
  readonly bytes: number;
  readonly rest: readonly Buffer[];
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** A byte order mark, where the first line is data: with a header it is left out of the first column's name, see `parseHeader`. */
async function readMark(chunks: AsyncIterator<Buffer>, encoding: string): Promise<FirstLine> {
  const read: Buffer[] = [];
  while (isUtf8(encoding) && Buffer.concat(read).length < BYTE_ORDER_MARK.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    read.push(Buffer.from(next.value));
  }
  const text = Buffer.concat(read);
  const bytes = text.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
  return { line: undefined, bytes, rest: bytes === 0 ? read : [text.subarray(bytes)] };
}

async function readFirstLine(chunks: AsyncIterator<Buffer>, location: Location): Promise<FirstLine> {
  let read = Buffer.alloc(0);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    read = Buffer.concat([read, next.value]);
    const end = read.indexOf(LINE_FEED);
    if (end !== -1) return { line: read.subarray(0, end), bytes: end + 1, rest: [read.subarray(end + 1)] };
    if (read.length > HEADER_BYTES) {
      const message = `the first ${HEADER_BYTES} bytes have no line end, so there is no header: check spec.format.header`;
      throw new DataError('NoHeader', message, { ...location, line: 1 });
    }
  }
  if (read.length > 0) return { line: read, bytes: read.length, rest: [] };
  throw new DataError(
    'DatFileEmpty',
    'it is empty and has no header: create the dump again, or set spec.format.header to false if it has none',
    location,
  );
}

/** An entry of the DAT file, past its header. */
interface Part {
  readonly entry: ArchiveEntry;
  readonly chunks: AsyncGenerator<Buffer>;
  readonly start: FirstLine;
}

async function openPart(
  archive: Archive,
  entry: ArchiveEntry,
  task: LoadTask,
  onCompressedBytes?: (bytes: number) => void,
): Promise<Part> {
  const chunks = await archive.openRaw(entry, onCompressedBytes);
  const start = task.format.header
    ? await readFirstLine(chunks, { ...locationOf(task), file: entryLocation(task.table.dump.file, entry.name) })
    : await readMark(chunks, task.format.encoding);
  return { entry, chunks, start };
}

/** How an entry ended: within a line or not, and what ended the lines before. */
interface PartEnd {
  readonly isOpen: boolean;
  readonly lineEnd: Buffer;
}

async function* readPart({ chunks, start }: Part, lineEnd: Buffer = LF): AsyncGenerator<Buffer, PartEnd> {
  let end = endOf(start.line === undefined ? Buffer.alloc(0) : Buffer.concat([start.line, LF]), {
    isOpen: false,
    lineEnd,
  });
  for (const chunk of start.rest) {
    end = endOf(chunk, end);
    if (chunk.length > 0) yield chunk;
  }
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    end = endOf(next.value, end);
    yield next.value;
  }
  return end;
}

const LF = Buffer.from('\n');
const CRLF = Buffer.from('\r\n');

function endOf(chunk: Buffer, before: PartEnd): PartEnd {
  if (chunk.length === 0) return before;
  const last = chunk.lastIndexOf(LINE_FEED);
  const lineEnd = last < 1 ? before.lineEnd : chunk[last - 1] === CRLF[0] ? CRLF : LF;
  return { isOpen: last !== chunk.length - 1, lineEnd };
}

/** The DAT file's entries as the catalogue saw them. */
function findDatEntries(archive: Archive, task: LoadTask): readonly [ArchiveEntry, ...ArchiveEntry[]] {
  const { dat, dump, table } = task.table;
  if (dat?.chunks === undefined) return [findEntry(archive, task, dat)];
  const naming = { ...task.format, isMysql: isMysqlDialect(dump.dialect ?? task.format.dialect, task.format) };
  const files = groupEntries(archive.entries, naming, dump.file).find((found) => found.table === table);
  const [first, ...others] = files?.dat?.chunks ?? [];
  if (first === undefined || !isSame(files?.dat, dat)) throw dumpChanged(task, dat.entry);
  return [first, ...others];
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
