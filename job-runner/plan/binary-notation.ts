import { DataError, ManifestError, type Location } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';
import { multibyteFamily, utf16Order } from './encodings.ts';
import { normaliseTypeName, parsePostgresqlType } from './postgresql-type.ts';
import type { MappedType, TypeMap } from './type-map.ts';

/**
 * How the source writes the values of a column of bytes, or of bits. PrefixedHex: behind \x. Open: the manifest leaves it to what the values are,
 * which must then rule out the other notations. Closed: they cannot.
 */
export type BinaryNotation =
  | 'Hex'
  | 'PrefixedHex'
  | 'Base64'
  | 'Raw'
  | 'OpenBytes'
  | 'ClosedBytes'
  | 'Bits'
  | 'RawBits'
  | 'OpenBits'
  | 'Base64Bits';

/** What of a format decides it. `encoding`: the file's, which may be that of its byte order mark. */
export interface BinaryFormat {
  readonly binaryValues: Format['binaryValues'] | undefined;
  /** Whether the manifest says so, and not the preset alone. */
  readonly isSet: boolean;
  readonly encoding: string;
  /** What the source's own tool says of this column. */
  readonly column?: 'Base64' | 'Hex' | undefined;
}

/** As a number they are read with 64 bits. */
const MAX_BITS = 64;

/** Undefined for a column of any other type. `type` is the column's in PostgreSQL, of a domain its base type. */
export function binaryNotation(
  mapped: MappedType | undefined,
  type: string,
  { family }: TypeMap,
  format: BinaryFormat,
): BinaryNotation | undefined {
  const notation = format.column ?? format.binaryValues ?? 'Open';
  // PostgreSQL's own bytes are other ones where nothing shows that they are digits.
  const isPostgresqls = family === 'postgresql' && !format.isSet;
  const isBytes = mapped?.conversion === 'hex' || format.column !== undefined;
  if (isBytes && normaliseTypeName(type) === 'bytea')
    return notation === 'Open'
      ? openBytes(format.encoding)
      : notation === 'Hex' && isPostgresqls
        ? 'PrefixedHex'
        : notation;
  if (family !== 'mysql' || !isBits(mapped?.type) || !isSame(mapped?.type, type)) return undefined;
  if (format.column !== undefined) return format.column === 'Base64' ? 'Base64Bits' : undefined;
  if (notation === 'Open') return 'OpenBits';
  return notation === 'Raw' ? 'RawBits' : 'Bits';
}

/** Where raw bytes cannot be read, hexadecimal digits may be such all the same. */
function openBytes(encoding: string): BinaryNotation {
  return canBeRaw(encoding) ? 'OpenBytes' : 'ClosedBytes';
}

/** Bytes with which a file begins may be its byte order mark or, if it has no header, its first value. */
export function refuseMarkOrValue(
  mark: string | undefined,
  first: { readonly name: string; readonly binary?: BinaryNotation | undefined } | undefined,
  location: Location,
): void {
  if (mark === undefined || !/^(?:Raw|Open)/.test(first?.binary ?? '')) return;
  const message = `the file begins with the bytes of a byte order mark (${mark}), and its first column has raw bytes: export that column as hexadecimal digits, or behind another one`;
  throw new DataError('BinaryUnclear', message, { ...location, column: first?.name ?? '', line: 1 });
}

/** Raw bytes must reach us as they were, and end where a delimiter or an escape says so. */
export function refuseRaw({ binaryValues, encoding }: BinaryFormat, location: Location): void {
  if (binaryValues !== 'Raw' || canBeRaw(encoding)) return;
  const message = `spec.format.binaryValues is Raw, and in ${encoding} a byte of another character may look like a delimiter: export binary columns as hexadecimal digits, or the file as UTF8`;
  throw new ManifestError('RawInEncoding', message, location);
}

function canBeRaw(encoding: string): boolean {
  return multibyteFamily(encoding) === undefined && utf16Order(encoding) === undefined;
}

function isBits(type: string | undefined): boolean {
  const parsed = type === undefined ? undefined : parsePostgresqlType(type);
  return parsed?.name === 'bit' && !parsed.array && Number(parsed.parameters[0] ?? '1') <= MAX_BITS;
}

function isSame(mapped: string | undefined, type: string): boolean {
  return mapped !== undefined && normaliseTypeName(mapped) === normaliseTypeName(type);
}
