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
 * The text of Latin-1 with the bytes of its characters marked: the first one stands as it is, and behind it the others as low surrogates, which are neither
 * ASCII, whatever the bytes look like, nor characters of their own. Their last eight bits are the bytes.
 */
export function markCharacters(latin1: string, encoding: string): string {
  const family = multibyteFamily(encoding);
  const characters = family === undefined ? OTHERS[canonicalName(encoding)] : FAMILIES[family];
  if (characters === undefined) return latin1;
  const mark = (byte: string) => String.fromCharCode(HALF | byte.charCodeAt(0));
  return latin1.replace(characters, (bytes) => bytes.charAt(0) + Array.from(bytes.slice(1), mark).join(''));
}

/** How many characters a text has, be they marked or not. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) !== HALF) count++;
  return count;
}
