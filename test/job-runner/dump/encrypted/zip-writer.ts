import { crc32, deflateRawSync } from 'node:zlib';

export interface WrittenEntry {
  readonly name: string;
  readonly content: Buffer;
  readonly method: 'Stored' | 'Deflate';
  /** A data descriptor behind the data, in place of sizes in the local header; by default none. */
  readonly descriptor?: 'Signed' | 'Unsigned';
  /** Sizes in the extra field of ZIP64, whatever they are. */
  readonly isZip64?: boolean;
}

/** A ZIP of these entries as a writer makes it that cannot go back in its output. `before`: bytes that precede it. */
export function writeZip(entries: readonly WrittenEntry[], before: Buffer = Buffer.alloc(0)): Buffer {
  const parts: Buffer[] = [before];
  const directory: Buffer[] = [];
  let position = 0;
  const add = (...buffers: Buffer[]) => {
    for (const each of buffers) {
      parts.push(each);
      position += each.length;
    }
  };
  for (const { name, content, method, descriptor, isZip64 = false } of entries) {
    const packed = method === 'Deflate' ? deflateRawSync(content) : content;
    const sizes = { crc: crc32(content), packed: packed.length, bytes: content.length };
    const start = position;
    add(
      localHeader(name, method, descriptor === undefined ? sizes : undefined, isZip64),
      Buffer.from(name),
      zip64(sizes, isZip64),
    );
    add(packed);
    if (descriptor !== undefined) add(dataDescriptor(sizes, descriptor, isZip64));
    directory.push(centralHeader(name, method, sizes, start, descriptor !== undefined), Buffer.from(name));
  }
  const bytes = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

interface Sizes {
  readonly crc: number;
  readonly packed: number;
  readonly bytes: number;
}

function localHeader(name: string, method: WrittenEntry['method'], sizes: Sizes | undefined, isZip64: boolean): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(45, 4);
  header.writeUInt16LE(sizes === undefined ? 8 : 0, 6);
  header.writeUInt16LE(method === 'Deflate' ? 8 : 0, 8);
  header.writeUInt32LE(sizes?.crc ?? 0, 14);
  header.writeUInt32LE(isZip64 ? 0xffffffff : (sizes?.packed ?? 0), 18);
  header.writeUInt32LE(isZip64 ? 0xffffffff : (sizes?.bytes ?? 0), 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  header.writeUInt16LE(isZip64 ? 20 : 0, 28);
  return header;
}

function zip64({ packed, bytes }: Sizes, isZip64: boolean): Buffer {
  if (!isZip64) return Buffer.alloc(0);
  const field = Buffer.alloc(20);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(16, 2);
  field.writeBigUInt64LE(BigInt(bytes), 4);
  field.writeBigUInt64LE(BigInt(packed), 12);
  return field;
}

function dataDescriptor({ crc, packed, bytes }: Sizes, form: 'Signed' | 'Unsigned', isZip64: boolean): Buffer {
  const body = Buffer.alloc(isZip64 ? 20 : 12);
  body.writeUInt32LE(crc, 0);
  if (isZip64) {
    body.writeBigUInt64LE(BigInt(packed), 4);
    body.writeBigUInt64LE(BigInt(bytes), 12);
  } else {
    body.writeUInt32LE(packed, 4);
    body.writeUInt32LE(bytes, 8);
  }
  return form === 'Signed' ? Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), body]) : body;
}

function centralHeader(
  name: string,
  method: WrittenEntry['method'],
  { crc, packed, bytes }: Sizes,
  start: number,
  hasDescriptor: boolean,
): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(45, 4);
  header.writeUInt16LE(45, 6);
  header.writeUInt16LE(hasDescriptor ? 8 : 0, 8);
  header.writeUInt16LE(method === 'Deflate' ? 8 : 0, 10);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(packed, 20);
  header.writeUInt32LE(bytes, 24);
  header.writeUInt16LE(Buffer.byteLength(name), 28);
  header.writeUInt32LE(start, 42);
  return header;
}
