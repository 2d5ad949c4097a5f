import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError, shorten, type Location } from '../../crds/contract/errors.ts';
import { CHUNK_BYTES, UnpackFailure } from './unpacker.ts';
import { ZstandardUnpacker } from './zstandard-unpacker.ts';

/** What a DAT file's own extension may have behind it: it is packed, whatever the ZIP does with it. */
export const PACKED_EXTENSIONS = ['.gz', '.zst'] as const;

export function isPacked(name: string): boolean {
  return PACKED_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));
}

/** What such files begin with. Where a DAT file has a header, no name of a column does. */
const SIGNATURES: readonly (readonly [extension: string, kind: string, bytes: Buffer])[] = [
  ['.gz', 'gzip', Buffer.from([0x1f, 0x8b, 8])],
  ['.zst', 'Zstandard', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];

/** By its first bytes, as of a file whose name does not show that it is packed. */
export function refusePacked(start: Buffer, name: string, location: Location): void {
  const found = SIGNATURES.find(([, , bytes]) => start.subarray(0, bytes.length).equals(bytes));
  if (found === undefined) return;
  const [extension, kind] = found;
  const message = `it is packed by ${kind}, and its name does not show it: rename ${shorten(name)} to ${shorten(name + extension)} in the dump`;
  throw new DataError('NoHeader', message, { ...location, line: 1 });
}

/** The content of an entry that is a gzip or Zstandard file, by its name. More than `maxBytes` are refused, and what ends too early. */
export async function* unpackContent(
  name: string,
  chunks: AsyncGenerator<Buffer>,
  maxBytes: number,
  location: Location,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  try {
    for await (const chunk of name.toLowerCase().endsWith('.gz') ? gunzip(chunks) : unzstd(chunks)) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        const message = `it unpacks to more than spec.limits.maxEntryBytes (${maxBytes}): raise the limit if you trust the dump`;
        throw new DataError('EntryTooLarge', message, location);
      }
      yield chunk;
    }
  } catch (error) {
    throw describe(error, location);
  } finally {
    await chunks.return(undefined);
  }
}

async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(copied(chunks)), stream, () => undefined);
  let hasBytes = false;
  try {
    for await (const chunk of stream) {
      hasBytes = true;
      yield chunk as Buffer;
    }
  } catch (error) {
    // Nothing at all is how some tools pack nothing.
    if (hasBytes || stream.bytesWritten > 0 || (error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') throw error;
  }
}

/** A stream reads ahead, and a chunk's memory is that of the next one. */
async function* copied(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

async function* unzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacker = new ZstandardUnpacker();
  try {
    for await (const packed of chunks) {
      unpacker.take(0, packed.copy(unpacker.buffers[0]));
      for (let chunk = await unpacker.next(); chunk !== undefined; chunk = await unpacker.next()) yield chunk;
    }
    if (!(await unpacker.isWhole())) throw new UnpackFailure(true);
  } finally {
    unpacker.release();
  }
}

const DAMAGED =
  'the packed file in the ZIP is damaged, or not packed as its name says (.gz, .zst): copy or create the dump again, or rename the file';

function describe(error: unknown, location: Location): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const isFailure = error instanceof UnpackFailure;
  if (!isFailure && !code.startsWith('Z_')) return error;
  if (isFailure && error.problem !== undefined) return new DataError('EntryCorrupt', error.problem, location);
  return code === 'Z_BUF_ERROR' || (isFailure && error.endsEarly)
    ? new DataError(
        'EntryTruncated',
        'the packed file in the ZIP ends too early: copy or create the dump again',
        location,
      )
    : new DataError('EntryCorrupt', DAMAGED, location);
}
