/**
 * Bytes of the protocol of SQL Server, made by its specification: tokens of an answer, and values as they are in a row.
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
 */

/** A column's TYPE_INFO, and how its values follow in a ROW. */
export interface WireType {
  readonly info: Buffer;
  /** null is NULL; bytes are the value's own, without its length. */
  readonly encode: (value: Buffer | null) => Buffer;
}

/** One that stands for any: collation 1033, code page 1252. */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

export const uint8 = (value: number) => Buffer.from([value]);
export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}
export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16LE(value);
  return bytes;
}
export function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
export function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
export const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const usVarChar = (text: string) => Buffer.concat([uint16(text.length), utf16(text)]);
const bVarChar = (text: string) => Buffer.concat([uint8(text.length), utf16(text)]);

/** Types whose length is a byte, 0 for NULL: INTN, BITN, FLTN, GUID. */
function byteLength(token: number, size: number): WireType {
  return {
    info: Buffer.from([token, size]),
    encode: (value) => (value === null ? uint8(0) : Buffer.concat([uint8(value.length), value])),
  };
}
export const INT = (size: 1 | 2 | 4 | 8) => byteLength(0x26, size);
export const BIT = byteLength(0x68, 1);
export const FLOAT = (size: 4 | 8) => byteLength(0x6d, size);
export const GUID = byteLength(0x24, 16);

/** Types whose length is two bytes, 0xFFFF for NULL; of (max) values come in parts (PLP). */
function shortLength(token: number, maximum: number, collation: Buffer): WireType {
  return {
    info: Buffer.concat([uint8(token), uint16(maximum), collation]),
    encode:
      maximum === 0xffff
        ? partially
        : (value) => (value === null ? uint16(0xffff) : Buffer.concat([uint16(value.length), value])),
  };
}
export const NVARCHAR = (length: number) => shortLength(0xe7, 2 * length, COLLATION);
export const NVARCHAR_MAX = shortLength(0xe7, 0xffff, COLLATION);
export const NCHAR = (length: number) => shortLength(0xef, 2 * length, COLLATION);
export const VARBINARY = (length: number) => shortLength(0xa5, length, Buffer.alloc(0));
export const VARBINARY_MAX = shortLength(0xa5, 0xffff, Buffer.alloc(0));
export const BINARY = (length: number) => shortLength(0xad, length, Buffer.alloc(0));

const PLP_NULL = -1n;
const PLP_UNKNOWN_LENGTH = -2n;
const PLP_PART = 7;

/** In parts of an odd number of bytes, so that characters are divided, and without its length before. */
function partially(value: Buffer | null): Buffer {
  if (value === null) return int64(PLP_NULL);
  const parts = [int64(PLP_UNKNOWN_LENGTH)];
  const size = Math.max(PLP_PART, 2 * Math.ceil(value.length / 8) + 1);
  for (let at = 0; at < value.length; at += size) {
    const part = value.subarray(at, at + size);
    parts.push(int32(part.length), part);
  }
  return Buffer.concat([...parts, int32(0)]);
}

export interface WireColumn {
  readonly name: string;
  readonly type: WireType;
}

export function columnMetadata(columns: readonly WireColumn[]): Buffer {
  const descriptions = columns.map(({ name, type }) => Buffer.concat([int32(0), uint16(1), type.info, bVarChar(name)]));
  return Buffer.concat([uint8(0x81), uint16(columns.length), ...descriptions]);
}

export function row(columns: readonly WireColumn[], values: readonly (Buffer | null)[]): Buffer {
  return Buffer.concat([uint8(0xd1), ...columns.map(({ type }, index) => type.encode(values[index] ?? null))]);
}

/** A row with a bitmap of its NULLs, which have no bytes then. */
export function rowWithBitmap(columns: readonly WireColumn[], values: readonly (Buffer | null)[]): Buffer {
  const bitmap = Buffer.alloc(Math.ceil(columns.length / 8));
  for (const index of columns.keys()) {
    if ((values[index] ?? null) === null) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
  }
  const given = columns.flatMap(({ type }, index) => {
    const value = values[index] ?? null;
    return value === null ? [] : [type.encode(value)];
  });
  return Buffer.concat([uint8(0xd2), bitmap, ...given]);
}

const [DONE_COUNT, DONE_ERROR, DONE_ATTENTION] = [0x10, 0x02, 0x20];

export function done(rows?: number): Buffer {
  const count = rows === undefined ? 0 : DONE_COUNT;
  return Buffer.concat([uint8(0xfd), uint16(count), uint16(0xc1), int64(BigInt(rows ?? 0))]);
}
export const doneByAttention = Buffer.concat([uint8(0xfd), uint16(DONE_ATTENTION), uint16(0), int64(0n)]);

/** An error, which ends the answer. */
export function failed(number: number, message: string, severity = 14): Buffer {
  const body = Buffer.concat([
    ...[int32(number), uint8(1), uint8(severity), usVarChar(message), bVarChar('fixture'), bVarChar(''), int32(1)],
  ]);
  const end = Buffer.concat([uint8(0xfd), uint16(DONE_ERROR), uint16(0), int64(0n)]);
  return Buffer.concat([uint8(0xaa), uint16(body.length), body, end]);
}

/** TDS 7.4. */
export function loginAccepted(): Buffer {
  const body = Buffer.concat([uint8(1), Buffer.from([0x74, 0, 0, 4]), bVarChar('fixture'), Buffer.from([16, 0, 0, 0])]);
  return Buffer.concat([uint8(0xad), uint16(body.length), body, done()]);
}

/** The answer of a statement with rows. */
export function answer(
  columns: readonly WireColumn[],
  rows: readonly (readonly (Buffer | null)[])[],
  encode = row,
): Buffer {
  return Buffer.concat([columnMetadata(columns), ...rows.map((values) => encode(columns, values)), done(rows.length)]);
}

/** An answer whose columns are all text. */
export function textAnswer(names: readonly string[], rows: readonly (readonly (string | null)[])[]): Buffer {
  const columns = names.map((name) => ({ name, type: NVARCHAR(4000) }));
  return answer(
    columns,
    rows.map((values) => values.map((value) => (value === null ? null : utf16(value)))),
  );
}
