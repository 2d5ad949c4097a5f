import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DataError, MotherloadError, shorten } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';
import { findUnsafeName } from './entry-name.ts';
import { findEntryProblem } from './entry-problem.ts';
import { toFileError } from './file-error.ts';
import { hexadecimal, readEntry } from './read-entry.ts';

/** An entry as the ZIP's central directory declares it. */
export interface ArchiveEntry {
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

/** Opens a ZIP and reads its central directory, nothing else. `name` is how messages call it, by default the file's own name. */
export async function openArchive(file: string, limits: ArchiveLimits, name = basename(file)): Promise<Archive> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw toFileError(error, name);
  });
  try {
    const { size } = await handle.stat();
    const zip = await openZip(handle, size, name);
    const entries = await readDirectory(zip, limits, name);
    return new Archive(handle, zip, entries, name);
  } catch (error) {
    await handle.close();
    throw error instanceof MotherloadError ? error : describeZipError(error, name);
  }
}

export class Archive {
  readonly entries: readonly ArchiveEntry[];
  readonly #handle: FileHandle;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<ArchiveEntry, Entry>;
  readonly #name: string;

  constructor(handle: FileHandle, zip: ZipFile, entries: ReadonlyMap<ArchiveEntry, Entry>, name: string) {
    this.#handle = handle;
    this.#zip = zip;
    this.#entries = entries;
    this.#name = name;
    this.entries = [...entries.keys()];
  }

  /** A small entry's bytes; more than `maxBytes` are refused before one is read. */
  async readSmall(entry: ArchiveEntry, maxBytes: number): Promise<Buffer> {
    if (entry.bytes > maxBytes) {
      const message = `it has ${entry.bytes} bytes, more than the ${maxBytes} that are allowed`;
      throw new DataError('EntryTooLarge', message, { file: this.#locationOf(entry) });
    }
    const bytes = Buffer.alloc(entry.bytes);
    let filled = 0;
    for await (const chunk of await this.openRaw(entry)) filled += chunk.copy(bytes, filled);
    return bytes;
  }

  /**
   * The entry's unpacked bytes in large chunks, each valid until the next, checked against its declared size and CRC-32 (see `readEntry`).
   * `onCompressedBytes` is told how many packed bytes have been read so far.
   */
  async openRaw(
    entry: ArchiveEntry,
    onCompressedBytes?: (bytes: number) => void,
  ): Promise<AsyncGenerator<Buffer, void, undefined>> {
    const declared = this.#entries.get(entry);
    if (declared === undefined) throw new Error(`${entry.name} is no entry of ${this.#name}`);
    if (entry.problem !== undefined) throw entry.problem;
    const file = this.#locationOf(entry);
    const { fileDataStart } = await this.#zip
      .readLocalFileHeaderPromise(declared, { minimal: true })
      .catch((error: unknown) => {
        throw describeEntryError(error, file);
      });
    const { compressedBytes, bytes } = entry;
    const deflated = declared.compressionMethod !== 0;
    const packed = {
      handle: this.#handle,
      start: fileDataStart,
      compressedBytes,
      bytes,
      crc32: declared.crc32,
      deflated,
      file,
    };
    return readEntry(packed, onCompressedBytes);
  }

  /** Releases the file. What is still being read is to be ended before. */
  async close(): Promise<void> {
    this.#zip.close();
    await this.#handle.close();
  }

  #locationOf(entry: ArchiveEntry): string {
    return entryLocation(this.#name, entry.name);
  }
}

/** How messages call an entry: `dump.zip:users.dat`. */
export function entryLocation(dump: string, entry: string): string {
  return `${dump}:${shorten(entry)}`;
}

async function openZip(handle: FileHandle, size: number, name: string): Promise<ZipFile> {
  if (size === 0) throw new DataError('DumpEmpty', 'it has no bytes: copy or make the dump anew', { file: name });
  try {
    // Names are decoded here and not by yauzl, which would turn backslashes into slashes; sizes are checked by `readEntry`.
    const options = { decodeStrings: false, validateEntrySizes: false, autoClose: false };
    return await yauzl.fromRandomAccessReaderPromise(new BlockReader(handle), size, options);
  } catch (error) {
    if (!/End of central directory record signature not found/.test((error as Error).message)) throw error;
    // 4.3.7 of the APPNOTE: a ZIP begins with a local file header's signature.
    const { buffer: start } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (start.toString('latin1') !== 'PK\x03\x04') {
      throw new DataError('DumpNotZip', 'it is no ZIP: exclude it by spec.source.exclude, or make the dump anew', {
        file: name,
      });
    }
    throw new DataError('DumpTruncated', `it ends after ${size} bytes, before the ZIP does: copy the dump anew`, {
      file: name,
    });
  }
}

async function readDirectory(zip: ZipFile, limits: ArchiveLimits, name: string): Promise<Map<ArchiveEntry, Entry>> {
  const most = limits.maxTables * ENTRIES_PER_TABLE;
  if (zip.entryCount > most) {
    const message = `the ZIP declares ${zip.entryCount} entries, more than ${ENTRIES_PER_TABLE} for each of the ${limits.maxTables} tables that spec.limits.maxTables allows`;
    throw new DataError('TooManyEntries', message, { file: name });
  }
  const entries = new Map<ArchiveEntry, Entry>();
  let packed = 0;
  for await (const entry of zip.eachEntry()) {
    packed += entry.compressedSize;
    entries.set(describeEntry(entry, limits, name), entry);
  }
  if (packed > zip.fileSize) {
    const message = `its entries have ${packed} packed bytes and the file has ${zip.fileSize}: entries share their bytes, as in a ZIP bomb`;
    throw new DataError('OverlappingEntries', message, { file: name });
  }
  return entries;
}

function describeEntry(entry: Entry, limits: ArchiveLimits, dump: string): ArchiveEntry {
  const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  const unsafe = findUnsafeName(name);
  if (unsafe !== undefined) throw new DataError('UnsafeEntryName', `${unsafe}: make the dump anew`, { file: dump });
  const problem = findEntryProblem(entry, limits, entryLocation(dump, name));
  return {
    name,
    bytes: Math.min(entry.uncompressedSize, Number.MAX_SAFE_INTEGER),
    compressedBytes: Math.min(entry.compressedSize, Number.MAX_SAFE_INTEGER),
    crc32: hexadecimal(entry.crc32),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** yauzl's complaints about the directory; none of them has a code, and its words say what is wrong. */
function describeZipError(error: unknown, name: string): MotherloadError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return toFileError(error, name);
  if (message.startsWith('strong encryption')) {
    return new DataError('EntryEncrypted', 'it has encrypted entries: make the dump without encryption', {
      file: name,
    });
  }
  const text = `the ZIP's directory is damaged (${shorten(message)}): copy or make the dump anew`;
  return new DataError('DumpCorrupt', text, { file: name }, { cause: error });
}

function describeEntryError(error: unknown, file: string): MotherloadError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return toFileError(error, file);
  const text = `its place in the ZIP is damaged (${shorten(message)}): copy or make the dump anew`;
  return new DataError(
    message.includes('overflows') ? 'EntryTruncated' : 'EntryCorrupt',
    text,
    { file },
    { cause: error },
  );
}

/** The longest end of a ZIP that may hold its directory's end: a record of 22 bytes, a comment, the ZIP64 locator (APPNOTE 4.3.15, 4.3.16). */
const BLOCK_BYTES = 22 + 0xffff + 20;

/**
 * Reads for yauzl, which asks for 46 bytes and a name at a time: what was read last is kept, so a small ZIP costs one read in all.
 */
class BlockReader extends yauzl.RandomAccessReader {
  readonly #handle: FileHandle;
  #last = { bytes: Buffer.alloc(0), start: 0 };

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytes?: number) => void,
  ) {
    this.#load(position, length).then(
      ({ bytes, start }) => callback(null, bytes.copy(target, offset, position - start, position - start + length)),
      (error: unknown) => callback(error as Error),
    );
  }

  async #load(position: number, length: number): Promise<{ bytes: Buffer; start: number }> {
    const { bytes, start } = this.#last;
    if (position >= start && position + length <= start + bytes.length) return this.#last;
    // A directory can name any place; beyond what a file can have there is nothing, which yauzl takes for the file's end.
    if (!Number.isSafeInteger(position + length)) return { bytes: Buffer.alloc(0), start: position };
    const block = Buffer.allocUnsafe(Math.max(length, BLOCK_BYTES));
    const { bytesRead } = await this.#handle.read(block, 0, block.length, position);
    this.#last = { bytes: block.subarray(0, bytesRead), start: position };
    return this.#last;
  }
}
