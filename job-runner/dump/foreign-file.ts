import { DataError, type Location } from '../../crds/contract/errors.ts';

const SAVE_AS_CSV = 'save the table as CSV, and set spec.format.preset to csv';
const EXPORT = 'export the table as text (docs/formats.md)';
const UNPACK = 'pack the table itself into the ZIP, or as .gz or .zst';

/** Words of SQL alone: `begin date;end date` is a header. */
const STATEMENTS = [
  ...[
    '(?:create|drop|lock) (?:tables?|database|schema)',
    'insert (?:into|ignore)',
    'copy [^;|\\t\\n]{1,128} from stdin',
  ],
  ...[
    'set (?:names|nocount|ansi_nulls|quoted_identifier|identity_insert|statement_timeout)',
    'use [^,;|\\t\\n]{1,128}\\s+go',
  ],
];

/** What files begin with that are no DAT files. Where a DAT file has a header, no name of a column does. */
const BEGINNINGS: readonly (readonly [beginning: string | RegExp, kind: string, remedy: string])[] = [
  ['PK\x03\x04', 'a ZIP or an Excel workbook', SAVE_AS_CSV],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an Excel workbook', SAVE_AS_CSV],
  [/^PAR1[^ -~\s]/, 'a Parquet file', EXPORT],
  ['Obj\x01', 'an Avro file', EXPORT],
  ['SQLite format 3\0', 'an SQLite database', EXPORT],
  ['PGDMP\x01', "pg_dump's custom format", 'export each table with COPY (docs/formats.md, postgres-copy)'],
  [/^\d{6}HIXF\d{4}/, "DB2's format IXF", 'export the table with OF DEL, and set spec.format.preset to csv'],
  ['%PDF-', 'a PDF', EXPORT],
  [/^BZh\d1AY&SY/, 'packed by bzip2', UNPACK],
  ['\xfd7zXZ\0', 'packed by xz', UNPACK],
  ['7z\xbc\xaf\x27\x1c', 'packed by 7-Zip', UNPACK],
  [/^\s*[[{]\s*[{"]/, 'JSON', EXPORT],
  [/^\s*<(?:!doctype\s+html|html|\?xml)[\s>]/i, 'HTML or XML', EXPORT],
  [new RegExp(`^(?:--[^\\n]*\\n|\\s)*(?:(?:${STATEMENTS.join('|')})\\b|/\\*!\\d{5} )`, 'i'), 'an SQL script', EXPORT],
];
const BEGINNING_BYTES = 512;

/** By the first bytes of a file that should begin with a header. */
export function refuseForeignFile(start: Buffer, location: Location): void {
  const text = start.toString('latin1', 0, BEGINNING_BYTES);
  const found = BEGINNINGS.find(([beginning]) =>
    typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text),
  );
  if (found === undefined) return;
  const [, kind, remedy] = found;
  throw new DataError('NoHeader', `it is ${kind} and no DAT file: ${remedy}`, { ...location, line: 1 });
}
