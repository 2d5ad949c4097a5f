import { isAscii } from 'node:buffer';
import { highCharacters } from '../plan/encoded-text.ts';
import { canonicalName, isLatin1 } from '../plan/encodings.ts';
import { splitCharacterBytes } from '../plan/split-character.ts';

/** What a file's bytes say about the encoding that the format names: every byte is a character to a single-byte encoding, so no error would. */
export class EncodingEvidence {
  readonly #encoding: string | undefined;
  readonly #countHighControls: (chunk: Buffer) => number;
  readonly #isSingleByte: boolean;
  #highControls = 0;
  #mayBeUtf8 = true;
  #hasMultibyte = false;
  /** Bytes at the end of the last chunk that may begin a character. */
  #rest = Buffer.alloc(0);

  /** `encoding` is undefined where a file has several: its bytes say nothing then. */
  constructor(encoding: string | undefined, countHighControls: (chunk: Buffer) => number) {
    this.#encoding = encoding;
    this.#countHighControls = countHighControls;
    this.#isSingleByte =
      encoding !== undefined && (highCharacters(encoding) !== undefined || canonicalName(encoding) === 'SQLASCII');
  }

  take(chunk: Buffer): void {
    if (this.#encoding === undefined || !this.#isSingleByte || isAscii(chunk)) return;
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
      return [
        `the file is UTF-8, and was read as ${this.#encoding}: set spec.format.encoding to UTF8 and load it again`,
      ];
    }
    if (this.#highControls === 0) return [];
    return [
      `${this.#highControls} bytes from 0x80 to 0x9F: set spec.format.encoding to WIN1252, since ${this.#encoding} has control characters there`,
    ];
  }
}
