import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { openArchive, entryLocation, type Archive, type ArchiveEntry } from './archive.ts';
import { resolveDump } from './find-dumps.ts';
import { parseSchemaFile } from './schema-file.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { isUtf8 } from '../plan/encodings.ts';

const LINE_FEED = 0x0a;
/** 1600 columns, PostgreSQL's bound, of 63 bytes make 100 kB. */
const HEADER_BYTES = 1024 * 1024;

/** One table's two entries in a dump, the DAT file open and past its header. */
export class DatFile {
  readonly schemaColumns: readonly SchemaColumn[];
  /** The first line without its line end, where the format has a header. */
  readonly header: Buffer | undefined;
  readonly #archive: Archive;
  readonly #chunks: AsyncGenerator<Buffer>;
  readonly #rest: readonly Buffer[];
  /** Bytes before the data: a header and its line end, or a byte order mark. */
  readonly headerBytes: number;

  private constructor(
    archive: Archive,
    schemaColumns: readonly SchemaColumn[],
    chunks: AsyncGenerator<Buffer>,
    first: FirstLine,
  ) {
    this.#archive = archive;
    this.schemaColumns = schemaColumns;
    this.#chunks = chunks;
    this.header = first.line;
    this.#rest = first.rest;
    this.headerBytes = first.bytes;
  }

  /** Opens what the catalogue found; `onCompressedBytes` hears how many packed bytes of the DAT file have been read. */
  static async open(task: LoadTask, onCompressedBytes?: (bytes: number) => void): Promise<DatFile> {
    const { dump, dat, schemaFile } = task.table;
    const archive = await openArchive(await resolveDump(task.dumpsFolder, dump.file), task.limits, dump.file);
    try {
      const schemaEntry = findEntry(archive, task, schemaFile);
      const schemaBytes = await archive.readSmall(schemaEntry, task.limits.maxSchemaFileBytes);
      const schemaColumns = parseSchemaFile(schemaBytes, {
        file: entryLocation(dump.file, schemaEntry.name),
        table: task.table.table,
      });
      const chunks = await archive.openRaw(findEntry(archive, task, dat), onCompressedBytes);
      const first = task.format.header
        ? await readFirstLine(chunks, locationOf(task))
        : await readMark(chunks, task.format.encoding);
      return new DatFile(archive, schemaColumns, chunks, first);
    } catch (error) {
      await archive.close();
      throw error;
    }
  }

  /** The data after the header, once, in chunks that are valid until the next. */
  async *chunks(): AsyncGenerator<Buffer> {
    for (const chunk of this.#rest) if (chunk.length > 0) yield chunk;
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next()) yield next.value;
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
    await this.#archive.close();
  }
}

/** Where a task's data is: what every error of a load names. */
export function locationOf(task: LoadTask): Location {
  const { dump, dat, table } = task.table;
  return { file: dat === undefined ? dump.file : entryLocation(dump.file, dat.entry), table };
}

/** What stands before the data, and the first of the data. */
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
      const message = `the first ${HEADER_BYTES} bytes hold no line end, so there is no header: check spec.format.header`;
      throw new DataError('NoHeader', message, { ...location, line: 1 });
    }
  }
  if (read.length > 0) return { line: read, bytes: read.length, rest: [] };
  throw new DataError(
    'DatFileEmpty',
    'the file is empty and has no header: make the dump anew, or say spec.format.header: false',
    location,
  );
}

/** The entry that the catalogue saw: same name, size and CRC-32. */
function findEntry(
  archive: Archive,
  task: LoadTask,
  expected: { entry: string; bytes: number; crc32: string } | undefined,
): ArchiveEntry {
  const entry = archive.entries.find(({ name }) => name === expected?.entry);
  if (entry !== undefined && entry.bytes === expected?.bytes && entry.crc32 === expected.crc32) return entry;
  const message = `the dump changed after the catalogue had been made (${expected?.entry ?? 'an entry'} is another one or gone): run the ingestion again`;
  throw new DataError('DumpChanged', message, { file: task.table.dump.file, table: task.table.table });
}
