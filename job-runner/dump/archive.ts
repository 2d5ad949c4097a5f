import { DataError } from '../../crds/contract/errors.ts';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { findArchive } from './archive-extent.ts';
import { BlockReader } from './block-reader.ts';
import { toFileError } from './file-error.ts';
import { isPacked, unpackContent } from './packed-content.ts';
import { readEntry, type OnPacked } from './read-entry.ts';
import { entryLocation, ZipDirectory, type ArchiveEntry, type ArchiveLimits } from './zip-directory.ts';

export { entryLocation, type ArchiveEntry } from './zip-directory.ts';

/** Opens a ZIP and reads its central directory, nothing else. `name` is how messages call it, by default the file's own name. */
export async function openArchive(file: string, limits: ArchiveLimits, name = basename(file)): Promise<Archive> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw toFileError(error, name);
  });
  try {
    const { size } = await handle.stat();
    const reader = new BlockReader(handle, size);
    const extent = await findArchive(reader, name);
    return new Archive(handle, await ZipDirectory.read(reader, extent, limits, name), limits, name);
  } catch (error) {
    await handle.close();
    throw toFileError(error, name);
  }
}

export class Archive {
  readonly entries: readonly ArchiveEntry[];
  /** Archives that hold the same bytes have the same one. */
  readonly fingerprint: string;
  readonly #handle: FileHandle;
  readonly #directory: ZipDirectory;
  readonly #limits: ArchiveLimits;
  readonly #name: string;

  constructor(handle: FileHandle, directory: ZipDirectory, limits: ArchiveLimits, name: string) {
    this.#handle = handle;
    this.#directory = directory;
    this.#limits = limits;
    this.#name = name;
    this.entries = directory.entries;
    this.fingerprint = directory.fingerprint;
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
    return readEntry({ handle: this.#handle, ...located, compressedBytes, bytes, file }, onPacked);
  }

  /** The same for a DAT file, which may be packed itself: `users.dat.gz`, `users.tsv.zst`. */
  async openContent(entry: ArchiveEntry, onPacked?: OnPacked): Promise<AsyncGenerator<Buffer, void, undefined>> {
    const chunks = await this.openRaw(entry, onPacked);
    if (!isPacked(entry.name)) return chunks;
    return unpackContent(entry.name, chunks, this.#limits.maxEntryBytes, {
      file: entryLocation(this.#name, entry.name),
    });
  }

  /** Releases the file. Nothing may be reading from it any more. */
  async close(): Promise<void> {
    this.#directory.close();
    await this.#handle.close();
  }
}
