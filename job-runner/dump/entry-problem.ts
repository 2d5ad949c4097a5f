import { DataError } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';

/** What the central directory declares of an entry, by yauzl's names. APPNOTE 4.3.12 */
export interface DeclaredEntry {
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly uncompressedSize: number;
  readonly compressedSize: number;
}

/** APPNOTE 4.4.4: bit 0 is encryption, bit 6 strong encryption; 4.4.5: methods. */
const ENCRYPTED = 0x41;
const STORED = 0;
const DEFLATED = 8;

/** Why an entry cannot be read, by what its directory declares alone. */
export function findEntryProblem(
  entry: DeclaredEntry,
  limits: Pick<Limits, 'maxEntryBytes' | 'maxCompressionRatio'>,
  file: string,
): DataError | undefined {
  const { uncompressedSize: bytes, compressedSize: packed, compressionMethod: method } = entry;
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) {
    return new DataError('EntryEncrypted', 'it is encrypted: make the dump without a ZIP password', { file });
  }
  if (method !== STORED && method !== DEFLATED) {
    const message = `it is packed by method ${method}: make the dump with deflate (method 8), which every ZIP tool has`;
    return new DataError('EntryMethodUnknown', message, { file });
  }
  if (method === STORED && bytes !== packed) {
    const message = `it is stored as it is, and yet the ZIP declares ${packed} bytes packed and ${bytes} unpacked: make the dump anew`;
    return new DataError('EntryCorrupt', message, { file });
  }
  if (bytes > limits.maxEntryBytes) {
    const message = `it has ${bytes} bytes unpacked, more than spec.limits.maxEntryBytes (${limits.maxEntryBytes})`;
    return new DataError('EntryTooLarge', message, { file });
  }
  if (bytes > packed * limits.maxCompressionRatio) {
    const message = `${packed} packed bytes declare ${bytes} unpacked ones, more than spec.limits.maxCompressionRatio (${limits.maxCompressionRatio}) times as many, as in a ZIP bomb`;
    return new DataError('EntryRatioTooHigh', message, { file });
  }
  return undefined;
}
