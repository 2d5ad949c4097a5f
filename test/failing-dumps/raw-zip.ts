import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';

/** An entry of a ZIP in which everything may be a lie. */
export interface RawEntry {
  /** Bytes are in whatever encoding they are. */
  readonly name: string | Buffer;
  readonly content: string | Buffer;
  /** 0 stored, 8 deflated (the default), 93 Zstandard, or a number that stands for nothing here. */
  readonly method?: number;
  /** General purpose bits; bit 0 says encrypted, bit 11 that the name is UTF-8 (set by default). */
  readonly flags?: number;
  /** In place of what the content has. */
  readonly declaredBytes?: number;
  readonly declaredCompressedBytes?: number;
  readonly declaredCrc32?: number;
  /** In place of the packed content. */
  readonly packed?: Buffer;
  /** In place of where its local header is. */
  readonly offset?: number;
  /** The system and the version of the format that it is written for; by default Unix and 4.5. */
  readonly versionMadeBy?: number;
  /** Of a file of Unix; by default none. */
  readonly mode?: number;
  /** Its date of the last change, as MS-DOS writes it; by default none. */
  readonly date?: number;
  /** Further extra fields, whole. */
  readonly extra?: Buffer;
}

export interface RawZipOptions {
  /** Sizes and offsets in ZIP64 fields, whatever they are. */
  readonly zip64?: boolean;
  /** In place of the number of entries. */
  readonly declaredEntries?: number;
}

const UTF8_NAME = 0x800;

/** Writes a ZIP by the letter of the APPNOTE (4.3.7, 4.3.12, 4.3.16; ZIP64 4.3.14, 4.3.15, 4.5.3), true or not. */
export function rawZip(
  entries: readonly RawEntry[],
  { zip64 = false, declaredEntries = entries.length }: RawZipOptions = {},
): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content);
    const method = entry.method ?? 8;
    const packed = entry.packed ?? pack(content, method);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(45, 0);
    common.writeUInt16LE(entry.flags ?? UTF8_NAME, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(entry.date ?? 0, 8);
    common.writeUInt32LE(entry.declaredCrc32 ?? crc32(content), 10);
    const sizes = [
      entry.declaredBytes ?? content.length,
      entry.declaredCompressedBytes ?? packed.length,
      entry.offset ?? offset,
    ];
    common.writeUInt32LE(zip64 ? 0xffffffff : (sizes[1] ?? 0), 14);
    common.writeUInt32LE(zip64 ? 0xffffffff : (sizes[0] ?? 0), 18);
    common.writeUInt16LE(name.length, 22);
    const extra = Buffer.concat([zip64 ? zip64Field(sizes) : Buffer.alloc(0), entry.extra ?? Buffer.alloc(0)]);
    common.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, extra, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt16LE(entry.mode ?? 0, 8);
    tail.writeUInt32LE(zip64 ? 0xffffffff : (sizes[2] ?? 0), 10);
    const start = Buffer.from('PK\x01\x02\0\0', 'latin1');
    start.writeUInt16LE(entry.versionMadeBy ?? 0x032d, 4);
    central.push(start, common, tail, name, extra);
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...locals, directory, endOfDirectory(declaredEntries, directory.length, offset, zip64)]);
}

function pack(content: Buffer, method: number): Buffer {
  if (method === 93) return zstdCompressSync(content);
  return method === 8 ? deflateRawSync(content) : content;
}

function zip64Field(sizes: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * sizes.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * sizes.length, 2);
  sizes.forEach((size, index) => field.writeBigUInt64LE(BigInt(size), 4 + 8 * index));
  return field;
}

function endOfDirectory(entries: number, bytes: number, offset: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  // Without ZIP64 the count wraps, as with macOS.
  end.writeUInt16LE(zip64 ? 0xffff : entries % 0x10000, 8);
  end.writeUInt16LE(zip64 ? 0xffff : entries % 0x10000, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : bytes, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (!zip64) return end;
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(bytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}
