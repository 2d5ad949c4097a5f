import { crc32 } from 'node:zlib';
import { DataError } from '../../crds/contract/errors.ts';
import { acquireDeflateUnpacker } from './deflate-unpacker.ts';
import { Deflate64Unpacker } from './deflate64-unpacker.ts';
import type { DumpReader, SequentialReader } from './dump-reader.ts';
import { METHODS } from './entry-problem.ts';
import { toFileError } from './file-error.ts';
import { CHUNK_BYTES, Stored, UnpackFailure, type Unpacker } from './unpacker.ts';
import { ZstandardUnpacker } from './zstandard-unpacker.ts';

/** Where the packed bytes of an entry lie, and what the ZIP's directory says of them. */
export interface PackedEntry {
  readonly reader: Pick<DumpReader, 'openSequence'>;
  readonly start: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Undefined where `reader` has what proves the bytes. */
  readonly crc32: number | undefined;
  /** See `METHODS`. */
  readonly method: number;
  /** How messages call it: `dump.zip:users.dat`. */
  readonly file: string;
}

/** Gets the packed bytes that were read, which are valid during the call. */
export type OnPacked = (packed: Buffer) => void;

/**
 * The unpacked bytes of an entry in large chunks, each in memory that the next one takes again. Size and CRC-32 are
 * checked on the way: bytes beyond the declared size are never handed on, and an error comes before the end, so whoever
 * has seen the end has the very bytes that were packed.
 *
 * It is the hot path of a load: no chunk costs a new buffer, a copy or a thread. Memory is constant, and packed bytes
 * are read one chunk ahead.
 */
export async function* readEntry(entry: PackedEntry, onPacked?: OnPacked): AsyncGenerator<Buffer, void, undefined> {
  const check = new Check(entry);
  const unpacker = unpackerOf(entry);
  let position = 0;
  const sequence = entry.reader.openSequence(entry.start, entry.compressedBytes);
  let reading: Promise<number> | undefined;
  try {
    for (let buffer: 0 | 1 = 0, isLast = false; !isLast; buffer = other(buffer)) {
      const bytes = await (reading ?? readPacked(sequence, entry, position, unpacker.buffers[buffer]));
      position += bytes;
      onPacked?.(unpacker.buffers[buffer].subarray(0, bytes));
      isLast = position === entry.compressedBytes;
      unpacker.take(buffer, bytes, isLast);
      const readsAhead = !isLast && sequence.mayReadAhead?.() !== false;
      reading = readsAhead ? readPacked(sequence, entry, position, unpacker.buffers[other(buffer)]) : undefined;
      // It is awaited in the next iteration; until then its failure is not unhandled.
      reading?.catch(() => undefined);
      for (let chunk = await unpack(unpacker, entry); chunk !== undefined; chunk = await unpack(unpacker, entry)) {
        check.add(chunk);
        yield chunk;
      }
    }
    check.end();
  } finally {
    sequence.close();
    // The read writes into memory that another entry would get.
    await reading?.catch(() => undefined);
    unpacker.release();
  }
}

function unpackerOf({ method, compressedBytes }: PackedEntry): Unpacker {
  if (method === METHODS.Deflate) return acquireDeflateUnpacker();
  if (method === METHODS.Deflate64) return new Deflate64Unpacker();
  if (method === METHODS.Zstandard) return new ZstandardUnpacker();
  return new Stored(Math.min(compressedBytes, CHUNK_BYTES));
}

function other(buffer: 0 | 1): 0 | 1 {
  return buffer === 0 ? 1 : 0;
}

/** Fills the buffer, or as much of it as the entry has left; returns how many bytes were read. */
async function readPacked(
  sequence: SequentialReader,
  { compressedBytes, file }: PackedEntry,
  position: number,
  buffer: Buffer,
): Promise<number> {
  const length = Math.min(buffer.length, compressedBytes - position);
  if (length === 0) return 0;
  const bytesRead = await sequence.read(buffer.subarray(0, length)).catch((error: unknown) => {
    throw toFileError(error, file);
  });
  if (bytesRead > 0) return bytesRead;
  throw endsEarly(file);
}

async function unpack(unpacker: Unpacker, { file }: PackedEntry): Promise<Buffer | undefined> {
  try {
    return await unpacker.next();
  } catch (error) {
    if (!(error instanceof UnpackFailure)) throw error;
    if (error.problem !== undefined) throw new DataError('EntryCorrupt', error.problem, { file });
    throw error.endsEarly
      ? new DataError('EntryTruncated', 'its packed data ends too early: copy or create the dump again', {
          file,
        })
      : new DataError('EntryCorrupt', 'its packed data is damaged: copy or create the dump again', { file });
  }
}

/** Compares the unpacked bytes with what the ZIP declares. */
class Check {
  readonly #entry: PackedEntry;
  #bytes = 0;
  #crc32 = 0;

  constructor(entry: PackedEntry) {
    this.#entry = entry;
  }

  add(chunk: Buffer): void {
    const { bytes, file } = this.#entry;
    this.#bytes += chunk.length;
    if (this.#bytes > bytes) {
      const message = `it unpacks to more than the ${bytes} bytes that the ZIP declares, as a ZIP bomb does: create the dump again`;
      throw new DataError('EntryLargerThanDeclared', message, { file });
    }
    if (this.#entry.crc32 !== undefined) this.#crc32 = crc32(chunk, this.#crc32);
  }

  end(): void {
    const { bytes, file } = this.#entry;
    if (this.#bytes < bytes) {
      const message = `it unpacks to ${this.#bytes} bytes and the ZIP declares ${bytes}: create the dump again`;
      throw new DataError('EntryTruncated', message, { file });
    }
    const { crc32: declared } = this.#entry;
    if (declared === undefined || this.#crc32 === declared) return;
    const message = `its CRC-32 is ${hexadecimal(this.#crc32)} and the ZIP declares ${hexadecimal(declared)}: copy or create the dump again`;
    throw new DataError('EntryCrcMismatch', message, { file });
  }
}

/** A CRC-32 as eight hexadecimal digits. */
export function hexadecimal(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

export function endsEarly(file: string): DataError {
  return new DataError('EntryTruncated', 'the ZIP ends in the middle of the entry: copy the dump again', { file });
}
