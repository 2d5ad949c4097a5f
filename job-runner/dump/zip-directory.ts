import { createHash, type Hash } from 'node:crypto';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DataError, MotherloadError, shorten } from '../../crds/contract/errors.ts';
import { directoryDamaged, type ArchiveExtent } from './archive-extent.ts';
import type { BlockReader } from './block-reader.ts';
import { contentsOf, type DirectoryContents } from './directory-contents.ts';
import type { DumpReader } from './dump-reader.ts';
import { CODE_BYTES, overheadOf, VERIFIER_BYTES } from './aes-field.ts';
import type { AesEntry } from './encrypted/aes-entry.ts';
import { toFileError } from './file-error.ts';
import { endsEarly, hexadecimal } from './read-entry.ts';
import { readEntries, type ArchiveEntry, type ArchiveLimits } from './zip-entries.ts';
import type { ZipEncryption } from './zip-password.ts';

/** A ZIP's central directory. */
export class ZipDirectory {
  readonly contents: DirectoryContents;
  readonly #zip: ZipFile;
  readonly #reader: BlockReader;
  readonly #start: number;
  readonly #identities = new Map<ArchiveEntry, Promise<string>>();

  private constructor(zip: ZipFile, reader: BlockReader, contents: DirectoryContents, { start }: ArchiveExtent) {
    this.contents = contents;
    this.#zip = zip;
    this.#reader = reader;
    this.#start = start;
  }

  /** `name` is how messages call the ZIP, `version` another one where its bytes may be others, if that is known. */
  static async read(
    reader: BlockReader,
    version: string | undefined,
    extent: ArchiveExtent,
    limits: ArchiveLimits,
    name: string,
    encryption: ZipEncryption = {},
  ): Promise<ZipDirectory> {
    try {
      // Names are decoded by `decodeName`; sizes are checked by `readEntry`.
      const options = { decodeStrings: false, validateEntrySizes: false, autoClose: false };
      const view = new ArchiveView(reader, extent.start);
      const zip = await yauzl.fromRandomAccessReaderPromise(view, extent.end - extent.start, options);
      const { maxEntryBytes, maxCompressionRatio, maxTables } = limits;
      const { password, isWithinMessage } = encryption;
      const readBy = [maxEntryBytes, maxCompressionRatio, maxTables, password !== undefined, isWithinMessage];
      const key = version === undefined ? undefined : JSON.stringify([name, version, extent, ...readBy]);
      const contents = await contentsOf(key, () => readEntries(zip, extent, limits, name, encryption));
      return new ZipDirectory(zip, reader, contents, extent);
    } catch (error) {
      throw error instanceof MotherloadError ? error : describeZipError(error, name);
    }
  }

  /** Where in the file the entries begin, by their local headers. */
  get positions(): readonly number[] {
    return this.contents.entries.map((entry) => this.positionOf(entry));
  }

  /** Where in the file an entry begins. */
  positionOf(entry: ArchiveEntry): number {
    return this.#start + this.contents.declared(entry).header.relativeOffsetOfLocalHeader;
  }

  /** Where in the file an entry's packed bytes begin, and how they are packed. `file` is how messages call the entry. */
  async locate(entry: ArchiveEntry, file: string): Promise<LocatedEntry> {
    const { header, aes } = this.contents.declared(entry);
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(header, { minimal: true });
      const start = this.#start + fileDataStart;
      if (aes === undefined) {
        const kept = this.#reader.kept(start, entry.compressedBytes);
        return { start, method: header.compressionMethod, crc32: header.crc32, kept };
      }
      const headBytes = aes.saltBytes + VERIFIER_BYTES;
      const [head, code] = [
        Buffer.from(await this.#reader.read(start, headBytes)),
        aes.hasCrc ? undefined : Buffer.from(await this.identify(entry, file), 'hex'),
      ];
      const encrypted = { field: aes, head, code };
      return {
        ...{ start: start + headBytes, method: aes.method, crc32: aes.hasCrc ? header.crc32 : undefined },
        encrypted,
      };
    } catch (error) {
      throw describeEntryError(error, file);
    }
  }

  /**
   * What differs between entries of the same size with different contents: the CRC-32 in eight hexadecimal digits. Where the ZIP has none, since AES
   * would not hide it, the authentication code in twenty; the same content that is encrypted once more has another one.
   */
  async identify(entry: ArchiveEntry, file: string): Promise<string> {
    const { header, aes } = this.contents.declared(entry);
    if (aes === undefined || aes.hasCrc) return hexadecimal(header.crc32);
    const known = this.#identities.get(entry) ?? this.#readCode(entry, file, overheadOf(aes) - CODE_BYTES);
    this.#identities.set(entry, known);
    return await known;
  }

  /**
   * A digest of all that the directory says (names, times, sizes, CRC-32s and offsets), what entries without a CRC-32 are known by, the file's size
   * and where in it the ZIP begins. Two files with the same one hold the same bytes, as far as a CRC-32 per entry shows.
   */
  async fingerprint(locationOf: (entry: ArchiveEntry) => string): Promise<string> {
    const hash = createHash('sha256').update(JSON.stringify([this.#reader.size, this.#start]));
    // In their order in the file each is read with the header of the next one.
    for (const entry of this.contents.entries.toSorted((one, other) => this.positionOf(one) - this.positionOf(other)))
      await this.identify(entry, locationOf(entry));
    for (const entry of this.contents.entries)
      addTo(hash, this.contents.declared(entry).header, await this.identify(entry, locationOf(entry)));
    return hash.digest('hex');
  }

  async #readCode(entry: ArchiveEntry, file: string, headBytes: number): Promise<string> {
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(this.contents.declared(entry).header, {
        minimal: true,
      });
      const end = this.#start + fileDataStart + headBytes + entry.compressedBytes;
      const code = await this.#reader.read(end, CODE_BYTES);
      if (code.length === CODE_BYTES) return code.toString('hex');
    } catch (error) {
      throw describeEntryError(error, file);
    }
    throw endsEarly(file);
  }

  close(): void {
    this.#zip.close();
  }
}

/** Where an entry's packed bytes lie, and what proves them. */
export interface LocatedEntry {
  readonly start: number;
  /** See `METHODS`. */
  readonly method: number;
  /** Undefined where the authentication code stands for it. */
  readonly crc32: number | undefined;
  /** What has the packed bytes already, see `BlockReader`. */
  readonly kept?: Pick<DumpReader, 'openSequence'> | undefined;
  readonly encrypted?: Pick<AesEntry, 'field' | 'head' | 'code'>;
}

function addTo(hash: Hash, header: Entry, identity: string): void {
  const { lastModFileDate, lastModFileTime, uncompressedSize, compressedSize } = header;
  const { relativeOffsetOfLocalHeader, compressionMethod, fileNameRaw, extraFieldRaw } = header;
  const numbers = [lastModFileDate, lastModFileTime, uncompressedSize, compressedSize, compressionMethod];
  const lengths = [relativeOffsetOfLocalHeader, fileNameRaw.length, extraFieldRaw.length];
  hash.update(JSON.stringify([...numbers, identity, ...lengths]));
  hash.update(fileNameRaw).update(extraFieldRaw);
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
