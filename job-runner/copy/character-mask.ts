import { multibyteFamily, type MultibyteFamily } from '../plan/encodings.ts';

/** What replaces a byte of a multibyte character: not a quote, not an escape, not a line end. */
const MASKED = 0x80;

/**
 * Hides multibyte characters from code that looks for ASCII bytes. A character may begin in one chunk and end in
 * another.
 */
export class CharacterMask {
  readonly #family: MultibyteFamily | undefined;
  /** Bytes that are missing of the character that has begun. */
  #missing = 0;

  constructor(encoding: string) {
    this.#family = multibyteFamily(encoding);
  }

  /** The chunk itself, or a copy of the same length. */
  mask(chunk: Uint8Array): Uint8Array {
    if (this.#family === undefined) return chunk;
    const masked = Uint8Array.prototype.slice.call(chunk);
    for (let index = 0; index < masked.length; index++) {
      const byte = masked[index] ?? 0;
      if (this.#missing > 0) {
        masked[index] = MASKED;
        this.#missing--;
      } else if (byte >= 0x80) {
        this.#missing = bytesAfter(this.#family, byte);
      }
    }
    return masked;
  }
}

/**
 * How many bytes follow a character's first; as in PostgreSQL's wchar.c (pg_sjis_mblen, pg_euc_mblen and so on).
 * GB18030's characters of four bytes count as two of two bytes, since their third is never an ASCII byte.
 */
function bytesAfter(family: MultibyteFamily, first: number): number {
  if (family === 'Sjis') return first >= 0xa1 && first <= 0xdf ? 0 : 1;
  if (family === 'Johab' && first === 0x8f) return 2;
  return 1;
}
