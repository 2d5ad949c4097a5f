import { DataError } from '../../../crds/contract/errors.ts';
import type { ObjectIdentity } from '../../../crds/contract/object-identity.ts';
import type { DumpReader, SequentialReader } from '../dump-reader.ts';
import { DecryptionStream } from './decryption-stream.ts';
import type { GpgSettings } from './gpg-home.ts';
import type { ScannedMessage } from './scan-message.ts';

/**
 * The ZIP in an encrypted dump. What is read of it at random was kept when it was scanned. Entries are read from a stream that goes on from one to the
 * next: whoever reads them in their order reads the message once, and for one that lies before it begins again.
 */
export class EncryptedReader implements DumpReader {
  readonly size: number;
  readonly warnings: readonly string[];
  readonly #encrypted: DumpReader;
  readonly #file: string;
  readonly #settings: GpgSettings;
  readonly #kept: ScannedMessage['kept'];
  /** Where the next entry can be read from, if it lies behind. */
  #idle: DecryptionStream | undefined;
  readonly #used = new Set<DecryptionStream>();
  /** Of a message that is not whole, after which nothing of it counts. */
  #failure: Error | undefined;

  /** The reader of the encrypted dump is its own from then on. `file` is how messages call it. */
  constructor(encrypted: DumpReader, file: string, settings: GpgSettings, scanned: ScannedMessage) {
    this.#encrypted = encrypted;
    this.#file = file;
    this.#settings = settings;
    this.#kept = scanned.kept;
    this.size = scanned.size;
    this.warnings = scanned.warnings;
  }

  get identity(): ObjectIdentity | undefined {
    return this.#encrypted.identity;
  }

  get version(): string {
    return this.#encrypted.version;
  }

  read(target: Buffer, position: number): Promise<number> {
    if (position >= this.size) return Promise.resolve(0);
    const bytes = this.#kept.from(position);
    if (bytes.length > 0) return Promise.resolve(bytes.copy(target));
    const message =
      'its ZIP has a directory that is too large, or lies too far from its end, to be read from a stream: create the dump with zip, in parts if it has very many files';
    return Promise.reject(new DataError('EncryptedLayout', message, { file: this.#file }));
  }

  openSequence(start: number, length: number): SequentialReader {
    const end = Math.min(start + length, this.size);
    let position = start;
    let stream: DecryptionStream | undefined;
    let isClosed = false;
    let reading: Promise<number> | undefined;
    const readOnce = async (target: Buffer): Promise<number> => {
      const wanted = target.subarray(0, end - position);
      const kept = this.#kept.from(position);
      if (kept.length > 0 && stream === undefined) {
        position += kept.copy(wanted);
        return Math.min(kept.length, wanted.length);
      }
      const read = await this.#attempt(async () => {
        stream ??= await this.#acquire(position);
        return await stream.read(wanted);
      });
      position += read;
      return read;
    };
    return {
      read: (target) => {
        if (isClosed || position >= end) return Promise.resolve(0);
        const read = readOnce(target).finally(() => (reading = undefined));
        reading = read;
        return read;
      },
      // A stream is begun for bytes that are needed, not for those that may be.
      mayReadAhead: () => stream !== undefined || this.#kept.from(position).length > 0,
      close: () => {
        if (isClosed) return;
        isClosed = true;
        const release = () => stream && this.#release(stream);
        if (reading === undefined) release();
        else void reading.catch(() => 0).then(release);
      },
    };
  }

  /** Throws unless every byte that was read so far comes from a message that is whole. */
  async prove(): Promise<void> {
    await this.#attempt(async () => {
      for (const stream of this.#used) {
        await stream.finish();
        if (stream.position === this.size) continue;
        const message = 'the dump was replaced while it was being loaded (its ZIP has another size)';
        throw new DataError('DumpChanged', `${message}: run the ingestion again`, { file: this.#file });
      }
    });
    this.#used.clear();
    this.#idle = undefined;
  }

  async checkUnchanged(): Promise<void> {
    await this.#encrypted.checkUnchanged?.();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#used].map((stream) => stream.close()));
    this.#used.clear();
    await this.#encrypted.close();
  }

  /** Whoever reads on after a failure would read the message from its start. */
  async #attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  async #acquire(position: number): Promise<DecryptionStream> {
    const idle = this.#idle;
    this.#idle = undefined;
    const isUsable = idle !== undefined && idle.position <= position;
    // What has been read from it is to be proved all the same.
    if (idle !== undefined && !isUsable) await idle.finish();
    const stream = isUsable ? idle : new DecryptionStream(this.#encrypted, this.#file, this.#settings);
    this.#used.add(stream);
    await stream.skipTo(position);
    return stream;
  }

  #release(stream: DecryptionStream): void {
    if (this.#used.has(stream)) this.#idle = stream;
  }
}
