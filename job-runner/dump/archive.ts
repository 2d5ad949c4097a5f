import { DataError } from '../../crds/contract/errors.ts';
import { isEncrypted } from '../../crds/contract/encrypted-name.ts';
import type { ObjectIdentity } from '../../crds/contract/object-identity.ts';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { findArchive } from './archive-extent.ts';
import { BlockReader } from './block-reader.ts';
import type { DirectoryContents } from './directory-contents.ts';
import { FileReader, type DumpReader } from './dump-reader.ts';
import type { DumpSource } from './dump-source.ts';
import { toFileError } from './file-error.ts';
import { isPacked, unpackContent } from './packed-content.ts';
import { hexadecimal, readEntry, type OnPacked } from './read-entry.ts';
import { ZipDirectory, type LocatedEntry } from './zip-directory.ts';
import { entryLocation, type ArchiveEntry, type ArchiveLimits } from './zip-entries.ts';
import type { ZipEncryption } from './zip-password.ts';

export { entryLocation, type ArchiveEntry } from './zip-entries.ts';

/** Opens a dump of a source; with what the catalogue pinned it must be the same object. */
export async function openDump(
  source: DumpSource,
  file: string,
  limits: ArchiveLimits,
  pinned?: ObjectIdentity,
): Promise<Archive> {
  const encryption = { password: source.zipPassword, isWithinMessage: isEncrypted(file) };
  return await readArchive(await source.open(file, pinned), limits, file, encryption);
}

/** Opens a ZIP in a folder. `name` is how messages call it, by default the file's own name. */
export async function openArchive(
  file: string,
  limits: ArchiveLimits,
  name = basename(file),
  encryption?: ZipEncryption,
): Promise<Archive> {
  return await readArchive(await FileReader.open(file, name), limits, name, encryption);
}

/** Reads a ZIP's central directory, nothing else. The reader is the archive's from then on. */
export async function readArchive(
  reader: DumpReader,
  limits: ArchiveLimits,
  name: string,
  encryption: ZipEncryption = {},
): Promise<Archive> {
  try {
    const blocks = new BlockReader(reader);
    const extent = await findArchive(blocks, name);
    const directory = await ZipDirectory.read(blocks, reader.version, extent, limits, name, encryption);
    return new Archive(reader, directory, limits, name, encryption);
  } catch (error) {
    await reader.close();
    throw toFileError(error, name);
  }
}

export class Archive {
  readonly contents: DirectoryContents;
  /** Of a dump in a bucket or on a server. */
  readonly identity: ObjectIdentity | undefined;
  /** What the user should know of the dump, one sentence each. */
  readonly warnings: readonly string[];
  readonly #reader: DumpReader;
  readonly #directory: ZipDirectory;
  readonly #limits: ArchiveLimits;
  readonly #name: string;
  readonly #encryption: ZipEncryption;

  constructor(
    reader: DumpReader,
    directory: ZipDirectory,
    limits: ArchiveLimits,
    name: string,
    encryption: ZipEncryption,
  ) {
    this.#reader = reader;
    this.#directory = directory;
    this.#limits = limits;
    this.#name = name;
    this.#encryption = encryption;
    this.contents = directory.contents;
    this.identity = reader.identity;
    this.warnings = reader.warnings ?? [];
  }

  get entries(): readonly ArchiveEntry[] {
    return this.contents.entries;
  }

  /** Archives that hold the same bytes have the same one. */
  async fingerprint(): Promise<string> {
    return await this.#directory.fingerprint((entry) => entryLocation(this.#name, entry.name));
  }

  /** What differs between entries of the same size with different contents, see `ZipDirectory`; chunks have one of all that they have. */
  async identify(entry: ArchiveEntry & { readonly chunks?: readonly ArchiveEntry[] }): Promise<string> {
    if (entry.chunks === undefined) return await this.#directory.identify(entry, entryLocation(this.#name, entry.name));
    const each: string[] = [];
    for (const chunk of entry.chunks) each.push(`${await this.identify(chunk)}:${chunk.bytes}`);
    return hexadecimal(crc32(each.join()));
  }

  /** What `readSmall` is about to be asked for, entry by entry. */
  async prefetch(entries: readonly ArchiveEntry[]): Promise<void> {
    await this.#reader.prefetch?.(entries.map((entry) => this.#directory.positionOf(entry)));
  }

  /** A small entry's bytes; more than `maxBytes` are refused before one is read. */
  async readSmall(entry: ArchiveEntry, maxBytes: number, onPacked?: OnPacked): Promise<Buffer> {
    if (entry.bytes > maxBytes) {
      const message = `it has ${entry.bytes} bytes, and only ${maxBytes} are allowed`;
      throw new DataError('EntryTooLarge', message, { file: entryLocation(this.#name, entry.name) });
    }
    const bytes = Buffer.alloc(entry.bytes);
    let filled = 0;
    for await (const chunk of await this.openRaw(entry, onPacked)) filled += chunk.copy(bytes, filled);
    return bytes;
  }

  /**
   * The entry's unpacked bytes in large chunks, each valid until the next, checked against its declared size and CRC-32 (see `readEntry`).
   */
  async openRaw(entry: ArchiveEntry, onPacked?: OnPacked): Promise<AsyncGenerator<Buffer, void, undefined>> {
    if (entry.problem !== undefined) throw entry.problem;
    const file = entryLocation(this.#name, entry.name);
    const located = await this.#directory.locate(entry, file);
    const { compressedBytes, bytes } = entry;
    const reader = located.kept ?? (await this.#decrypt(located, compressedBytes, file));
    const chunks = readEntry({ reader, ...located, compressedBytes, bytes, file }, onPacked);
    return this.#reader.checkUnchanged === undefined ? chunks : this.#explainDamage(chunks);
  }

  /** What reads the packed bytes in the clear. It is loaded only where it is used. */
  async #decrypt(
    { encrypted, start }: LocatedEntry,
    compressedBytes: number,
    file: string,
  ): Promise<Pick<DumpReader, 'openSequence'>> {
    const { password } = this.#encryption;
    if (encrypted === undefined || password === undefined) return this.#reader;
    const { decryptEntry } = await import('./encrypted/aes-entry.ts');
    return await decryptEntry({ reader: this.#reader, start, compressedBytes, file, ...encrypted }, await password());
  }

  /** The same for a DAT file, which may be packed itself: `users.dat.gz`, `users.tsv.zst`. */
  async openContent(entry: ArchiveEntry, onPacked?: OnPacked): Promise<AsyncGenerator<Buffer, void, undefined>> {
    const chunks = await this.openRaw(entry, onPacked);
    if (!isPacked(entry.name)) return chunks;
    return unpackContent(entry.name, chunks, this.#limits.maxEntryBytes, {
      file: entryLocation(this.#name, entry.name),
    });
  }

  /** An object that was replaced while it was read looks damaged: its last bytes are another one's. */
  async *#explainDamage(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* chunks;
    } catch (error) {
      if (error instanceof DataError) await this.#reader.checkUnchanged?.();
      throw error;
    }
  }

  /** Where in the dump an entry begins. An encrypted one is read once by whoever reads its entries in this order. */
  positionOf(entry: ArchiveEntry): number {
    return this.#directory.positionOf(entry);
  }

  /** Throws unless all that was read is proved to be what was written, see `DumpReader`. To be called before it counts. */
  async prove(): Promise<void> {
    await this.#reader.prove?.();
  }

  /** Releases the dump. Nothing may be reading from it any more. */
  async close(): Promise<void> {
    this.#directory.close();
    await this.#reader.close();
  }
}
