import type { DecryptionStream } from './decryption-stream.ts';
import { ForwardBytes } from './forward-bytes.ts';
import { KeptRanges } from './kept-ranges.ts';

/** What is kept of a dump that was read once from its first byte to the last. */
export interface ScannedMessage {
  /** Of the ZIP. */
  readonly size: number;
  readonly kept: KeptRanges;
  readonly warnings: readonly string[];
}

const LOCAL_HEADER = 0x04034b50;
export const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR_SIGNATURE = Buffer.from('PK\x07\x08', 'latin1');
/** The longest one, and the signature of what follows. */
const DESCRIPTOR_BYTES = 28;
/** What may follow an entry: another one, or a record of the directory. APPNOTE 4.3 */
const SIGNATURES = [LOCAL_HEADER, 0x02014b50, 0x06054b50, 0x06064b50, 0x08064b50];
const START_BYTES = 512;
const WRAPPED = 0xffffffff;
const ZIP64_FIELD = 1;

/** Entries that are no larger are kept whole: schema files. Of others the beginning is kept, which has the header of a DAT file. */
const SMALL_BYTES = 16 * 1024;
const BEGINNING_BYTES = 8 * 1024;
/** Kept of all entries together; of further ones the local header alone. */
const MAX_KEPT_BYTES = 48 * 1024 * 1024;

/**
 * Reads a ZIP forward, by its local headers, to the end of the message. Which bytes an entry has the directory says, which comes last and is the only
 * thing that data is read by; here entries are passed to see where they begin. Where that cannot be told, the rest is read without looking, and `scanAt`
 * reads again by the directory.
 */
export async function scanMessage(stream: DecryptionStream): Promise<ScannedMessage> {
  const kept = new KeptRanges();
  const bytes = new ForwardBytes(stream);
  await keepStart(bytes, kept);
  for (let isNext = true; isNext;) isNext = await passEntry(bytes, kept);
  return await endOf(stream, bytes, kept);
}

/** The same with entries at these positions. */
export async function scanAt(stream: DecryptionStream, positions: readonly number[]): Promise<ScannedMessage> {
  const kept = new KeptRanges();
  const bytes = new ForwardBytes(stream);
  await keepStart(bytes, kept);
  const ordered = [...new Set(positions)].sort((one, other) => one - other);
  for (const [index, position] of ordered.entries()) {
    // One that lies within another's header is not read: no honest ZIP has such.
    if (position < bytes.position) continue;
    await bytes.skip(position - bytes.position);
    const header = await readHeader(bytes);
    if (header === undefined) break;
    const most = Math.max(0, (ordered[index + 1] ?? Infinity) - bytes.position);
    await keepBeginning(bytes, kept, position, { raw: header.raw, compressedBytes: Math.min(most, SMALL_BYTES) });
  }
  return await endOf(stream, bytes, kept);
}

/** What a file that is not a ZIP is shows at its start. */
async function keepStart(bytes: ForwardBytes, kept: KeptRanges): Promise<void> {
  const start = await bytes.peek(START_BYTES);
  if (start.length < 4 || start.readUInt32LE(0) !== LOCAL_HEADER) kept.add(0, Buffer.from(start));
}

async function endOf(stream: DecryptionStream, bytes: ForwardBytes, kept: KeptRanges): Promise<ScannedMessage> {
  await bytes.skip(Infinity);
  const { tail } = bytes;
  kept.addTail(bytes.position - tail.length, tail);
  return { size: bytes.position, kept, warnings: stream.warnings };
}

interface LocalHeader {
  readonly raw: Buffer;
  /** Undefined where it follows the data. */
  readonly compressedBytes: number | undefined;
  readonly hasDescriptor: boolean;
}

/** False where no entry follows, or none that can be passed. */
async function passEntry(bytes: ForwardBytes, kept: KeptRanges): Promise<boolean> {
  const start = bytes.position;
  const header = await readHeader(bytes);
  if (header === undefined) return false;
  const { compressedBytes, hasDescriptor } = header;
  const dataStart = bytes.position;
  await keepBeginning(bytes, kept, start, header);
  if (compressedBytes !== undefined) {
    await bytes.skip(compressedBytes);
    return !hasDescriptor || (await passDescriptor(bytes));
  }
  const end = await passToDescriptor(bytes, dataStart);
  if (end === undefined) return false;
  kept.trim(start, end - start);
  return true;
}

/** Undefined where there is none, and then nothing is read. APPNOTE 4.3.7 */
async function readHeader(bytes: ForwardBytes): Promise<LocalHeader | undefined> {
  const fixed = await bytes.peek(LOCAL_HEADER_BYTES);
  if (fixed.length < LOCAL_HEADER_BYTES || fixed.readUInt32LE(0) !== LOCAL_HEADER) return undefined;
  const [nameBytes, extraBytes] = [fixed.readUInt16LE(26), fixed.readUInt16LE(28)];
  const raw = await bytes.take(LOCAL_HEADER_BYTES + nameBytes + extraBytes);
  const hasDescriptor = (fixed.readUInt16LE(6) & 8) !== 0;
  const declared = fixed.readUInt32LE(18);
  const size = declared === WRAPPED ? zip64Size(raw.subarray(LOCAL_HEADER_BYTES + nameBytes)) : declared;
  const isOpen = hasDescriptor && (size === 0 || size === undefined);
  return { raw, compressedBytes: isOpen ? undefined : size, hasDescriptor };
}

/** The packed size in the extra fields of a local header, which has both sizes there. APPNOTE 4.5.3 */
function zip64Size(extra: Buffer): number | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === ZIP64_FIELD && at + 20 <= extra.length)
      return Number(extra.readBigUInt64LE(at + 12));
  return undefined;
}

/** Keeps the header, which has been read, and the first bytes of the data, which are still to be. */
async function keepBeginning(
  bytes: ForwardBytes,
  kept: KeptRanges,
  start: number,
  { raw, compressedBytes = SMALL_BYTES }: Pick<LocalHeader, 'raw' | 'compressedBytes'>,
): Promise<void> {
  const count = compressedBytes <= SMALL_BYTES ? compressedBytes : BEGINNING_BYTES;
  if (kept.bytes > MAX_KEPT_BYTES) kept.add(start, Buffer.from(raw.subarray(0, LOCAL_HEADER_BYTES)));
  else kept.add(start, Buffer.concat([raw, await bytes.peek(count)]));
}

/**
 * To the end of an entry that is known to its data descriptor alone: where a signature, the size of what precedes it and the signature of what may
 * follow are found together. Data may look so by a rare chance; the directory shows it.
 */
async function passToDescriptor(bytes: ForwardBytes, start: number): Promise<number | undefined> {
  for (;;) {
    const window = await bytes.window(DESCRIPTOR_BYTES);
    if (window.length < DESCRIPTOR_BYTES) return undefined;
    const at = window.indexOf(DESCRIPTOR_SIGNATURE);
    if (at === -1) await bytes.skip(window.length - DESCRIPTOR_SIGNATURE.length + 1);
    else if (at + DESCRIPTOR_BYTES > window.length) await bytes.skip(at);
    else {
      const end = bytes.position + at;
      const length = descriptorLength(window.subarray(at), end - start);
      await bytes.skip(at + (length ?? 1));
      if (length !== undefined) return end;
    }
  }
}

/** Of a descriptor with a signature behind data of this size, of 32 or 64 bits. APPNOTE 4.3.9 */
function descriptorLength(bytes: Buffer, size: number): number | undefined {
  if (bytes.readUInt32LE(8) === size % 2 ** 32 && SIGNATURES.includes(bytes.readUInt32LE(16))) return 16;
  if (bytes.readBigUInt64LE(8) === BigInt(size) && SIGNATURES.includes(bytes.readUInt32LE(24))) return 24;
  return undefined;
}

/** Whether a data descriptor follows, with a signature or without, of 32 or 64 bits (APPNOTE 4.3.9), and behind it what may follow. */
async function passDescriptor(bytes: ForwardBytes): Promise<boolean> {
  const next = await bytes.peek(DESCRIPTOR_BYTES);
  const lengths = next.subarray(0, 4).equals(DESCRIPTOR_SIGNATURE) ? [16, 24] : [12, 20];
  const length = lengths.find((each) => next.length >= each + 4 && SIGNATURES.includes(next.readUInt32LE(each)));
  if (length === undefined) return false;
  await bytes.skip(length);
  return true;
}
