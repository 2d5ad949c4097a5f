import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DataError, MotherloadError, shorten } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';
import { directoryDamaged, type ArchiveExtent } from './archive-extent.ts';
import type { BlockReader } from './block-reader.ts';
import { findUnsafeName, normaliseEntryName } from './entry-name.ts';
import { findEntryProblem } from './entry-problem.ts';
import { toFileError } from './file-error.ts';
import { hexadecimal } from './read-entry.ts';

/** An entry as the ZIP's central directory declares it. */
export interface ArchiveEntry {
  /** With / between folders, whatever the ZIP has. */
  readonly name: string;
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Eight hexadecimal digits. */
  readonly crc32: string;
  /** Why it cannot be read; reading it throws this. */
  readonly problem?: MotherloadError;
}

/** The bounds that concern an archive. */
export type ArchiveLimits = Pick<Limits, 'maxEntryBytes' | 'maxCompressionRatio' | 'maxTables'>;

/** Each table has two files; the rest is room for what a dump holds beside its tables. */
const ENTRIES_PER_TABLE = 4;
/** A directory's header of an entry before its name. APPNOTE 4.3.12 */
const HEADER_BYTES = 46;
/** The flag of a name in UTF-8 (APPNOTE 4.4.4), and the extra field that has one beside a name in another encoding (4.6.9). */
const UTF8_FLAG = 0x800;
const UNICODE_PATH = 0x7075;

/** A ZIP's central directory. */
export class ZipDirectory {
  readonly entries: readonly ArchiveEntry[];
  /**
   * A digest of all that the directory says (names, times, sizes, CRC-32s and offsets), the file's size and where in it the ZIP begins. Two files
   * with the same one hold the same bytes, as far as a CRC-32 per entry shows.
   */
  readonly fingerprint: string;
  readonly #zip: ZipFile;
  readonly #declared: ReadonlyMap<ArchiveEntry, Entry>;
  readonly #start: number;

  private constructor(
    zip: ZipFile,
    declared: ReadonlyMap<ArchiveEntry, Entry>,
    { start }: ArchiveExtent,
    size: number,
  ) {
    this.entries = [...declared.keys()];
    this.fingerprint = fingerprintOf([size, start], declared.values());
    this.#zip = zip;
    this.#declared = declared;
    this.#start = start;
  }

  /** `name` is how messages call the ZIP. */
  static async read(
    reader: BlockReader,
    extent: ArchiveExtent,
    limits: ArchiveLimits,
    name: string,
  ): Promise<ZipDirectory> {
    try {
      // Names are decoded by `decodeName`; sizes are checked by `readEntry`.
      const options = { decodeStrings: false, validateEntrySizes: false, autoClose: false };
      const view = new ArchiveView(reader, extent.start);
      const zip = await yauzl.fromRandomAccessReaderPromise(view, extent.end - extent.start, options);
      return new ZipDirectory(zip, await readEntries(zip, extent, limits, name), extent, reader.size);
    } catch (error) {
      throw error instanceof MotherloadError ? error : describeZipError(error, name);
    }
  }

  /** Where in the file the entries begin, by their local headers. */
  get positions(): readonly number[] {
    return [...this.#declared.values()].map(({ relativeOffsetOfLocalHeader: offset }) => this.#start + offset);
  }

  /** Where in the file an entry begins. */
  positionOf(entry: ArchiveEntry): number {
    return this.#start + (this.#declared.get(entry)?.relativeOffsetOfLocalHeader ?? 0);
  }

  /** Where in the file an entry's packed bytes begin, and how they are packed. `file` is how messages call the entry. */
  async locate(entry: ArchiveEntry, file: string): Promise<{ start: number; method: number; crc32: number }> {
    const declared = this.#declared.get(entry);
    if (declared === undefined) throw new Error(`${entry.name} is not an entry of this ZIP`);
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(declared, { minimal: true });
      return { start: this.#start + fileDataStart, method: declared.compressionMethod, crc32: declared.crc32 };
    } catch (error) {
      throw describeEntryError(error, file);
    }
  }

  close(): void {
    this.#zip.close();
  }
}

/** How messages call an entry: `dump.zip:users.dat`. */
export function entryLocation(dump: string, entry: string): string {
  return `${dump}:${shorten(entry)}`;
}

async function readEntries(
  zip: ZipFile,
  { entries: count, directoryBytes, isZip64 }: ArchiveExtent,
  limits: ArchiveLimits,
  name: string,
): Promise<Map<ArchiveEntry, Entry>> {
  refuseTooMany(count, limits, name);
  const entries = new Map<ArchiveEntry, Entry>();
  let [read, packed] = [0, 0];
  // yauzl stops at the count, which may have wrapped; the directory's size has not.
  zip.entryCount = Math.floor(directoryBytes / HEADER_BYTES);
  for await (const entry of zip.eachEntry()) {
    packed += entry.compressedSize;
    entries.set(describeEntry(entry, limits, name), entry);
    refuseTooMany(entries.size, limits, name);
    read += HEADER_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (read >= directoryBytes) break;
  }
  const isWhole = read === directoryBytes && count === (isZip64 ? entries.size : entries.size % 0x10000);
  if (!isWhole) throw directoryDamaged(`it has ${entries.size} entries where ${count} are declared`, name);
  if (packed > zip.fileSize) {
    const message = `its entries have ${packed} packed bytes and the file only ${zip.fileSize}: entries share their bytes, as in a ZIP bomb; do not load it`;
    throw new DataError('OverlappingEntries', message, { file: name });
  }
  return entries;
}

function refuseTooMany(count: number, { maxTables }: ArchiveLimits, name: string): void {
  if (count <= maxTables * ENTRIES_PER_TABLE) return;
  const message = `the ZIP declares ${count} entries, more than ${ENTRIES_PER_TABLE} for each of the ${maxTables} tables that spec.limits.maxTables allows: raise the limit if you trust the dump`;
  throw new DataError('TooManyEntries', message, { file: name });
}

function describeEntry(entry: Entry, limits: ArchiveLimits, dump: string): ArchiveEntry {
  const name = normaliseEntryName(decodeName(entry));
  const unsafe = findUnsafeName(name);
  if (unsafe !== undefined) throw new DataError('UnsafeEntryName', `${unsafe}: create the dump again`, { file: dump });
  const problem = findEntryProblem(entry, limits, entryLocation(dump, name));
  return {
    name,
    bytes: Math.min(entry.uncompressedSize, Number.MAX_SAFE_INTEGER),
    compressedBytes: Math.min(entry.compressedSize, Number.MAX_SAFE_INTEGER),
    crc32: hexadecimal(entry.crc32),
    ...(problem === undefined ? {} : { problem }),
  };
}

/**
 * Bytes that are UTF-8 are taken for it, whether the flag says so or not: macOS, zip and tar write it without, and no text in the code page 437
 * that the APPNOTE means then (D.1) looks like it.
 */
function decodeName({ fileNameRaw, extraFields }: Entry): string {
  const readable = extraFields.filter(({ id, data }) => id !== UNICODE_PATH || isUtf8(data.subarray(5)));
  return yauzl.getFileNameLowLevel(isUtf8(fileNameRaw) ? UTF8_FLAG : 0, fileNameRaw, readable, true);
}

function fingerprintOf(file: readonly number[], entries: Iterable<Entry>): string {
  const hash = createHash('sha256').update(JSON.stringify(file));
  for (const entry of entries) {
    const { lastModFileDate, lastModFileTime, uncompressedSize, compressedSize, crc32 } = entry;
    const { relativeOffsetOfLocalHeader, compressionMethod, fileNameRaw, extraFieldRaw } = entry;
    const numbers = [lastModFileDate, lastModFileTime, uncompressedSize, compressedSize, crc32, compressionMethod];
    hash.update(JSON.stringify([...numbers, relativeOffsetOfLocalHeader, fileNameRaw.length, extraFieldRaw.length]));
    hash.update(fileNameRaw).update(extraFieldRaw);
  }
  return hash.digest('hex');
}

/** yauzl's complaints about the directory; none of them has a code, and its words say what is wrong. */
function describeZipError(error: unknown, name: string): MotherloadError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return toFileError(error, name);
  if (message.startsWith('strong encryption')) {
    const text = 'it has entries in the strong encryption of PKWARE: create the dump without encryption';
    return new DataError('EntryEncrypted', text, { file: name });
  }
  return directoryDamaged(shorten(message), name, { cause: error });
}

function describeEntryError(error: unknown, file: string): MotherloadError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return toFileError(error, file);
  const text = `its location in the ZIP is damaged (${shorten(message)}): copy or create the dump again`;
  const reason = message.includes('overflows') ? 'EntryTruncated' : 'EntryCorrupt';
  return new DataError(reason, text, { file }, { cause: error });
}

/** The ZIP as yauzl sees it, without the bytes before it. */
class ArchiveView extends yauzl.RandomAccessReader {
  readonly #reader: BlockReader;
  readonly #start: number;

  constructor(reader: BlockReader, start: number) {
    super();
    this.#reader = reader;
    this.#start = start;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytes?: number) => void,
  ) {
    this.#reader.read(this.#start + position, length).then(
      (bytes) => callback(null, bytes.copy(target, offset)),
      (error: unknown) => callback(error as Error),
    );
  }
}
