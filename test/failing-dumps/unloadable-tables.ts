import type { FailingDump } from './failing-dump.ts';
import { USERS_DAT, USERS_SCHEMA } from './good-dump.ts';
import { rawZip, type RawEntry } from './raw-zip.ts';

const dat: RawEntry = { name: 'users.dat', content: USERS_DAT };
const schemaFile: RawEntry = { name: 'users.json', content: USERS_SCHEMA };
const unloadable = (title: string, reason: string, message: RegExp, entries: readonly RawEntry[]): FailingDump => ({
  title,
  reason,
  message,
  table: 'users',
  build: () => Promise.resolve(rawZip(entries)),
});
const withSchema = (title: string, reason: string, message: RegExp, content: string | Buffer): FailingDump =>
  unloadable(title, reason, message, [dat, { name: 'users.json', content }]);

/** Dumps whose table `users` the catalogue refuses, by the ZIP's directory and the schema file alone. */
export const UNLOADABLE_TABLES: readonly FailingDump[] = [
  unloadable('a DAT file has no schema file', 'SchemaFileMissing', /users\.dat.* no users\.json/, [dat]),
  unloadable('a schema file has no DAT file', 'DatFileMissing', /users\.json.* no users\.dat/, [schemaFile]),
  unloadable('the DAT file exists twice', 'DuplicateEntry', /twice, as "users\.dat" and "users\.dat"/, [
    dat,
    dat,
    schemaFile,
  ]),
  unloadable('the DAT file exists twice, in upper and lower case', 'DuplicateEntry', /"users\.dat" and "Users\.DAT"/, [
    dat,
    { ...dat, name: 'Users.DAT' },
    schemaFile,
  ]),
  unloadable('the schema file exists twice, in two folders', 'DuplicateEntry', /"users\.json" and "old\/users\.json"/, [
    dat,
    schemaFile,
    { ...schemaFile, name: 'old/users.json' },
  ]),
  unloadable('the DAT file is encrypted', 'EntryEncrypted', /users\.dat.*without a ZIP password/, [
    { ...dat, flags: 0x801 },
    schemaFile,
  ]),
  unloadable('the schema file is encrypted', 'EntryEncrypted', /users\.json.*without a ZIP password/, [
    dat,
    { ...schemaFile, flags: 1 },
  ]),
  unloadable(
    'the DAT file is packed with a method that is not supported',
    'EntryMethodUnknown',
    /packed with LZMA \(method 14\), written by a program for Unix: create the dump with deflate/,
    [{ ...dat, method: 14 }, schemaFile],
  ),
  unloadable(
    'a stored DAT file declares two sizes',
    'EntryCorrupt',
    /not compressed, but the ZIP declares .* 5 unpacked bytes/,
    [{ ...dat, method: 0, declaredBytes: 5 }, schemaFile],
  ),
  unloadable('the DAT file unpacks to too many times its size', 'EntryRatioTooHigh', /maxCompressionRatio .*ZIP bomb/, [
    { ...dat, declaredBytes: 1_000_000 },
    schemaFile,
  ]),
  unloadable('the DAT file is larger than allowed', 'EntryTooLarge', /more than spec\.limits\.maxEntryBytes \(\d+\)/, [
    { ...dat, declaredBytes: 2_000_000_000 },
    schemaFile,
  ]),
  unloadable(
    "the schema file's place lies beyond the dump",
    'EntryCorrupt',
    /users\.json.*location in the ZIP is damaged/,
    [dat, { ...schemaFile, offset: 1_000_000 }],
  ),
  unloadable('the schema file is damaged', 'EntryCorrupt', /users\.json.*packed data is damaged/, [
    dat,
    { ...schemaFile, packed: Buffer.from('this is no deflate stream') },
  ]),
  unloadable('the schema file has another CRC', 'EntryCrcMismatch', /users\.json.*declares 00000001/, [
    dat,
    { ...schemaFile, declaredCrc32: 1 },
  ]),
  withSchema(
    'the schema file is not a list',
    'SchemaFileNotAList',
    /must be a list .* an object with columns/,
    '{"columns": []}',
  ),
  withSchema('the schema file is a text', 'SchemaFileNotAList', /must be a list .* a string/, 'users'),
  withSchema('the schema file is an empty list', 'SchemaFileEmpty', /names no column/, '[]'),
  withSchema('the schema file is empty', 'SchemaFileUnreadable', /neither JSON nor YAML/, ' '),
  withSchema('the schema file breaks off', 'SchemaFileUnreadable', /neither JSON nor YAML/, USERS_SCHEMA.slice(0, -3)),
  withSchema(
    'the schema file has YAML aliases',
    'SchemaFileUnreadable',
    /aliases/,
    '- &a {column_name: a, column_type: int}\n- *a\n',
  ),
  withSchema('the schema file is nested without end', 'SchemaFileUnreadable', /nesting/, '['.repeat(100_000)),
  withSchema(
    'an item of the schema file has no type',
    'SchemaFileColumn',
    /item 1 must be/,
    '[{"column_name": "user_id"}]',
  ),
  withSchema('an item of the schema file is a text', 'SchemaFileColumn', /item 1 must be .* a string/, '["user_id"]'),
  withSchema(
    'the schema file names a column twice',
    'SchemaFileDuplicateColumn',
    /column email.*names the column "email" twice/,
    '[{"column_name": "email", "column_type": "int"}, {"column_name": "EMail", "column_type": "int"}]',
  ),
  withSchema(
    'the schema file is too large',
    'SchemaFileTooLarge',
    /more than spec\.limits\.maxSchemaFileBytes/,
    randomText(2 << 20),
  ),
];

/** A text that does not pack well, so that its ratio is no problem. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => String.fromCharCode(33 + ((state = (state * 16_807) % 2_147_483_647) % 90))).join(
    '',
  );
}
