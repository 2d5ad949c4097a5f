import type { Format } from '../../crds/contract/task.ts';
import { textDecoder } from './encoded-text.ts';
import { recordEncoding } from './encodings.ts';
import { namesColumns } from './header-mismatch.ts';

/** A file's first lines, as far as they show that its format is another one. */
export interface FirstLines {
  /** Undefined where the format has none. */
  readonly header: string | undefined;
  /** The first record, or as much of it as was read. */
  readonly record: string;
}

/** The same of bytes. */
export function firstLines(header: Buffer | undefined, record: Buffer, encoding: string): FirstLines {
  const decode = textDecoder(recordEncoding(encoding));
  return { header: header && decode(header), record: decode(record) };
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_TEXT = /[\0-\x08\x0e-\x1f]{2}/;
/** `+----+---+`, and below the header of psql `----+---`. */
const DRAWN = /^\s*\+(?:-+\+)+\s*$/;
const DRAWN_BY_PSQL = /^-+(?:\+-+)+\s*$/;

/** What Excel takes the delimiter from. */
const EXCEL_SEPARATOR = /^"?sep=(.|\\t)"?\r?$/i;

/**
 * Why a file cannot have this format, by its first lines: read as data they would be rows or bytes of values that the source does not have.
 * `schemaNames` are in lower case.
 */
export function describeFirstLines(
  { header, record }: FirstLines,
  schemaNames: readonly string[],
  format: Format,
): string | undefined {
  if (EXCEL_SEPARATOR.test(header ?? record))
    return 'the first line is a note for Excel on the delimiter (sep=): remove it from the DAT file, and set spec.format.delimiter to what it says';
  if (header !== undefined && NOT_TEXT.test(header))
    return 'the first line is not text: formats such as that of bcp -n (native) are not read, so export the table with bcp -c or -w';
  if (DRAWN.test(header ?? record) || (header !== undefined && DRAWN_BY_PSQL.test(record)))
    return 'the first lines are those of a table that a query tool draws: export it with mysql --batch or psql --csv, or as docs/formats.md says';
  if (header === undefined && schemaNames.length > 1 && namesColumns(record, format, schemaNames))
    return 'the first line has the names of the columns: set spec.format.header to true';
  if (header !== undefined && format.frame === 'None' && isRuler(header, record, format))
    return 'the line below the header has nothing but dashes, as sqlcmd writes it: set spec.format.frame to Sqlcmd, or remove the line from the DAT file';
  if (endsWithCarriageReturn(record, format))
    return 'the first record ends with a carriage return before its line feed: if line ends are CRLF, set spec.format.recordTerminator to "\\r\\n"; if carriage returns are data, set it to "\\n"';
  return undefined;
}

/** What the user should know of it where it can be either: the name of the only column may be a value. */
export function firstLineWarnings(
  { header, record }: FirstLines,
  schemaNames: readonly string[],
  format: Format,
): string[] {
  if (header !== undefined || schemaNames.length !== 1 || !namesColumns(record, format, schemaNames)) return [];
  return [
    'the first record is the name of the column, and is loaded as a value: if it is the header, set spec.format.header to true and load the file again',
  ];
}

/** Sqlcmd makes each column at least as wide as its name. A dash alone may be what a source has where it has no value. */
function isRuler(header: string, record: string, { delimiter }: Format): boolean {
  const names = header.trimEnd().split(delimiter);
  const dashes = record.trimEnd().split(delimiter);
  const isBelow = (dash: string, name = '') => /^-+ *$/.test(dash) && dash.trimEnd().length >= name.trim().length;
  return dashes.length === names.length && dashes.every((dash, index) => isBelow(dash, names[index]));
}

/** MySQL's server ends lines with LF, unless LINES TERMINATED BY says otherwise, and escapes no carriage return. */
function endsWithCarriageReturn(record: string, { recordTerminator, quote, set }: Format): boolean {
  if (recordTerminator !== '\n' || set.includes('recordTerminator') || !record.endsWith('\r')) return false;
  // Within quotes it is no end.
  return quote === '' || record.split(quote).length % 2 === 1;
}
