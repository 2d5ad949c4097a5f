/**
 * Encodings that only clients have, in which a byte of a longer character may be one that is also an ASCII character, such as a back-tick.
 * In every other encoding an ASCII byte is always that character. By PostgreSQL's names, capital letters and digits alone.
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
type Family = keyof typeof FAMILIES;

/** What stands for a byte of a longer character: no quote, no escape, no line end. */
const MASKED = 0x80;

/** Whether each ASCII byte is an ASCII character. */
export function isAsciiSafe(encoding: string): boolean {
  return familyOf(encoding) === undefined;
}

export function isUtf8(encoding: string): boolean {
  return ['UTF8', 'UNICODE'].includes(canonicalName(encoding));
}

export function isLatin1(encoding: string): boolean {
  return ['LATIN1', 'ISO88591'].includes(canonicalName(encoding));
}

/** As PostgreSQL compares the names of encodings (clean_encoding_name in its encnames.c). */
function canonicalName(encoding: string): string {
  return encoding.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

function familyOf(encoding: string): Family | undefined {
  const name = canonicalName(encoding);
  return (Object.keys(FAMILIES) as Family[]).find((family) => (FAMILIES[family] as readonly string[]).includes(name));
}

/** Hides longer characters from whoever looks for ASCII bytes. A character may begin in one chunk and end in another. */
export class CharacterMask {
  readonly #family: Family | undefined;
  /** Bytes that the character that has begun still has. */
  #left = 0;
  /** GB18030's second byte tells whether there are two more. */
  #isSecond = false;

  constructor(encoding: string) {
    this.#family = familyOf(encoding);
  }

  /** The chunk itself, or a copy of the same length. */
  mask(chunk: Uint8Array): Uint8Array {
    if (this.#family === undefined) return chunk;
    const masked = Uint8Array.prototype.slice.call(chunk);
    for (let index = 0; index < masked.length; index++) {
      const byte = masked[index] ?? 0;
      if (this.#left > 0) {
        masked[index] = MASKED;
        this.#left--;
        if (this.#isSecond && byte >= 0x30 && byte <= 0x39) this.#left = 2;
        this.#isSecond = false;
      } else if (byte >= 0x80) {
        this.#left = bytesAfter(this.#family, byte);
        this.#isSecond = this.#family === 'Gb18030';
      }
    }
    return masked;
  }
}

/** How many bytes follow a character's first; as in PostgreSQL's wchar.c (pg_sjis_mblen, pg_euc_mblen and so on). */
function bytesAfter(family: Family, first: number): number {
  if (family === 'Sjis') return first >= 0xa1 && first <= 0xdf ? 0 : 1;
  if (family === 'Johab' && first === 0x8f) return 2;
  return 1;
}
