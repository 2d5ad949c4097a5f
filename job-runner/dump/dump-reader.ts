import type { BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ObjectIdentity } from '../../crds/contract/object-identity.ts';
import { toFileError } from './file-error.ts';

/** The bytes of one dump, wherever it lies. */
export interface DumpReader {
  readonly size: number;
  /** How the object differs from a later one of its name; a file has none, since its handle stays with what was opened. */
  readonly identity?: ObjectIdentity | undefined;
  /** Another one where the content may have changed since. */
  readonly version: string;
  /** What the user should know of the dump, one sentence each. */
  readonly warnings?: readonly string[];
  /** Random access, for a ZIP's directory and small entries. Returns how many bytes were read: fewer than asked for, or none, where the dump ends. */
  read(target: Buffer, position: number): Promise<number>;
  /** Reads several places at once that are about to be read in turn, where each waits for a server. What fails is not there: its reader asks again. */
  prefetch?(positions: readonly number[]): Promise<void>;
  /** Sequential access, for one entry. */
  openSequence(start: number, length: number): SequentialReader;
  /** Throws a DataError if the object is not what was opened any more: then damaged bytes are no damage. */
  checkUnchanged?(): Promise<void>;
  /** Throws unless all that was read is proved to be what was written: of an encrypted dump that is known at its end alone. */
  prove?(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes that are read from the first to the last. */
export interface SequentialReader {
  /** The next bytes, at least one unless there are no more; `target` must not be read before. */
  read(target: Buffer): Promise<number>;
  /** Whether the next bytes may be read before they are needed; false where that would be work for nothing if they are not. */
  mayReadAhead?(): boolean;
  /** Ends a pending read, too, where that may wait for a server. */
  close(): void;
}

/** A dump in a folder. */
export class FileReader implements DumpReader {
  readonly size: number;
  readonly version: string;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, { size, ino, mtimeNs }: BigIntStats) {
    this.#handle = handle;
    this.size = Number(size);
    this.version = [ino, size, mtimeNs].join(':');
  }

  /** `name` is how messages call the file. */
  static async open(path: string, name: string): Promise<FileReader> {
    const handle = await open(path, 'r').catch((error: unknown) => {
      throw toFileError(error, name);
    });
    try {
      return new FileReader(handle, await handle.stat({ bigint: true }));
    } catch (error) {
      await handle.close();
      throw toFileError(error, name);
    }
  }

  async read(target: Buffer, position: number): Promise<number> {
    return (await this.#handle.read(target, 0, target.length, position)).bytesRead;
  }

  openSequence(start: number): SequentialReader {
    let position = start;
    const read = async (target: Buffer): Promise<number> => {
      const { bytesRead } = await this.#handle.read(target, 0, target.length, position);
      position += bytesRead;
      return bytesRead;
    };
    return { read, close: () => undefined };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
