import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const ZEROS = Buffer.alloc(1024 * 1024);
let crcOfZeros: { readonly bytes: number; readonly crc: number } | undefined;

interface Entry {
  readonly name: string;
  /** Or as many NULs, for which the file has a hole. */
  readonly content: Buffer | number;
}

/**
 * A ZIP of any size that takes no space: its large entries, those of so many tables, are stored and holes in the file. What reads directories and
 * schema files sees no difference. `number` makes its bytes differ from those of other dumps.
 */
export function writeSparseDump(path: string, bytes: number, tables: number, large: number, number: number): void {
  const size = Math.floor(bytes / large);
  const entries = Array.from({ length: tables }, (_, table): Entry[] => [
    { name: `t${table}.json`, content: Buffer.from('[{"column_name": "id", "column_type": "int"}]') },
    { name: `t${table}.dat`, content: table < large ? size : Buffer.from(`id\n${number}\n`) },
  ]).flat();
  const file = openSync(path, 'w');
  let position = 0;
  const directory: Buffer[] = [];
  for (const { name, content } of entries) {
    const length = typeof content === 'number' ? content : content.length;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(number, 6);
    fields.writeUInt32LE(typeof content === 'number' ? crcOf(content) : crc32(content), 10);
    fields.writeUInt32LE(length, 14);
    fields.writeUInt32LE(length, 18);
    fields.writeUInt16LE(name.length, 22);
    directory.push(directoryHeader(fields, position), Buffer.from(name));
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name)]);
    writeSync(file, header, 0, header.length, position);
    position += header.length;
    if (typeof content !== 'number') writeSync(file, content, 0, length, position);
    position += length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(position, 16);
  ftruncateSync(file, position);
  writeSync(file, Buffer.concat([listed, end]), 0, listed.length + end.length, position);
  closeSync(file);
}

/** APPNOTE 4.3.12: the local header's fields between others. */
function directoryHeader(fields: Buffer, position: number): Buffer {
  const header = Buffer.alloc(46);
  header.write('PK\x01\x02', 0, 'latin1');
  header.writeUInt16LE(20, 4);
  fields.copy(header, 6);
  header.writeUInt32LE(position, 42);
  return header;
}

function crcOf(bytes: number): number {
  if (crcOfZeros?.bytes === bytes) return crcOfZeros.crc;
  let crc = 0;
  for (let left = bytes; left > 0; left -= ZEROS.length)
    crc = crc32(ZEROS.subarray(0, Math.min(left, ZEROS.length)), crc);
  crcOfZeros = { bytes, crc };
  return crc;
}
