/**
 * Encodings that only clients have, in which a byte of a multibyte character may be one that is also an ASCII
 * character, such as a back-tick. In every other encoding an ASCII byte is always that character. By PostgreSQL's
 * names, capital letters and digits alone.
 * https://www.postgresql.org/docs/18/multibyte.html#CHARSET-TABLE
 */
const FAMILIES = {
  Big5: ['BIG5', 'WIN950', 'WINDOWS950'],
  Gb18030: ['GB18030'],
  Gbk: ['GBK', 'WIN936', 'WINDOWS936'],
  Johab: ['JOHAB'],
  Sjis: ['SJIS', 'MSKANJI', 'SHIFTJIS', 'WIN932', 'WINDOWS932', 'SHIFTJIS2004'],
  Uhc: ['UHC', 'WIN949', 'WINDOWS949'],
} as const;
export type MultibyteFamily = keyof typeof FAMILIES;

/** Undefined for all encodings in which each ASCII byte is an ASCII character. */
export function multibyteFamily(encoding: string): MultibyteFamily | undefined {
  const name = canonicalName(encoding);
  return (Object.keys(FAMILIES) as MultibyteFamily[]).find((family) =>
    (FAMILIES[family] as readonly string[]).includes(name),
  );
}

export function isUtf8(encoding: string): boolean {
  return ['UTF8', 'UNICODE'].includes(canonicalName(encoding));
}

export function isLatin1(encoding: string): boolean {
  return ['LATIN1', 'ISO88591'].includes(canonicalName(encoding));
}

export type Utf16Order = 'UTF16LE' | 'UTF16BE';

/** Undefined for all encodings but UTF-16, which PostgreSQL does not have. Without an order it is that of Windows. */
export function utf16Order(encoding: string): Utf16Order | undefined {
  const name = canonicalName(encoding);
  return name === 'UTF16' ? 'UTF16LE' : name === 'UTF16LE' || name === 'UTF16BE' ? name : undefined;
}

/** What the records are in when the file has been read: UTF-16 is decoded before. */
export function recordEncoding(encoding: string): string {
  return utf16Order(encoding) === undefined ? encoding : 'UTF8';
}

/** Whether a file with the mark of an encoding is in the one that the manifest names. */
export function isExpectedMark(mark: string, encoding: string): boolean {
  if (isUtf8(mark)) return isUtf8(encoding);
  return canonicalName(encoding) === 'UTF16' || utf16Order(encoding) === mark;
}

/** As PostgreSQL compares the names of encodings (clean_encoding_name in its encnames.c), but in capital letters. */
export function canonicalName(encoding: string): string {
  return encoding.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
