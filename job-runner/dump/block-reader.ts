import type { DumpReader, SequentialReader } from './dump-reader.ts';

/** The longest end of a ZIP that may hold its directory's end: a record of 22 bytes, a comment, the ZIP64 locator (APPNOTE 4.3.15, 4.3.16). */
export const BLOCK_BYTES = 22 + 0xffff + 20;

/** Reads a dump a few bytes at a time: the block that was read last is kept, so a small ZIP costs one read in all. */
export class BlockReader {
  readonly size: number;
  readonly #reader: Pick<DumpReader, 'read'>;
  #last = { bytes: Buffer.alloc(0), start: 0 };

  constructor(reader: Pick<DumpReader, 'size' | 'read'>) {
    this.#reader = reader;
    this.size = reader.size;
  }

  /** Fewer bytes where the file ends before, or where no file can have that position. */
  async read(position: number, length: number): Promise<Buffer> {
    const { bytes, start } = this.#last;
    if (position >= start && position + length <= start + bytes.length)
      return bytes.subarray(position - start, position - start + length);
    // A directory can name any offset.
    if (position < 0 || !Number.isSafeInteger(position + length)) return Buffer.alloc(0);
    const block = Buffer.allocUnsafe(Math.max(length, BLOCK_BYTES));
    const bytesRead = await this.#reader.read(block, position);
    this.#last = { bytes: block.subarray(0, bytesRead), start: position };
    return this.#last.bytes.subarray(0, length);
  }

  /** The bytes of this place if they are kept, to be read without the dump: those of a small entry are, beside its local header. */
  kept(position: number, length: number): Pick<DumpReader, 'openSequence'> | undefined {
    const { bytes, start } = this.#last;
    if (position < start || position + length > start + bytes.length) return undefined;
    return { openSequence: () => sequenceOf(bytes.subarray(position - start, position - start + length)) };
  }
}

function sequenceOf(bytes: Buffer): SequentialReader {
  let position = 0;
  const read = (target: Buffer): Promise<number> => {
    const bytesRead = bytes.copy(target, 0, position);
    position += bytesRead;
    return Promise.resolve(bytesRead);
  };
  return { read, close: () => undefined };
}
