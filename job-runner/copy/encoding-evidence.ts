import { isAscii, isUtf8 } from 'node:buffer';
import { highCharacters } from '../plan/encoded-text.ts';
import { canonicalName, isLatin1 } from '../plan/encodings.ts';

/** The bytes of the longest UTF-8 character but one: so much of it may lie at the end of a chunk. */
const MAX_SPLIT_BYTES = 3;

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
    const whole = bytes.length - splitBytes(bytes);
    this.#mayBeUtf8 = isUtf8(bytes.subarray(0, whole));
    this.#rest = Buffer.from(bytes.subarray(whole));
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

/** How many bytes at the end begin a character that is not whole. */
function splitBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(MAX_SPLIT_BYTES, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}
