import { isUtf8 } from 'node:buffer';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DataError, shorten, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';
import { AES_METHOD, findAesField, type AesField } from './aes-field.ts';
import { directoryDamaged, type ArchiveExtent } from './archive-extent.ts';
import { findEncryptionProblem, withoutEncryption } from './entry-encryption.ts';
import { findUnsafeName, normaliseEntryName } from './entry-name.ts';
import { findEntryProblem } from './entry-problem.ts';
import type { ZipEncryption } from './zip-password.ts';

/** An entry as the ZIP's central directory declares it. */
export interface ArchiveEntry {
  /** With / between folders, whatever the ZIP has. */
  readonly name: string;
  readonly bytes: number;
  /** Without what encryption adds. */
  readonly compressedBytes: number;
  /** Why it cannot be read; reading it throws this. */
  readonly problem?: MotherloadError;
}

/** The bounds that concern an archive. */
export type ArchiveLimits = Pick<Limits, 'maxEntryBytes' | 'maxCompressionRatio' | 'maxTables'>;

/** Each table has two files; the rest is room for what a dump holds beside its tables. */
const ENTRIES_PER_TABLE = 4;
/** A directory's header of an entry before its name. APPNOTE 4.3.12 */
const HEADER_BYTES = 46;
/** The flag of a name in UTF-8 (APPNOTE 4.4.4), and the extra field that has one beside a name in another encoding (4.6.9). */
const UTF8_FLAG = 0x800;
const UNICODE_PATH = 0x7075;

/** An entry's header in the directory, and how it is encrypted, if it is by AES. */
export interface DeclaredEntry {
  readonly header: Entry;
  readonly aes: AesField | undefined;
}

/** How messages call an entry: `dump.zip:users.dat`. */
export function entryLocation(dump: string, entry: string): string {
  return `${dump}:${shorten(entry)}`;
}

/** Reads all headers of the directory, whose count may have wrapped. Throws what makes the ZIP unusable as a whole; `name` is how messages call it. */
export async function readEntries(
  zip: ZipFile,
  { entries: count, directoryBytes, isZip64 }: ArchiveExtent,
  limits: ArchiveLimits,
  name: string,
  encryption: ZipEncryption,
): Promise<Map<ArchiveEntry, DeclaredEntry>> {
  refuseTooMany(count, limits, name);
  const entries = new Map<ArchiveEntry, DeclaredEntry>();
  let [read, packed] = [0, 0];
  // yauzl stops at the count, which may have wrapped; the directory's size has not.
  zip.entryCount = Math.floor(directoryBytes / HEADER_BYTES);
  for await (const entry of zip.eachEntry()) {
    packed += entry.compressedSize;
    const aes = entry.compressionMethod === AES_METHOD ? await aesFieldOf(zip, entry) : undefined;
    entries.set(describeEntry(entry, aes, limits, name, encryption), { header: entry, aes });
    refuseTooMany(entries.size, limits, name);
    read += HEADER_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (read >= directoryBytes) break;
  }
  const isWhole = read === directoryBytes && count === (isZip64 ? entries.size : entries.size % 0x10000);
  if (!isWhole) throw directoryDamaged(`it has ${entries.size} entries where ${count} are declared`, name);
  if (packed > zip.fileSize) {
    const message = `its entries have ${packed} packed bytes and the file only ${zip.fileSize}: entries share their bytes, as in a ZIP bomb; do not load it`;
    throw new DataError('OverlappingEntries', message, { file: name });
  }
  return entries;
}

function refuseTooMany(count: number, { maxTables }: ArchiveLimits, name: string): void {
  if (count <= maxTables * ENTRIES_PER_TABLE) return;
  const message = `the ZIP declares ${count} entries, more than ${ENTRIES_PER_TABLE} for each of the ${maxTables} tables that spec.limits.maxTables allows: raise the limit if you trust the dump`;
  throw new DataError('TooManyEntries', message, { file: name });
}

/** Some versions of 7-Zip have it in the local header alone. */
async function aesFieldOf(zip: ZipFile, entry: Entry): Promise<AesField | undefined> {
  const declared = findAesField(entry.extraFields);
  if (declared !== undefined) return declared;
  try {
    const { extraField } = await zip.readLocalFileHeaderPromise(entry, { minimal: false });
    return findAesField(yauzl.parseExtraFields(extraField));
  } catch (error) {
    // What yauzl says of a damaged header has no code.
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    return undefined;
  }
}

function describeEntry(
  entry: Entry,
  aes: AesField | undefined,
  limits: ArchiveLimits,
  dump: string,
  encryption: ZipEncryption,
): ArchiveEntry {
  const name = normaliseEntryName(decodeName(entry));
  const unsafe = findUnsafeName(name);
  if (unsafe !== undefined) throw new DataError('UnsafeEntryName', `${unsafe}: create the dump again`, { file: dump });
  const problem =
    findEncryptionProblem(entry, aes, encryption, entryLocation(dump, name)) ??
    findEntryProblem(withoutEncryption(entry, aes), limits, entryLocation(dump, name));
  return {
    name,
    bytes: Math.min(entry.uncompressedSize, Number.MAX_SAFE_INTEGER),
    compressedBytes: Math.min(withoutEncryption(entry, aes).compressedSize, Number.MAX_SAFE_INTEGER),
    ...(problem === undefined ? {} : { problem }),
  };
}

/**
 * Bytes that are UTF-8 are taken for it, whether the flag says so or not: macOS, zip and tar write it without, and no text in the code page 437
 * that the APPNOTE means then (D.1) looks like it.
 */
function decodeName({ fileNameRaw, extraFields }: Entry): string {
  const readable = extraFields.filter(({ id, data }) => id !== UNICODE_PATH || isUtf8(data.subarray(5)));
  return yauzl.getFileNameLowLevel(isUtf8(fileNameRaw) ? UTF8_FLAG : 0, fileNameRaw, readable, true);
}
