import type { CopyFormat } from '../plan/table-plan.ts';

/** What is no record, but stands among or behind the records of a DAT file. */
export interface StrayRecord {
  /** What it is and what to do, as a sentence without its end. */
  readonly message: string;
  /** Whether it is hardly ever the value of a text. */
  readonly isSure: boolean;
}

const REMOVE = 'remove it from the DAT file';

const ROWS =
  'rows?|records?|record\\(s\\)|row\\(s\\)|tuples?|lines?|zeilen?|datens(?:atz|ätze)|lignes?|filas?|registros?|righe|rijen|rader';

/** By the text without blanks around it: the first that matches. */
const STRAYS: readonly (readonly [pattern: RegExp, message: string, isSure: boolean])[] = [
  [
    new RegExp(`^(?:\\(\\d{1,18} [^()]{1,60}\\)|\\(?\\d{1,18} (?:${ROWS})(?: [^,;|\\t]{1,60})?\\)?\\.?)$`, 'iu'),
    `a count of rows, as query tools write it behind the records: if sqlcmd wrote it, set spec.format.frame to Sqlcmd, and let it write one result a file, or ${REMOVE}`,
    true,
  ],
  [/^(?:total )?(?:rows|records|row count|record count)\s*[:=]\s*\d{1,18}\.?$/i, `a count of rows: ${REMOVE}`, true],
  [
    /^\\\.$/,
    `\\., which ends the data of COPY: set spec.format.preset to postgres-copy where PostgreSQL wrote the file, or ${REMOVE}`,
    true,
  ],
  [
    /^(?:completion time: |query ok\b|msg \d+, level |elapsed: |time: \d)/i,
    `what a tool says of its work: ${REMOVE}`,
    true,
  ],
  [/^(?:--(?: |$)|\/\*.*\*\/$)/s, `a comment of SQL: ${REMOVE}`, true],
  [
    /^[+|=-]*[+=-]{3}[+|= -]*$/,
    `a line that a tool draws between records: export the table again without it, or ${REMOVE}`,
    false,
  ],
  [/^(?:#|\/\/|rem\b|%)/i, `probably a comment: ${REMOVE}`, false],
  [
    /^["'`]?(?:end|eof|fin|ende|trailer)(?: of (?:file|data|report|export))?["'`]?(?:\W|$)/i,
    `probably a mark of the end: ${REMOVE}`,
    false,
  ],
  [
    /^["'`]?(?:grand |sub)?-?(?:totals?|sum|summe|gesamt|subtotals?)(?:\W|$)/i,
    `probably a line of totals: ${REMOVE}`,
    false,
  ],
];

/** The longest text that is compared. */
const MAX_LENGTH = 1000;
const [NUL, SPACE] = [0, 0x20];
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_TEXT = /[\0-\x08\x0e-\x19\x1c-\x1f]{2}/;
const NATIVE =
  'probably not text: formats such as that of bcp -n (native) are not read, so export the table with bcp -c or -w';
const NUL_BYTES =
  'NUL bytes, with which a file is padded, or a disk was never written: copy or create the dump again, or remove them';
const BLANKS = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1a, 0x20]);

/** What a record that cannot be loaded is in place of one, if it shows; a record may end with its file. */
export function describeStray(record: Buffer): StrayRecord | undefined {
  const { nuls, isAll, text: before } = nulsAtEnd(record);
  if (hasControls(before) && NOT_TEXT.test(before.toString('latin1', 0, MAX_LENGTH)))
    return { message: NATIVE, isSure: true };
  if (isAll && nuls > 0) return { message: `nothing but ${NUL_BYTES}`, isSure: true };
  if (nuls > 1) return { message: `followed by ${NUL_BYTES}`, isSure: true };
  if (record.length > 0 && isAll) return { message: `nothing but blanks: ${REMOVE}`, isSure: false };
  if (record.length > MAX_LENGTH) return undefined;
  const text = record.toString('latin1').trim();
  const [, message, isSure = false] = STRAYS.find(([pattern]) => pattern.test(text)) ?? [];
  return message === undefined ? undefined : { message, isSure };
}

/** Ten times as fast as a pattern: it is asked of each record that is rejected. */
function hasControls(record: Buffer): boolean {
  const end = Math.min(record.length, MAX_LENGTH);
  for (let at = 0; at < end; at++) if ((record[at] ?? SPACE) < SPACE) return true;
  return false;
}

/** How many NUL bytes stand at the end, with or without blanks, whether that is all, and what is before them. */
function nulsAtEnd(record: Buffer): { readonly nuls: number; readonly isAll: boolean; readonly text: Buffer } {
  let [nuls, at] = [0, record.length];
  for (; at > 0; at--) {
    const byte = record[at - 1] ?? NUL;
    if (byte === NUL) nuls++;
    else if (!BLANKS.has(byte)) break;
  }
  return { nuls, isAll: at === 0, text: record.subarray(0, at) };
}

/**
 * To be put behind the message of what is wrong with it; empty where nothing shows. Query tools leave a line empty before what they write behind the
 * records: `next` is what follows the record, as far as it is known.
 */
export function strayRemark(bytes: Buffer, format: FieldBytes, next: Buffer = NOTHING): string {
  const record = withoutControls(bytes, format);
  const following = record.every((byte) => BLANKS.has(byte)) ? describeStray(firstLine(next)) : undefined;
  if (following !== undefined) return `. The line is empty, and the next one is ${following.message}`;
  const stray = describeStray(record);
  return stray === undefined ? '' : `. The record is ${stray.message}`;
}

/** What of a format makes control characters of a record's own. */
type FieldBytes = Pick<CopyFormat, 'delimiter' | 'nulIsEmpty'>;
// eslint-disable-next-line no-control-regex -- as in Hive's files
const CONTROL = /[\0-\x08\x0e-\x1f]/;

/** With commas in place of delimiters that are control characters, and without the NUL bytes of bcp's empty strings. */
function withoutControls(record: Buffer, { delimiter, nulIsEmpty }: FieldBytes): Buffer {
  if (!CONTROL.test(delimiter) && !(nulIsEmpty && record.includes(NUL))) return record;
  const fields = record.toString('latin1').split(delimiter);
  const shown = fields.map((field) => (nulIsEmpty && field === '\0' ? '' : field));
  // All of them may be padding.
  return shown.length === 1 ? record : Buffer.from(shown.join(CONTROL.test(delimiter) ? ',' : delimiter), 'latin1');
}

function firstLine(bytes: Buffer): Buffer {
  const begin = bytes.findIndex((byte) => !BLANKS.has(byte));
  if (begin === -1) return NOTHING;
  const end = bytes.indexOf(LINE_FEED, begin);
  return bytes.subarray(begin, end === -1 ? bytes.length : end);
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
