import type { ErrorEntry } from './error-entry.ts';
import { VALUE_ERRORS } from './values.ts';

/** Of a table's entries in the ZIP, before their content is read. */
const ENTRY_ERRORS = {
  DuplicateEntry: {
    kind: 'Data',
    text: 'Two entries are the same file of a table, for instance in upper and in lower case. Remove one.',
  },
  SchemaFileMissing: { kind: 'Data', text: 'There is a DAT file without a schema file. Create the dump again.' },
  DatFileMissing: { kind: 'Data', text: 'There is a schema file without a DAT file. Create the dump again.' },
  ChunkMissing: {
    kind: 'Data',
    text: 'The table is split into several DAT files, such as `users.00000.dat`, and one is missing. Copy or create the dump again.',
  },
  ChunkHeader: {
    kind: 'Data',
    text: 'A chunk of the table begins with another line than the header of its first chunk. If your dumps have no headers, set `spec.format.header: false`.',
  },
  ChunkEncoding: {
    kind: 'Data',
    text: 'A chunk of the table has a byte order mark and the first one has none. Set `spec.format.encoding` to the encoding of all of them.',
  },
  EntryEncrypted: {
    kind: 'Data',
    text: 'The entry is encrypted. With AES set `spec.source.decryption.zip`, or give `--zip-password-file` ([how](encrypted-dumps.md#zips-with-a-password)). Other encryption, and AES within a dump that gpg has encrypted, is not read: create the dump with AES, or without a ZIP password.',
  },
  ZipPassword: {
    kind: 'Manifest',
    text: 'The password of an entry is another one, or empty. Correct the Secret of `passwordSecretRef`, or the file of `--zip-password-file`.',
  },
  EntryIsLink: {
    kind: 'Data',
    text: 'The entry is a symbolic link, of which the ZIP has the path alone. Create the dump with the files themselves.',
  },
  EntryMethodUnknown: {
    kind: 'Data',
    text: 'The entry is packed with another method than deflate, Deflate64 and Zstandard. Create the dump with deflate.',
  },
  EntryTooLarge: {
    kind: 'Data',
    text: 'The entry is larger than `spec.limits.maxEntryBytes`. Raise the limit if you trust the dump.',
  },
  EntryRatioTooHigh: {
    kind: 'Data',
    text: 'The entry unpacks to more than `spec.limits.maxCompressionRatio` times its size. Raise the limit if you trust the dump.',
  },
  EntryTruncated: { kind: 'Data', text: 'The entry ends before its data does. Copy the dump again.' },
  EntryCorrupt: { kind: 'Data', text: "The entry's packed data is damaged. Copy the dump again." },
  EntryCrcMismatch: {
    kind: 'Data',
    text: 'The CRC-32 of the unpacked bytes differs from the one that the ZIP declares. Copy the dump again.',
  },
  EntryCodeMismatch: {
    kind: 'Data',
    text: 'The authentication code of an encrypted entry is not that of its bytes: it was damaged, or somebody changed it. Nothing of it is loaded. Copy or create the dump again. One wrong password in 65,536 looks like this, too.',
  },
  EntryLargerThanDeclared: {
    kind: 'Data',
    text: 'The entry unpacks to more bytes than the ZIP declares, as a ZIP bomb does. Create the dump again.',
  },
} as const satisfies Record<string, ErrorEntry>;

const SCHEMA_FILE_ERRORS = {
  SchemaFileTooLarge: { kind: 'Data', text: 'The schema file is larger than `spec.limits.maxSchemaFileBytes`.' },
  SchemaFileUnreadable: {
    kind: 'Data',
    text: 'The schema file is neither JSON nor YAML. It must be a list of `{"column_name": …, "column_type": …}`.',
  },
  SchemaFileNotAList: {
    kind: 'Data',
    text: 'The schema file is not a list. It must be a list of `{"column_name": …, "column_type": …}`.',
  },
  SchemaFileEmpty: { kind: 'Data', text: 'The schema file names no column. A table has at least one.' },
  SchemaFileColumn: {
    kind: 'Data',
    text: 'An item of the schema file is not a column: `column_name` and `column_type` must both be text, and an `ordinal_position` a number of its own.',
  },
  SchemaFileDuplicateColumn: {
    kind: 'Data',
    text: 'The schema file names a column twice (case does not matter). Remove or rename one.',
  },
  ShellTableMissing: {
    kind: 'Data',
    text: "MySQL Shell's `@.done.json` says that a table was dumped of which the ZIP has no files. Pack the whole folder.",
  },
  TimestampsLocal: {
    kind: 'Data',
    text: 'The dump has timestamps in the time zone of the session that dumped them, which nobody knows. Dump it in UTC (without `--skip-tz-utc`; `tzUtc: true`), or add a schema file that says datetime.',
  },
  TableScriptUnreadable: {
    kind: 'Data',
    text: "The `.sql` beside the DAT file has no CREATE TABLE from which the table's columns can be read. Create it with `mysqldump`, or add a schema file.",
  },
  FormatFileUnreadable: {
    kind: 'Data',
    text: 'The `.fmt` of bcp is damaged, does not belong to the schema file, or describes fields that cannot be read. Create it again, or leave it out of the dump.',
  },
  NativeFormat: {
    kind: 'Data',
    text: 'The `.fmt` of bcp says that values are in native format or have lengths before them, which only bcp reads. Export the table with `bcp -c` or `bcp -w`.',
  },
  ShellTableUnreadable: {
    kind: 'Data',
    text: 'The files that MySQL Shell wrote of the table do not belong together, or say of its data what cannot be read. Dump it again with `util.dumpSchemas`.',
  },
  EmptyColumnName: {
    kind: 'Data',
    text: 'A column name in the header is empty. Check `spec.format.delimiter`, or fix the header.',
  },
  ColumnName: {
    kind: 'Data',
    text: 'A column name in the header or the schema file is empty or has a NUL character. Fix the dump.',
  },
  DuplicateColumn: {
    kind: 'Data',
    text: 'Two columns would get the same name (case does not matter). Rename one in the dump.',
  },
  HeaderMismatch: {
    kind: 'Data',
    text: 'Header and schema file both name columns that the other does not have. Set `spec.format.header: false` if the first line is data, set `spec.format.delimiter`, or fix the names.',
  },
  NoColumns: { kind: 'Data', text: 'Neither the header nor the schema file names a column. Fix the dump.' },
  TooManyColumns: {
    kind: 'Data',
    text: 'The table would have more than 1600 columns, the most that PostgreSQL allows. Split the table in the dump.',
  },
  NameNotInEncoding: {
    kind: 'Data',
    text: "The database's encoding cannot represent the name of the table or of a column. Use a database with the encoding UTF8.",
  },
  NulInVersionTableName: {
    kind: 'Data',
    text: "The version table's name would have a NUL character. Rename the dump or its files.",
  },
} as const satisfies Record<string, ErrorEntry>;

const DAT_FILE_ERRORS = {
  CharacterSet: {
    kind: 'Data',
    text: 'The file of `mysqldump --tab` has each column in its own character set, and one is in a set that cannot be read so, such as `gbk` or `ucs2`. Export the table with `--default-character-set=utf8mb4`, or binary columns by `HEX`.',
  },
  EncodingContradicted: {
    kind: 'Data',
    text: 'The first bytes show that the file is UTF-16, or that it is not. Set `spec.format.encoding` as the message says.',
  },
  NotInEncoding: {
    kind: 'Data',
    text: "The file has bytes that are no character in its encoding. Check `spec.format.encoding`, or fix the dump's file. From MySQL or MariaDB itself the record has the byte 0xFF in place of a text with a character that Unicode has not, as cp1251, sjis or ascii may have, and of a geometry of more than half of the server's max_allowed_packet: fix the value there, or raise max_allowed_packet.",
  },
  NoHeader: {
    kind: 'Data',
    text: 'The first megabyte has no line end, so there is no header. Check `spec.format.header` and the line ends.',
  },
  CarriageReturn: {
    kind: 'Data',
    text: 'A carriage return is neither quoted nor part of a line end. Lines must end in LF or CRLF.',
  },
  UnclosedQuote: {
    kind: 'Data',
    text: 'A quote in the header is not closed. Check `spec.format.quote` and `spec.format.escape`.',
  },
  UnterminatedQuote: {
    kind: 'Data',
    text: 'A quote is not closed until the end of the file. Check `spec.format.quote` and `spec.format.escape`, and whether the file is complete.',
  },
  TextBehindQuote: {
    kind: 'Data',
    text: 'A field has text behind its closing quote. Check `spec.format.quote` and `spec.format.escape`, or create the dump again.',
  },
  FieldCount: {
    kind: 'Data',
    text: 'A record has more or fewer fields than the table has columns in the dump. Check `spec.format.delimiter`, `spec.format.recordTerminator`, `spec.format.quote` and `spec.format.trailingDelimiter`.',
  },
  DataBehindEnd: {
    kind: 'Data',
    text: 'COPY ended its data by `\\\\.`, which must be the last line. Create the dump again, or set `spec.format.escape`.',
  },
  NulByte: {
    kind: 'Data',
    text: 'A text is a NUL byte, which PostgreSQL cannot store. If bcp wrote the file, set `spec.format.nulIsEmpty`.',
  },
  RecordTooLong: {
    kind: 'Data',
    text: 'A record is longer than 64 MiB. Check the quotes and line ends; most likely a quote is not closed.',
  },
  BackslashUnclear: {
    kind: 'Data',
    text: "A field has a backslash, and with the null marker `\\N` it may be data or MySQL's escape. Set `spec.format.escape`.",
  },
  NotHexadecimal: {
    kind: 'Data',
    text: 'A value of a binary column is not written in hexadecimal digits (with or without `0x` or `\\x` before them; of PostgreSQL behind `\\x`). Set `spec.format.binaryValues`, or fix the value.',
  },
  NotBase64: {
    kind: 'Data',
    text: 'A value of a binary column is not written in base64. Set `spec.format.binaryValues`, or fix the value.',
  },
  NotBits: {
    kind: 'Data',
    text: 'A value of a BIT column is not a number of so many bits. Set `spec.format.binaryValues`, or fix the value.',
  },
  BinaryUnclear: {
    kind: 'Data',
    text: 'The values of a binary column or a BIT may be raw bytes, or written in digits. Set `spec.format.binaryValues`.',
  },
  NoRuler: {
    kind: 'Data',
    text: 'There is no line of dashes below the header, as sqlcmd writes it. Check `spec.format.frame`.',
  },
  PaddedColumns: {
    kind: 'Data',
    text: "The columns are padded with blanks, which cannot be told from a value's. Export the table again by `sqlcmd -W`.",
  },
  SeveralResults: {
    kind: 'Data',
    text: 'The DAT file has several results of sqlcmd, or several headers (`-h`). Export one result a file, with one header.',
  },
  RowCountDiffers: {
    kind: 'Data',
    text: "The last line of the file, or MySQL Shell's `@.done.json`, says another number of rows than there are records. Copy the dump again, or export the table again, for example by bcp.",
  },
  TooManyRejects: {
    kind: 'Data',
    text: 'More records cannot be loaded than `spec.rejects` allows, so nothing of the table was loaded. Line and reason are those of the first one. Fix the dump or the format, or raise the limits.',
  },
  RowsDiffer: {
    kind: 'Data',
    text: 'PostgreSQL received a different number of rows than were sent, so nothing was loaded. Please report it.',
  },
} as const satisfies Record<string, ErrorEntry>;

export const TABLE_ERRORS = { ...ENTRY_ERRORS, ...SCHEMA_FILE_ERRORS, ...DAT_FILE_ERRORS, ...VALUE_ERRORS };
