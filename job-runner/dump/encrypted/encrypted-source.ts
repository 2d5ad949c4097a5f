import type { ObjectIdentity } from '../../../crds/contract/object-identity.ts';
import type { GpgDecryption } from '../../../crds/contract/task.ts';
import { findArchive } from '../archive-extent.ts';
import { BLOCK_BYTES, BlockReader } from '../block-reader.ts';
import type { DumpReader } from '../dump-reader.ts';
import type { DumpSource } from '../dump-source.ts';
import { isEncrypted, withEncrypted } from '../../../crds/contract/encrypted-name.ts';
import { ZipDirectory } from '../zip-directory.ts';
import { DecryptionStream } from './decryption-stream.ts';
import { EncryptedReader } from './encrypted-reader.ts';
import { prepareGpg, type GpgSettings } from './gpg-home.ts';
import { LOCAL_HEADER_BYTES, scanAt, scanMessage, type ScannedMessage } from './scan-message.ts';

/** The dumps of a source, those that are OpenPGP messages among them: `crm_v1.zip.gpg` is found where `crm_v1.zip` would be. */
export function encryptedSource(source: DumpSource, decryption: GpgDecryption): DumpSource {
  return {
    location: source.location,
    list: ({ include, exclude }) =>
      source.list({ include: [...withEncrypted(include)], exclude: [...withEncrypted(exclude)] }),
    open: async (file, pinned?: ObjectIdentity) => {
      const reader = await source.open(file, pinned);
      if (!isEncrypted(file)) return reader;
      try {
        const settings = await prepareGpg(decryption);
        const scanned = await scans.find(`${source.location}\n${file}`, reader.version, () =>
          scan(reader, file, settings),
        );
        return new EncryptedReader(reader, file, settings, scanned);
      } catch (error) {
        await reader.close();
        throw error;
      }
    },
  };
}

async function scan(encrypted: DumpReader, file: string, settings: GpgSettings): Promise<ScannedMessage> {
  const read = async (scanStream: (stream: DecryptionStream) => Promise<ScannedMessage>) => {
    const stream = new DecryptionStream(encrypted, file, settings);
    try {
      return await scanStream(stream);
    } finally {
      await stream.close();
    }
  };
  const scanned = await read(scanMessage);
  const { positions, start } = await readDirectory(encrypted, file, settings, scanned);
  scanned.kept.trimTail(start);
  const areKept = positions.every((position) => scanned.kept.from(position).length >= LOCAL_HEADER_BYTES);
  if (areKept) return scanned;
  const again = await read((stream) => scanAt(stream, positions));
  again.kept.trimTail(start);
  return again;
}

/** From where on the end is needed, to find the directory and read it, and where it says that entries begin. */
async function readDirectory(
  ...parameters: ConstructorParameters<typeof EncryptedReader>
): Promise<{ readonly positions: readonly number[]; readonly start: number }> {
  const blocks = new BlockReader(new EncryptedReader(...parameters));
  const extent = await findArchive(blocks, parameters[1]);
  const directory = await ZipDirectory.read(blocks, undefined, extent, ANY_SIZE, parameters[1]);
  directory.close();
  // The end of a ZIP is searched for in its last BLOCK_BYTES, behind which NULs may follow.
  return { positions: directory.positions, start: Math.max(0, extent.end - extent.directoryBytes - 2 * BLOCK_BYTES) };
}

/** The manifest's limits are checked by whoever reads the archive. */
const ANY_SIZE = { maxEntryBytes: Infinity, maxCompressionRatio: Infinity, maxTables: 100_000 };

/** Scans of this process, one at a time and the last of each dump: what the catalogue has read, the first question about it reads again. */
class Scans {
  readonly #known = new Map<string, { readonly version: string; readonly scanned: ScannedMessage }>();
  #last: Promise<unknown> = Promise.resolve();

  async find(key: string, version: string, scanDump: () => Promise<ScannedMessage>): Promise<ScannedMessage> {
    const turn = this.#last.then(async () => {
      const known = this.#known.get(key);
      if (known?.version === version) return known.scanned;
      const scanned = await scanDump();
      this.#keep(key, version, scanned);
      return scanned;
    });
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  #keep(key: string, version: string, scanned: ScannedMessage): void {
    this.#known.delete(key);
    this.#known.set(key, { version, scanned });
    let bytes = [...this.#known.values()].reduce((sum, known) => sum + known.scanned.kept.bytes, 0);
    for (const [oldest, { scanned: old }] of this.#known) {
      if (bytes <= MAX_KEPT_BYTES || oldest === key) return;
      this.#known.delete(oldest);
      bytes -= old.kept.bytes;
    }
  }
}

const MAX_KEPT_BYTES = 64 * 1024 * 1024;

const scans = new Scans();
