import { DataError } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';

/** What the central directory declares of an entry, by yauzl's names. APPNOTE 4.3.12 */
export interface DeclaredEntry {
  readonly versionMadeBy: number;
  readonly externalFileAttributes: number;
  readonly compressionMethod: number;
  readonly uncompressedSize: number;
  readonly compressedSize: number;
}

/** APPNOTE 4.4.5 */
export const METHODS = { Stored: 0, Deflate: 8, Deflate64: 9, Zstandard: 93 } as const;
const READABLE: readonly number[] = Object.values(METHODS);
/** Others, for messages. */
const METHOD_NAMES: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  12: 'bzip2',
  14: 'LZMA',
  95: 'XZ',
  98: 'PPMd',
};

/** Why an entry cannot be read, by what its directory declares alone. */
export function findEntryProblem(
  entry: DeclaredEntry,
  limits: Pick<Limits, 'maxEntryBytes' | 'maxCompressionRatio'>,
  file: string,
): DataError | undefined {
  const { uncompressedSize: bytes, compressedSize: packed, compressionMethod: method } = entry;
  if (isLink(entry)) {
    const message =
      'it is a symbolic link, of which the ZIP has the path alone: create the dump with the files themselves';
    return new DataError('EntryIsLink', message, { file });
  }
  if (!READABLE.includes(method)) {
    const name = METHOD_NAMES[method];
    const { text, remedy } = writerOf(entry);
    const how = name === undefined ? `method ${method}` : `${name} (method ${method})`;
    const message = `it is packed with ${how}${text}: create the dump with deflate (method 8)${remedy}`;
    return new DataError('EntryMethodUnknown', message, { file });
  }
  if (method === METHODS.Stored && bytes !== packed) {
    const message = `it is not compressed, but the ZIP declares ${packed} packed and ${bytes} unpacked bytes: create the dump again`;
    return new DataError('EntryCorrupt', message, { file });
  }
  if (bytes > limits.maxEntryBytes) {
    const message = `it unpacks to ${bytes} bytes, more than spec.limits.maxEntryBytes (${limits.maxEntryBytes}): raise the limit if you trust the dump`;
    return new DataError('EntryTooLarge', message, { file });
  }
  if (bytes > packed * limits.maxCompressionRatio) {
    const message = `it unpacks from ${packed} to ${bytes} bytes, more than spec.limits.maxCompressionRatio (${limits.maxCompressionRatio}) times as many, as a ZIP bomb does: raise the limit if you trust the dump`;
    return new DataError('EntryRatioTooHigh', message, { file });
  }
  return undefined;
}

/** S_IFMT and S_IFLNK of a file's mode, which Unix and macOS keep in the upper half. APPNOTE 4.4.15 */
function isLink({ versionMadeBy, externalFileAttributes }: DeclaredEntry): boolean {
  const isUnix = [3, 19].includes(versionMadeBy >> 8);
  return isUnix && ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

/** Programs that can be recognised by the version of the format that they declare, and how to choose their method. */
const WRITERS: Readonly<Record<number, { readonly text: string; readonly remedy: string }>> = {
  63: { text: ', written by 7-Zip', remedy: ', for instance 7z a -tzip -mm=Deflate' },
  30: { text: ', written by zip', remedy: ', for instance zip -Z deflate' },
};
/** Other programs, by their operating system. APPNOTE 4.4.2 */
const SYSTEMS: Readonly<Record<number, string>> = {
  0: 'Windows',
  3: 'Unix',
  10: 'Windows',
  11: 'Windows',
  19: 'macOS',
};

export function writerOf({ versionMadeBy }: DeclaredEntry): { readonly text: string; readonly remedy: string } {
  const system = SYSTEMS[versionMadeBy >> 8];
  const text = system === undefined ? '' : `, written by a program for ${system}`;
  return WRITERS[versionMadeBy & 0xff] ?? { text, remedy: '' };
}
