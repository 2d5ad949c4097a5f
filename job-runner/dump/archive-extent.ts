import { DataError } from '../../crds/contract/errors.ts';
import { BLOCK_BYTES, type BlockReader } from './block-reader.ts';
import { describeFileKind } from './file-kind.ts';

/** Where in a file a ZIP lies, and what the end of its directory declares. */
export interface ArchiveExtent {
  /** Bytes before the ZIP, to which all its offsets are relative: the program of a self-extracting ZIP, the headers of a mail. */
  readonly start: number;
  /** Behind the ZIP's last byte. */
  readonly end: number;
  readonly directoryBytes: number;
  readonly entries: number;
  /** ZIP64 counts entries in 64 bits, other ZIPs in 16: macOS writes the count modulo 65,536. */
  readonly isZip64: boolean;
}

const END_SIGNATURE = 'PK\x05\x06';
const END_BYTES = 22;
const LOCATOR_SIGNATURE = 'PK\x06\x07';
const LOCATOR_BYTES = 20;
const ZIP64_END_SIGNATURE = 'PK\x06\x06';
const ZIP64_END_BYTES = 56;
const HEADER_SIGNATURE = 'PK\x01\x02';
const LOCAL_SIGNATURE = 'PK\x03\x04';
/** Where offsets without ZIP64 wrap. */
const FOUR_GIB = 2 ** 32;

/** The padding of a transfer is skipped in blocks; a file that ends in more of it was not copied completely. */
const MAX_PADDING_BYTES = 64 * 1024 * 1024;

/**
 * Finds the ZIP in a file by the end of its directory (APPNOTE 4.3.16), which is searched for backwards and accepted only if a directory is where
 * it says. Bytes before the ZIP and NULs behind it do not matter: bsdtar pads what it writes to a pipe.
 */
export async function findArchive(reader: BlockReader, name: string): Promise<ArchiveExtent> {
  const { size } = reader;
  if (size === 0) throw new DataError('DumpEmpty', 'it is empty: copy or create the dump again', { file: name });
  const contentEnd = await endOfContent(reader, name);
  const start = Math.max(0, contentEnd - BLOCK_BYTES);
  // The record itself may end in NULs.
  const tail = await reader.read(start, Math.min(size, contentEnd + END_BYTES) - start);
  let damaged: string | undefined;
  for (let at = tail.lastIndexOf(END_SIGNATURE, undefined, 'latin1'); at >= 0;) {
    const found = await readEnd(reader, start + at, name);
    if (typeof found !== 'string') return await checkStart(reader, found, name);
    damaged ??= found;
    at = at === 0 ? -1 : tail.lastIndexOf(END_SIGNATURE, at - 1, 'latin1');
  }
  if (damaged === undefined) throw await describeMissingEnd(reader, name);
  throw directoryDamaged(damaged, name);
}

/** An error of the directory of which nothing but `problem` is known. */
export function directoryDamaged(problem: string, file: string, options?: ErrorOptions): DataError {
  const message = `the ZIP's directory is damaged (${problem}): copy or create the dump again`;
  return new DataError('DumpCorrupt', message, { file }, options);
}

async function endOfContent(reader: BlockReader, name: string): Promise<number> {
  for (let end = reader.size; end > Math.max(0, reader.size - MAX_PADDING_BYTES); end -= BLOCK_BYTES) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const last = (await reader.read(start, end - start)).findLastIndex((byte) => byte !== 0);
    if (last >= 0) return start + last + 1;
  }
  const message = 'it ends in NUL characters, as a copy that was interrupted does: copy the dump again';
  throw new DataError('DumpTruncated', message, { file: name });
}

/** The ZIP that ends with the record at that position, or why there is none. */
async function readEnd(reader: BlockReader, position: number, name: string): Promise<ArchiveExtent | string> {
  const record = await reader.read(position, END_BYTES);
  if (record.length < END_BYTES) return 'the end of its directory is cut off';
  const end = position + END_BYTES + record.readUInt16LE(20);
  if (end > reader.size) return 'its comment is cut off';
  const zip64 = await readZip64End(reader, position);
  if ((zip64?.disk ?? record.readUInt16LE(4)) !== 0) {
    const message =
      'it is one part of a ZIP that was split: join the parts, for instance with zip -s 0 PARTS.zip --out WHOLE.zip';
    throw new DataError('DumpSplit', message, { file: name });
  }
  const declared = {
    directoryBytes: zip64?.directoryBytes ?? record.readUInt32LE(12),
    entries: zip64?.entries ?? record.readUInt16LE(10),
    isZip64: zip64 !== undefined,
  };
  const directory = zip64?.directory ?? record.readUInt32LE(16);
  // The directory ends where the record begins; some tools put a signature between them (APPNOTE 4.3.13), and then the offset counts.
  const before = zip64 === undefined ? position - declared.directoryBytes - directory : zip64.before;
  for (const start of [before, 0]) {
    if (start < 0) continue;
    if (declared.directoryBytes === 0 && declared.entries === 0) return { start, end, ...declared };
    if (await hasSignature(reader, start + directory, HEADER_SIGNATURE)) return { start, end, ...declared };
  }
  const found = await reader.read(directory, 4);
  return `invalid central directory file header signature: 0x${Buffer.from(found).reverse().toString('hex')}`;
}

interface Zip64End {
  /** Bytes before the ZIP. */
  readonly before: number;
  readonly disk: number;
  readonly entries: number;
  readonly directoryBytes: number;
  readonly directory: number;
}

/** APPNOTE 4.3.14 and 4.3.15 */
async function readZip64End(reader: BlockReader, position: number): Promise<Zip64End | undefined> {
  const locator = Buffer.from(await reader.read(position - LOCATOR_BYTES, LOCATOR_BYTES));
  if (locator.length < LOCATOR_BYTES || locator.toString('latin1', 0, 4) !== LOCATOR_SIGNATURE) return undefined;
  const declared = Number(locator.readBigUInt64LE(8));
  // Right before its locator, unless it has the extensible data that nobody writes: then the offset counts.
  for (const at of [position - LOCATOR_BYTES - ZIP64_END_BYTES, declared]) {
    if (!(await hasSignature(reader, at, ZIP64_END_SIGNATURE))) continue;
    const record = await reader.read(at, ZIP64_END_BYTES);
    if (record.length < ZIP64_END_BYTES) continue;
    return {
      before: at - declared,
      disk: record.readUInt32LE(16),
      entries: Number(record.readBigUInt64LE(32)),
      directoryBytes: Number(record.readBigUInt64LE(40)),
      directory: Number(record.readBigUInt64LE(48)),
    };
  }
  return undefined;
}

async function hasSignature(reader: BlockReader, position: number, signature: string): Promise<boolean> {
  return (await reader.read(position, 4)).toString('latin1') === signature;
}

/** What precedes a ZIP must not be a ZIP itself: the rest of a larger one, whose last entry is a ZIP, is not the dump. */
async function checkStart(reader: BlockReader, extent: ArchiveExtent, name: string): Promise<ArchiveExtent> {
  if (extent.start === 0 || !(await hasSignature(reader, 0, LOCAL_SIGNATURE))) return extent;
  if (extent.start % FOUR_GIB === 0) {
    const message =
      'it is larger than 4 GiB and not in the ZIP64 format, as Archive Utility of macOS writes it: create the dump with zip or 7-Zip';
    throw new DataError('DumpOffsetsWrapped', message, { file: name });
  }
  const message = `it starts with one ZIP and ends with another, which begins ${extent.start} bytes later: copy or create the dump again, as one ZIP`;
  throw new DataError('DumpCorrupt', message, { file: name });
}

/** Why a file has no end of a directory. */
async function describeMissingEnd(reader: BlockReader, name: string): Promise<DataError> {
  const start = Buffer.from(await reader.read(0, BLOCK_BYTES));
  // 4.3.7 of the APPNOTE: a ZIP begins with a local file header's signature.
  if (start.toString('latin1', 0, 4) === LOCAL_SIGNATURE) {
    const message = `it ends after ${reader.size} bytes, before the ZIP does: copy the dump again`;
    return new DataError('DumpTruncated', message, { file: name });
  }
  const kind = describeFileKind(start);
  const message = `it is ${kind === undefined ? 'not a ZIP' : `${kind}, not a ZIP`}: create the dump as a ZIP, or exclude it from runs with spec.source.exclude`;
  return new DataError('DumpNotZip', message, { file: name });
}
