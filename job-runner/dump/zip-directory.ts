import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DataError, MotherloadError, shorten } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';
import { directoryDamaged, type ArchiveExtent } from './archive-extent.ts';
import type { BlockReader } from './block-reader.ts';
import { AES_METHOD, CODE_BYTES, findAesField, overheadOf, VERIFIER_BYTES, type AesField } from './aes-field.ts';
import { findUnsafeName, normaliseEntryName } from './entry-name.ts';
import type { AesEntry } from './encrypted/aes-entry.ts';
import { findEncryptionProblem, withoutEncryption } from './entry-encryption.ts';
import { findEntryProblem } from './entry-problem.ts';
import { toFileError } from './file-error.ts';
import { endsEarly, hexadecimal } from './read-entry.ts';
import type { ZipEncryption } from './zip-password.ts';

/** An entry as the ZIP's central directory declares it. */
export interface ArchiveEntry {
  /** With / between folders, whatever the ZIP has. */
  readonly name: string;
  readonly bytes: number;
  /** Without what encryption adds. */
  readonly compressedBytes: number;
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
  readonly #zip: ZipFile;
  readonly #reader: BlockReader;
  readonly #declared: ReadonlyMap<ArchiveEntry, Declared>;
  readonly #start: number;
  readonly #identities = new Map<ArchiveEntry, Promise<string>>();

  private constructor(
    zip: ZipFile,
    reader: BlockReader,
    declared: ReadonlyMap<ArchiveEntry, Declared>,
    { start }: ArchiveExtent,
  ) {
    this.entries = [...declared.keys()];
    this.#zip = zip;
    this.#reader = reader;
    this.#declared = declared;
    this.#start = start;
  }

  /** `name` is how messages call the ZIP. */
  static async read(
    reader: BlockReader,
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
      return new ZipDirectory(zip, reader, await readEntries(zip, extent, limits, name, encryption), extent);
    } catch (error) {
      throw error instanceof MotherloadError ? error : describeZipError(error, name);
    }
  }

  /** Where in the file the entries begin, by their local headers. */
  get positions(): readonly number[] {
    return this.entries.map((entry) => this.positionOf(entry));
  }

  /** Where in the file an entry begins. */
  positionOf(entry: ArchiveEntry): number {
    return this.#start + this.#find(entry).header.relativeOffsetOfLocalHeader;
  }

  /** Where in the file an entry's packed bytes begin, and how they are packed. `file` is how messages call the entry. */
  async locate(entry: ArchiveEntry, file: string): Promise<LocatedEntry> {
    const { header, aes } = this.#find(entry);
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(header, { minimal: true });
      const start = this.#start + fileDataStart;
      if (aes === undefined) return { start, method: header.compressionMethod, crc32: header.crc32 };
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
    const { header, aes } = this.#find(entry);
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
    for (const entry of this.entries.toSorted((one, other) => this.positionOf(one) - this.positionOf(other)))
      await this.identify(entry, locationOf(entry));
    for (const entry of this.entries)
      addTo(hash, this.#find(entry).header, await this.identify(entry, locationOf(entry)));
    return hash.digest('hex');
  }

  async #readCode(entry: ArchiveEntry, file: string, headBytes: number): Promise<string> {
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(this.#find(entry).header, { minimal: true });
      const end = this.#start + fileDataStart + headBytes + entry.compressedBytes;
      const code = await this.#reader.read(end, CODE_BYTES);
      if (code.length === CODE_BYTES) return code.toString('hex');
    } catch (error) {
      throw describeEntryError(error, file);
    }
    throw endsEarly(file);
  }

  #find(entry: ArchiveEntry): Declared {
    const declared = this.#declared.get(entry);
    if (declared === undefined) throw new Error(`${entry.name} is not an entry of this ZIP`);
    return declared;
  }

  close(): void {
    this.#zip.close();
  }
}

/** An entry's header in the directory, and how it is encrypted, if it is by AES. */
interface Declared {
  readonly header: Entry;
  readonly aes: AesField | undefined;
}

/** Where an entry's packed bytes lie, and what proves them. */
export interface LocatedEntry {
  readonly start: number;
  /** See `METHODS`. */
  readonly method: number;
  /** Undefined where the authentication code stands for it. */
  readonly crc32: number | undefined;
  readonly encrypted?: Pick<AesEntry, 'field' | 'head' | 'code'>;
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
  encryption: ZipEncryption,
): Promise<Map<ArchiveEntry, Declared>> {
  refuseTooMany(count, limits, name);
  const entries = new Map<ArchiveEntry, Declared>();
  let [read, packed] = [0, 0];
  // yauzl stops at the count, which may have wrapped; the directory's size has not.
  zip.entryCount = Math.floor(directoryBytes / HEADER_BYTES);
  for await (const entry of zip.eachEntry()) {
    packed += entry.compressedSize;
    const aes = entry.compressionMethod === AES_METHOD ? await aesFieldOf(zip, entry) : undefined;
    entries.set(describeEntry(entry, aes, limits, name, encryption), { header: entry, aes });
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

/** Some versions of 7-Zip have it in the local header alone. */
async function aesFieldOf(zip: ZipFile, entry: Entry): Promise<AesField | undefined> {
  const declared = findAesField(entry.extraFields);
  if (declared !== undefined) return declared;
  try {
    const { extraField } = await zip.readLocalFileHeaderPromise(entry, { minimal: false });
    return findAesField(yauzl.parseExtraFields(extraField));
  } catch (error) {
    // What yauzl says of a damaged header has no code.
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    return undefined;
  }
}

function describeEntry(
  entry: Entry,
  aes: AesField | undefined,
  limits: ArchiveLimits,
  dump: string,
  encryption: ZipEncryption,
): ArchiveEntry {
  const name = normaliseEntryName(decodeName(entry));
  const unsafe = findUnsafeName(name);
  if (unsafe !== undefined) throw new DataError('UnsafeEntryName', `${unsafe}: create the dump again`, { file: dump });
  const problem =
    findEncryptionProblem(entry, aes, encryption, entryLocation(dump, name)) ??
    findEntryProblem(withoutEncryption(entry, aes), limits, entryLocation(dump, name));
  return {
    name,
    bytes: Math.min(entry.uncompressedSize, Number.MAX_SAFE_INTEGER),
    compressedBytes: Math.min(withoutEncryption(entry, aes).compressedSize, Number.MAX_SAFE_INTEGER),
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
