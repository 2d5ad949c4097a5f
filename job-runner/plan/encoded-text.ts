/** Texts as bytes, in the encodings of DAT files. */
import { CODE_PAGES } from './code-pages.ts';
import { canonicalName, isUtf8 } from './encodings.ts';

/** PostgreSQL's other names (pg_encname_tbl in its encnames.c), and those under which the rest is known. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ ISO88591: 'LATIN1', ISO88592: 'LATIN2', ISO88593: 'LATIN3', ISO88594: 'LATIN4', ISO88599: 'LATIN5' },
  ...{ ISO885910: 'LATIN6', ISO885913: 'LATIN7', ISO885914: 'LATIN8', ISO885915: 'LATIN9', ISO885916: 'LATIN10' },
  ...{ ABC: 'WIN1258', TCVN: 'WIN1258', TCVN5712: 'WIN1258', VSCII: 'WIN1258', ALT: 'WIN866', WIN: 'WIN1251' },
  ...{ KOI8: 'KOI8R', TIS620: 'ISO885911', MACROMAN: 'MACINTOSH' },
};

const REPLACEMENT = '\ufffd';

/** The characters of the bytes from 0x80 on, U+FFFD where a byte has none; undefined where a character may have several bytes. */
export function highCharacters(encoding: string): string | undefined {
  const name = canonicalName(encoding);
  const [, page = ''] = /^(?:WINDOWS|WIN|CP|IBM)(\d+)$/.exec(name) ?? [];
  return CODE_PAGES[ALIASES[name] ?? name] ?? CODE_PAGES[`WIN${page}`] ?? CODE_PAGES[`CP${page}`];
}

/** What decodes without an error: bytes of an encoding that only PostgreSQL knows are taken for Latin-1. */
export function textDecoder(encoding: string): (bytes: Buffer) => string {
  const characters = highCharacters(encoding);
  if (characters === undefined) {
    const known = isUtf8(encoding) ? 'utf8' : 'latin1';
    return (bytes) => bytes.toString(known);
  }
  const character = (byte: string) => characters.charAt(byte.charCodeAt(0) - 0x80);
  return (bytes) => bytes.toString('latin1').replace(/[\x80-\xff]/g, character);
}

/** Undefined where a single-byte encoding lacks a character. */
export function encodeText(text: string, encoding: string): Buffer | undefined {
  const characters = highCharacters(encoding);
  if (characters === undefined) return Buffer.from(text);
  const bytes = Array.from(text, (character) => {
    if (character < '\x80') return character.charCodeAt(0);
    const index = character === REPLACEMENT ? -1 : characters.indexOf(character);
    return index === -1 ? undefined : 0x80 + index;
  });
  return bytes.every((byte) => byte !== undefined) ? Buffer.from(bytes) : undefined;
}

/** The bytes that `textDecoder` made the text of. */
export function bytesOfDecoded(text: string, encoding: string): Buffer {
  if (highCharacters(encoding) === undefined && !isUtf8(encoding)) return Buffer.from(text, 'latin1');
  const bytes = encodeText(text, encoding);
  if (bytes === undefined) throw new Error(`a text of ${encoding} has a character that it lacks`);
  return bytes;
}

/** The first byte that is no character of a single-byte encoding. */
export function findUndefinedByte(bytes: Buffer, encoding: string): number | undefined {
  const characters = highCharacters(encoding);
  if (characters === undefined) return undefined;
  return bytes.find((byte) => byte >= 0x80 && characters[byte - 0x80] === REPLACEMENT);
}

/** What is wrong with such a byte, and what to do. */
export function describeUndefinedByte(byte: number, encoding: string): string {
  return `the byte 0x${byte.toString(16).toUpperCase()} is no character of ${encoding}: check spec.format.encoding, or fix the dump`;
}
