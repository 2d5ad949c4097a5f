import type { DumpIngestionSpec } from './generated.ts';

type FormatSpec = DumpIngestionSpec['format'];
type PresetName = FormatSpec['preset'];

/** The fields of `spec.format` that a preset decides where they are not set. */
export type PresetFields = Required<
  Pick<
    FormatSpec,
    | 'datExtension'
    | 'delimiter'
    | 'recordTerminator'
    | 'lineEndsInFields'
    | 'nulIsEmpty'
    | 'quote'
    | 'nullMarker'
    | 'header'
    | 'encoding'
    | 'zeroDates'
    | 'quotedNull'
    | 'trailingDelimiter'
    | 'dialect'
    | 'frame'
  >
> &
  Pick<FormatSpec, 'escape' | 'binaryValues'>;

const UNSET: PresetFields = {
  datExtension: '.dat',
  delimiter: '|',
  recordTerminator: '',
  lineEndsInFields: false,
  nulIsEmpty: false,
  quote: '`',
  nullMarker: 'NULL',
  header: true,
  encoding: 'LATIN1',
  zeroDates: 'Null',
  quotedNull: false,
  trailingDelimiter: false,
  dialect: 'mssql',
  frame: 'None',
};

const REFERENCE: PresetFields = { ...UNSET, binaryValues: 'Hex' };

/**
 * Nothing is quoted, NULL is nothing, and the empty string is a NUL byte. Not LF or CRLF: a lone LF in a text would end the record, and the next
 * one could be glued to its rest without an error. UTF8 because bytes of another code page are an error then; read as a single-byte encoding
 * they would silently be other letters. https://learn.microsoft.com/sql/tools/bcp-utility
 */
const BCP_CHAR: PresetFields = {
  ...REFERENCE,
  delimiter: '\t',
  recordTerminator: '\r\n',
  lineEndsInFields: true,
  nulIsEmpty: true,
  quote: '',
  nullMarker: '',
  header: false,
  encoding: 'UTF8',
};

/**
 * The server's own defaults: https://dev.mysql.com/doc/refman/9.4/en/load-data.html#load-data-field-line-handling. Not LF or CRLF: it does not
 * escape a carriage return, so one before the line's LF is the last value's. It writes binary values as they are unless the SELECT has HEX() or
 * TO_BASE64(), which nothing but the values can show.
 */
const MYSQL_OUTFILE: PresetFields = {
  ...UNSET,
  delimiter: '\t',
  recordTerminator: '\n',
  quote: '',
  escape: '\\',
  nullMarker: '\\N',
  header: false,
  encoding: 'UTF8',
  dialect: 'mysql',
};

/** https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS-TEXT-FORMAT */
const POSTGRES_COPY: PresetFields = {
  ...REFERENCE,
  delimiter: '\t',
  quote: '',
  escape: '\\',
  nullMarker: '\\N',
  header: false,
  encoding: 'UTF8',
  dialect: 'postgresql',
};

/**
 * What each preset sets. Not in the CRD's defaults: the apiserver would fill them in, and what the user set would be lost. Not in YAML
 * either, as the type maps are: here the compiler checks each name and value against the CRD, and the operator's decisions read no file.
 */
export const FORMAT_PRESETS: Readonly<Record<PresetName, PresetFields>> = {
  reference: REFERENCE,
  // RFC 4180, with PostgreSQL's reading of an empty field.
  csv: { ...REFERENCE, delimiter: ',', quote: '"', nullMarker: '', encoding: 'UTF8' },
  'bcp-char': BCP_CHAR,
  'bcp-wide': { ...BCP_CHAR, encoding: 'UTF16LE' },
  // The CRD has a rule that the terminators are set.
  'bcp-custom': BCP_CHAR,
  // It quotes and escapes nothing, and writes the code page of the console unless it is told otherwise (-f 65001).
  sqlcmd: { ...REFERENCE, quote: '', encoding: 'UTF8', frame: 'Sqlcmd' },
  'mysql-outfile': MYSQL_OUTFILE,
  // The server writes the files of `mysqldump --tab`, too.
  'postgres-copy': POSTGRES_COPY,
  'mysql-tab': { ...MYSQL_OUTFILE, datExtension: '.txt' },
  // Each table's own .json says the rest. https://dev.mysql.com/doc/mysql-shell/9.4/en/mysql-shell-utilities-dump-instance-schema.html
  'mysql-shell': { ...MYSQL_OUTFILE, datExtension: '.tsv' },
};
