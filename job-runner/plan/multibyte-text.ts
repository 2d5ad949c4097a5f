/** Texts in encodings of several bytes a character that only PostgreSQL knows. */
import { canonicalName, multibyteFamily, type MultibyteFamily } from './encodings.ts';

const TWO = /[\x80-\xff][^]/g;
const EUC = /\x8f[^]{2}|[\x80-\xff][^]/g;

/** The characters of several bytes, each byte as one of Latin-1: pg_sjis_mblen and so on in PostgreSQL's wchar.c. */
const FAMILIES: Readonly<Record<MultibyteFamily, RegExp>> = {
  Big5: TWO,
  Gb18030: /[\x80-\xff](?:[0-9][^]{2}|[^])/g,
  Gbk: TWO,
  Johab: EUC,
  Sjis: /[\x80-\xa0\xe0-\xff][^]/g,
  Uhc: TWO,
};
const OTHERS: Readonly<Record<string, RegExp>> = {
  ...{ EUCCN: TWO, EUCJP: EUC, EUCJIS2004: EUC, EUCKR: EUC },
  EUCTW: /\x8e[^]{3}|\x8f[^]{2}|[\x80-\xff][^]/g,
};

/** Of which a low surrogate is the second half of a character, as in any text. */
const HALF = 0xdc00;

/**
 * Marks the bytes of an encoding's characters in a text of Latin-1: the first one stands as it is, and behind it the others as low surrogates, which are
 * neither ASCII, whatever the bytes look like, nor characters of their own. Their last eight bits are the bytes.
 */
export function characterMarker(encoding: string): (latin1: string) => string {
  const family = multibyteFamily(encoding);
  const characters = family === undefined ? OTHERS[canonicalName(encoding)] : FAMILIES[family];
  if (characters === undefined) return (text) => text;
  const mark = (byte: string) => String.fromCharCode(HALF | byte.charCodeAt(0));
  const markRest = (bytes: string) => bytes.charAt(0) + Array.from(bytes.slice(1), mark).join('');
  return (latin1) => latin1.replace(characters, markRest);
}

/** How many characters a text has, be they marked or not. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) !== HALF) count++;
  return count;
}
