import { isAscii } from 'node:buffer';
import { looksLikeUtf16, markOf } from '../dump/file-encoding.ts';
import { splitCharacterBytes } from '../plan/split-character.ts';

export interface FoundEncoding {
  /** Undefined where the bytes are those of every encoding. */
  readonly encoding: string | undefined;
  readonly evidence: string | undefined;
  /** The sample behind its mark, a character for each byte of it in UTF-8 or in its own encoding. */
  readonly text: string;
}

export function findEncoding(sample: Buffer): FoundEncoding {
  const mark = markOf(sample);
  const bytes = sample.subarray(mark?.bytes ?? 0);
  const utf16 = mark?.encoding === 'UTF8' ? undefined : (mark?.encoding ?? looksLikeUtf16(bytes));
  if (utf16 !== undefined) {
    const even = bytes.subarray(0, bytes.length & ~1);
    const decoded = new TextDecoder(utf16 === 'UTF16LE' ? 'utf-16le' : 'utf-16be').decode(even);
    const evidence = mark === undefined ? 'every second byte is 0' : 'its byte order mark';
    return { encoding: utf16, evidence, text: Buffer.from(decoded).toString('latin1') };
  }
  const text = bytes.toString('latin1');
  if (mark !== undefined) return { encoding: 'UTF8', evidence: 'its byte order mark', text };
  if (isAscii(bytes)) return { encoding: undefined, evidence: undefined, text };
  if (splitCharacterBytes(bytes) !== undefined)
    return { encoding: 'UTF8', evidence: 'its characters of several bytes', text };
  // Where there are no bytes from 0x80 to 0x9F the two are the same.
  const encoding = /[\x80-\x9f]/.test(text) ? 'WIN1252' : 'LATIN1';
  return { encoding, evidence: 'bytes that are not UTF-8; a guess, since every single-byte encoding reads them', text };
}
