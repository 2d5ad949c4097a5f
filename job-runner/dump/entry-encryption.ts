import { DataError } from '../../crds/contract/errors.ts';
import { AES_METHOD, overheadOf, type AesField } from './aes-field.ts';
import { writerOf, type DeclaredEntry } from './entry-problem.ts';
import type { ZipEncryption } from './zip-password.ts';

/** Bit 0 is encryption, bit 6 strong encryption. APPNOTE 4.4.4 */
const ENCRYPTED = 0x41;

type Declared = DeclaredEntry & { readonly generalPurposeBitFlag: number };

/** Why an encrypted entry cannot be read, by what its directory declares alone. */
export function findEncryptionProblem(
  entry: Declared,
  aes: AesField | undefined,
  { password, isWithinMessage = false }: ZipEncryption,
  file: string,
): DataError | undefined {
  const refused = (message: string) => new DataError('EntryEncrypted', message, { file });
  const isAes = entry.compressionMethod === AES_METHOD;
  if (!isAes && (entry.generalPurposeBitFlag & ENCRYPTED) === 0) return undefined;
  const by = writerOf(entry).text;
  if (!isAes)
    return refused(
      `it is encrypted in the old way of PKWARE${by}, which is weak and is not read: create the dump with AES, for instance 7z a -tzip -mem=AES256, or without a ZIP password`,
    );
  if (aes === undefined)
    return refused(
      `it is encrypted by AES in a way that is not known${by}: create the dump with 7z a -tzip -mem=AES256, or without a ZIP password`,
    );
  if (isWithinMessage)
    return refused(
      `it is encrypted by AES${by}, within a dump that is encrypted as a whole: create the dump without a ZIP password`,
    );
  if (password === undefined)
    return refused(
      `it is encrypted by AES${by}: set spec.source.decryption.zip, or give --zip-password-file, or create the dump without a ZIP password`,
    );
  if (entry.compressedSize >= overheadOf(aes)) return undefined;
  const message = `it is encrypted by AES and has only ${entry.compressedSize} bytes, fewer than that needs: copy or create the dump again`;
  return new DataError('EntryCorrupt', message, { file });
}

/** The entry as it was before it was encrypted. */
export function withoutEncryption(entry: DeclaredEntry, aes: AesField | undefined): DeclaredEntry {
  const { versionMadeBy, externalFileAttributes, uncompressedSize, compressedSize, compressionMethod } = entry;
  return {
    ...{ versionMadeBy, externalFileAttributes, uncompressedSize },
    compressedSize: aes === undefined ? compressedSize : Math.max(0, compressedSize - overheadOf(aes)),
    compressionMethod: aes?.method ?? compressionMethod,
  };
}
