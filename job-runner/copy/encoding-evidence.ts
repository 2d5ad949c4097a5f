import { isAscii } from 'node:buffer';
import { highCharacters } from '../plan/encoded-text.ts';
import { canonicalName, isLatin1, isUtf8 } from '../plan/encodings.ts';
import { ByteOrderMarks } from './byte-order-marks.ts';
import { splitCharacterBytes } from '../plan/split-character.ts';

/**
 * What a file's bytes say about the encoding that the format names: every byte is a character to a single-byte encoding, and many pairs are one to
 * that of other languages, so no error would.
 */
export class EncodingEvidence {
  readonly #encoding: string | undefined;
  readonly #countHighControls: (chunk: Buffer) => number;
  readonly #isUtf8: boolean;
  /** Whether a character may have several bytes, which by chance may be one of UTF-8. */
  readonly #hasPairs: boolean;
  readonly #marks = new ByteOrderMarks();
  #highControls = 0;
  #mayBeUtf8 = true;
  #hasMultibyte = false;
  /** Bytes at the end of the last chunk that may begin a character. */
  #rest = Buffer.alloc(0);

  /** `encoding` is undefined where a file has several: its bytes say nothing then. */
  constructor(encoding: string | undefined, countHighControls: (chunk: Buffer) => number) {
    this.#encoding = encoding;
    this.#countHighControls = countHighControls;
    this.#isUtf8 = encoding !== undefined && isUtf8(encoding);
    this.#hasPairs =
      encoding !== undefined && highCharacters(encoding) === undefined && canonicalName(encoding) !== 'SQLASCII';
  }

  take(chunk: Buffer): void {
    if (this.#encoding === undefined) return;
    if (this.#isUtf8) {
      this.#marks.take(chunk);
      return;
    }
    if (isAscii(chunk)) return;
    if (isLatin1(this.#encoding)) this.#highControls += this.#countHighControls(chunk);
    if (!this.#mayBeUtf8) return;
    const bytes = Buffer.concat([this.#rest, chunk]);
    const split = splitCharacterBytes(bytes);
    this.#mayBeUtf8 = split !== undefined;
    this.#rest = Buffer.from(bytes.subarray(bytes.length - (split ?? 0)));
    this.#hasMultibyte = true;
  }

  /** To be asked for after the last chunk. */
  get warnings(): string[] {
    if (this.#hasMultibyte && this.#mayBeUtf8 && this.#rest.length === 0) {
      const [fact, condition] = this.#hasPairs ? ['may be UTF-8 as well', 'if that is so, '] : ['is UTF-8', ''];
      return [
        `the file ${fact}, and was read as ${this.#encoding}: ${condition}set spec.format.encoding to UTF8 and load it again`,
      ];
    }
    if (this.#highControls === 0) return this.#marks.warnings;
    return [
      `${this.#highControls} bytes from 0x80 to 0x9F: set spec.format.encoding to WIN1252, since ${this.#encoding} has control characters there`,
    ];
  }
}
