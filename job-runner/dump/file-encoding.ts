import { DataError, type Location } from '../../crds/contract/errors.ts';
import { utf16Order } from '../plan/encodings.ts';

export interface ByteOrderMark {
  readonly encoding: 'UTF8' | 'UTF16LE' | 'UTF16BE';
  readonly bytes: number;
}

/** https://www.unicode.org/versions/Unicode17.0.0/core-spec/chapter-23/#G19635 */
const MARKS: readonly (readonly [ByteOrderMark['encoding'], Buffer])[] = [
  ['UTF8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['UTF16LE', Buffer.from([0xff, 0xfe])],
  ['UTF16BE', Buffer.from([0xfe, 0xff])],
];

/** The byte order mark with which a file begins. */
export function markOf(start: Buffer): ByteOrderMark | undefined {
  const found = MARKS.find(([, bytes]) => start.indexOf(bytes) === 0);
  return found && { encoding: found[0], bytes: found[1].length };
}

const LINE_FEED = 0x0a;
/** The last one of Unicode. */
const LAST_CODE = 0x10ffff;
/** So much of a file shows whether it is UTF-16. */
const SAMPLE_BYTES = 4096;

/**
 * Refuses a file without a mark whose bytes show that it is UTF-16, or not: with a wrong byte order or none each byte or pair is some character, so
 * that no error may come of it.
 */
export function refuseOtherEncoding(start: Buffer, encoding: string, location: Location): void {
  refuseUtf32(start, location);
  const looks = looksLikeUtf16(start.subarray(0, SAMPLE_BYTES));
  const order = utf16Order(encoding);
  if (looks !== undefined && looks !== order) {
    const message = `the file looks like ${looks} (every second byte is 0), without a byte order mark: set spec.format.encoding to ${looks}`;
    throw new DataError('EncodingContradicted', message, location);
  }
  if (order === undefined || looks !== undefined || start.includes(0) || !start.includes(LINE_FEED)) return;
  const message = `the file has line feeds of one byte, so it is not ${order}: set spec.format.encoding to its encoding, for example UTF8`;
  throw new DataError('EncodingContradicted', message, location);
}

/**
 * Of its two byte orders. With the lower byte first its mark begins as that of UTF-16, whose next character would be a NUL, which is bcp's empty string: what
 * follows then has two characters in four bytes, and these are no character that Unicode has.
 */
const UTF32_MARKS = [
  { mark: Buffer.from([0xff, 0xfe, 0, 0]), mayBeUtf16: true },
  { mark: Buffer.from([0, 0, 0xfe, 0xff]), mayBeUtf16: false },
];

function beginsAsUtf32(start: Buffer): boolean {
  const found = UTF32_MARKS.find(({ mark }) => start.indexOf(mark) === 0);
  if (found?.mayBeUtf16 !== true) return found !== undefined;
  return unitsOf(start.subarray(found.mark.length, SAMPLE_BYTES)).every((units) => isAssigned(units.littleEndian));
}

/** Whether characters are there, or may be some day: nothing is in the planes between. */
function isAssigned(code: number): boolean {
  return code < 0x40000 || (code >= 0xe0000 && code <= LAST_CODE);
}

/** PostgreSQL does not know it, and its bytes of 0 are no text. */
export function refuseUtf32(start: Buffer, location: Location): void {
  if (!beginsAsUtf32(start) && !looksLikeUtf32(start.subarray(0, SAMPLE_BYTES))) return;
  const message =
    'the file is UTF-32 (four bytes a character), which is not read: convert it, for example by iconv -f UTF-32 -t UTF-8';
  throw new DataError('EncodingContradicted', message, location);
}

/** By the ASCII characters, as below: a letter or digit of UTF-16 has no NUL behind it, since bcp writes that one between delimiters. */
function looksLikeUtf32(sample: Buffer): boolean {
  const units = unitsOf(sample);
  return [units.map(({ littleEndian }) => littleEndian), units.map(({ bigEndian }) => bigEndian)].some((codes) => {
    const ascii = codes.filter((code) => code < 0x80);
    return codes.every((code) => code <= LAST_CODE) && 2 * ascii.length > codes.length && ascii.some(isLetterOrDigit);
  });
}

/** Each four bytes as numbers of both orders. */
function unitsOf(sample: Buffer): readonly { readonly littleEndian: number; readonly bigEndian: number }[] {
  return Array.from({ length: sample.length >> 2 }, (_, index) => {
    const at = index << 2;
    return { littleEndian: sample.readUInt32LE(at), bigEndian: sample.readUInt32BE(at) };
  });
}

/** By the ASCII characters, of which each file has some. A letter or digit must be among them: bcp writes an empty string as a byte of 0. */
export function looksLikeUtf16(sample: Buffer): 'UTF16LE' | 'UTF16BE' | undefined {
  const pairs = sample.length >> 1;
  const zeros = { high: 0, low: 0 };
  const words = { high: false, low: false };
  for (let at = 0; at + 1 < sample.length; at += 2) {
    const [first = 0, second = 0] = sample.subarray(at, at + 2);
    if (first === 0 && second !== 0) {
      zeros.low++;
      words.low ||= isLetterOrDigit(second);
    } else if (second === 0 && first !== 0) {
      zeros.high++;
      words.high ||= isLetterOrDigit(first);
    }
  }
  if (zeros.low === 0 && words.high && 2 * zeros.high >= pairs) return 'UTF16LE';
  return zeros.high === 0 && words.low && 2 * zeros.low >= pairs ? 'UTF16BE' : undefined;
}

function isLetterOrDigit(byte: number): boolean {
  return /^[A-Za-z0-9]$/.test(String.fromCharCode(byte));
}
