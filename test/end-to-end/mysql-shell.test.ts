import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { loadSource, runSource, type SourceFiles } from './source-dumps.ts';

/**
 * MySQL Shell itself cannot be installed here. Each line says which part of https://github.com/mysql/mysql-shell, as of 9.5, writes what it has:
 * names by modules/util/common/dump/utils.cc, the .json files by write_dump_started_metadata, write_schema_metadata and write_table_metadata in
 * modules/util/dump/dumper.cc, the values by modules/util/dump/text_dump_writer.cc.
 */
const tableJson = (table: string, columns: readonly string[], more: object = {}, options: object = {}): string =>
  JSON.stringify({
    options: {
      ...{ schema: 'crm', table, columns, defaultCharacterSet: 'utf8mb4' },
      // The defaults of struct Dialect in modules/util/import_table/dialect.h.
      ...{ fieldsTerminatedBy: '\t', fieldsEnclosedBy: '', fieldsOptionallyEnclosed: false },
      ...{ fieldsEscapedBy: '\\', linesTerminatedBy: '\n' },
      ...options,
    },
    ...{ triggers: [], includesData: true, includesDdl: true, extension: 'tsv.zst', chunking: true },
    ...{ compression: 'zstd', primaryIndex: ['id'], partitions: [], basenames: {}, ...more },
  });

/** Schema_dumper writes SHOW CREATE TABLE below a few lines of comments. */
const tableSql = (table: string, body: string): string =>
  `-- MySQLShell dump 2.0.1  Distrib Ver 9.5.0 for Linux on x86_64\n--\n-- Host: localhost    Database: crm    Table: ${table}\n/*!40101 SET NAMES utf8mb4 */;\n\n/*!40101 SET @saved_cs_client = @@character_set_client */;\n/*!50503 SET character_set_client = utf8mb4 */;\nCREATE TABLE IF NOT EXISTS \`${table}\` (\n${body}\n) ENGINE=InnoDB DEFAULT CHARSET=latin1;\n/*!40101 SET character_set_client = @saved_cs_client */;\n`;

const INSTANCE: SourceFiles = {
  '@.json': JSON.stringify({ dumper: 'mysqlsh Ver 9.5.0', version: '2.0.1', origin: 'dumpSchemas', tzUtc: true }),
  // By write_dump_finished_metadata.
  '@.done.json': JSON.stringify({
    ...{ end: '2026-11-28 20:00:00', dataBytes: 1 },
    ...{ tableDataBytes: { crm: { users: 76 } }, tableRows: { crm: { users: 2 } } },
    chunkFileBytes: { 'crm@users@0.tsv.zst': 45, 'crm@users@1.tsv.zst': 31, 'crm@users@@2.tsv.zst': 0 },
  }),
  '@.sql': '-- MySQLShell dump 2.0.1\n',
  '@.post.sql': '-- MySQLShell dump 2.0.1\n',
  'crm.json': JSON.stringify({ schema: 'crm', tables: ['users'], basenames: { users: 'crm@users' } }),
  'crm.sql': 'CREATE DATABASE /*!32312 IF NOT EXISTS*/ `crm`;\n',
  'crm@shown.sql': '/*!50001 CREATE VIEW `shown` AS SELECT 1 AS `a` */;\n',
  'crm@shown.pre.sql': 'CREATE TABLE IF NOT EXISTS `shown` (`a` tinyint NOT NULL);\n',
};

const PRESET = 'preset: mysql-shell';

/** csv_unsafe in modules/util/dump/instance_cache.cc: binary, blob, bit and geometry columns are written by TO_BASE64. */
const USERS: SourceFiles = {
  'crm@users.json': tableJson(
    'users',
    ['id', 'Name', 'photo', 'flags', 'place', 'seen'],
    {},
    {
      decodeColumns: { photo: 'FROM_BASE64', flags: 'FROM_BASE64', place: 'FROM_BASE64' },
    },
  ),
  'crm@users.sql': tableSql(
    'users',
    '  `id` int unsigned NOT NULL,\n  `Name` varchar(50) COLLATE latin1_bin DEFAULT NULL,\n  `photo` mediumblob,\n  `twice` int GENERATED ALWAYS AS ((`id` * 2)) VIRTUAL,\n  `flags` bit(9) DEFAULT NULL,\n  `place` point,\n  `seen` timestamp NULL DEFAULT NULL,\n  PRIMARY KEY (`id`)',
  ),
  'crm@users.triggers.sql': '-- triggers\n',
  'crm@users@0.tsv.zst': zstdCompressSync('1\tZoë\\tA\\\nB\tAP9B\tAQA=\t\\N\t2024-02-29 12:34:56\n'),
  // 8 bytes for each MiB, by Dump_writer::Index.
  'crm@users@0.tsv.zst.idx': Buffer.alloc(8),
  'crm@users@1.tsv.zst': zstdCompressSync(`2\t\\N\t${Buffer.from('\\N\tx').toString('base64')}\t\\N\tAAAA\t\\N\n`),
  'crm@users@1.tsv.zst.idx': Buffer.alloc(8),
  // The last chunk of a table is empty.
  'crm@users@@2.tsv.zst': zstdCompressSync(''),
  'crm@users@@2.tsv.zst.idx': Buffer.alloc(8),
};

const small = (name: string, file: string, data: Record<string, Buffer | string>, more: object = {}): SourceFiles => ({
  [`crm@${file}.json`]: tableJson(name, ['id'], more),
  [`crm@${file}.sql`]: tableSql(name, '  `id` int NOT NULL'),
  ...Object.fromEntries(Object.entries(data).map(([suffix, content]) => [`crm@${file}${suffix}`, content])),
});

describe('a folder that MySQL Shell dumped', () => {
  it('is loaded without a count of its rows where @.done.json is larger than a schema file may be', async () => {
    const end = { tableRows: { crm: { t: 3 } }, chunkFileBytes: { ['x'.repeat(1_100_000)]: 1 } };
    const loaded = await loadSource(PRESET, {
      ...{ '@.json': '{}', '@.done.json': JSON.stringify(end) },
      ...small('t', 't', { '.tsv': '1\n' }),
    });
    assert.deepEqual(loaded['v1_t']?.rows, [['1']]);
  });

  it('is loaded as it is, with chunks, packed files and columns in base64', async () => {
    const loaded = await loadSource(PRESET, {
      ...INSTANCE,
      ...USERS,
      ...small('order/items', 'order%2Fitems', { '.tsv.gz': gzipSync('7\n8\n') }),
      ...small('plain.one', 'plain.one', { '.tsv': '9\n' }),
      ...small(
        'parts',
        'parts',
        { '@p0@@0.tsv': '1\n', '@p1@0.tsv': '2\n', '@p1@@1.tsv': '3\n' },
        {
          partitions: ['p0', 'p1'],
          basenames: { p0: 'crm@parts@p0', p1: 'crm@parts@p1' },
        },
      ),
      ...small('empty', 'empty', { '@@0.tsv.zst': zstdCompressSync('') }),
    });
    assert.deepEqual(loaded, {
      v1_users: {
        columns: [
          'id bigint',
          'name text',
          'photo bytea',
          'flags bit(9)',
          'place bytea',
          'seen timestamp with time zone',
        ],
        rows: [
          ['1', 'Zoë\tA\nB', '\\x00ff41', '100000000', null, '2024-02-29 12:34:56+00'],
          ['2', null, '\\x5c4e0978', null, '\\x000000', null],
        ],
      },
      'v1_order/items': { columns: ['id integer'], rows: [['7'], ['8']] },
      'v1_plain.one': { columns: ['id integer'], rows: [['9']] },
      v1_parts: { columns: ['id integer'], rows: [['1'], ['2'], ['3']] },
      v1_empty: { columns: ['id integer'], rows: [] },
    });
  });

  it('is read by what its own .json says, in hexadecimal digits and with terminators of its own', async () => {
    const loaded = await loadSource(PRESET, {
      'crm@t.json': tableJson(
        't',
        ['id', 'code'],
        {},
        {
          decodeColumns: { code: 'UNHEX' },
          ...{
            fieldsTerminatedBy: ',',
            fieldsEnclosedBy: '"',
            linesTerminatedBy: '\r\n',
            defaultCharacterSet: 'latin1',
          },
        },
      ),
      'crm@t.sql': tableSql('t', '`id` varchar(9), `code` varbinary(9)'),
      'crm@t.tsv': Buffer.from('"\xe9,\\""' + ',"4E"\r\n', 'latin1'),
    });
    assert.deepEqual(loaded, { v1_t: { columns: ['id text', 'code bytea'], rows: [['é,"', '\\x4e']] } });
  });

  const refused: Record<string, readonly [files: SourceFiles, message: RegExp, format?: string]> = {
    'without its last chunk': [
      small('t', 't', { '@0.tsv': '1\n' }),
      /the last chunk \(@@ before its number\) is missing/,
    ],
    'without a partition': [
      small('t', 't', { '@p0@@0.tsv': '1\n' }, { basenames: { p0: 'crm@t@p0', p1: 'crm@t@p1' } }),
      /data of its partition crm@t@p1 is missing/,
    ],
    'that was packed before its end': [
      { 'a/@.json': JSON.stringify({ tzUtc: true }), ...small('t', 't', { '.tsv': '1\n' }) },
      /has a\/@\.json and no @\.done\.json, which MySQL Shell writes last, so tables or rows may be missing/,
    ],
    'without its .sql': [{ 'crm@t.json': tableJson('t', ['id']), 'crm@t.tsv': '1\n' }, /there is no \.sql/],
    'with a .sql of other columns': [
      { ...small('t', 't', { '.tsv': '1\n' }), 'crm@t.sql': tableSql('t', '`other` int') },
      /its column id is not in CREATE TABLE/,
    ],
    'with fewer rows than were written': [
      {
        '@.json': '{}',
        '@.done.json': JSON.stringify({ tableRows: { crm: { t: 3 } }, tableDataBytes: { crm: { t: 6 } } }),
        ...small('t', 't', { '@0.tsv': '1\n', '@@1.tsv': '2\n' }),
      },
      /the files of the table have 2 records, and MySQL Shell wrote 3, as @\.done\.json says: copy or create the dump again/,
    ],
    'without a table that was written': [
      {
        '@.json': '{}',
        '@.done.json': JSON.stringify({
          tableRows: { crm: { t: 1 } },
          tableDataBytes: { crm: { t: 2, 'Other One': 7 } },
        }),
        ...small('t', 't', { '.tsv': '1\n' }),
      },
      /@\.done\.json, table other one: it says that the data of Other One was written, and the ZIP has no files of it/,
    ],
    'with timestamps in an unknown time zone': [
      {
        '@.json': JSON.stringify({ tzUtc: false }),
        '@.done.json': '{}',
        ...small('t', 't', { '.tsv': '2024-01-01 00:00:00\n' }),
        'crm@t.sql': tableSql('t', '`id` timestamp'),
      },
      /tzUtc is false/,
    ],
    'with a character set that cannot be read': [
      {
        ...small('t', 't', { '.tsv': '1\n' }),
        'crm@t.json': tableJson('t', ['id'], {}, { defaultCharacterSet: 'gbk' }),
      },
      /its defaultCharacterSet is gbk, not utf8mb4/,
    ],
    'with a .json that is something else': [
      { ...small('t', 't', { '.tsv': '1\n' }), 'crm@t.json': '[]' },
      /no options/,
    ],
    'whose packed data is cut': [
      small('t', 't', { '.tsv.zst': zstdCompressSync('1\n2\n3\n').subarray(0, -3) }),
      /the packed file in the ZIP ends too early/,
    ],
    'whose packed data is none': [small('t', 't', { '.tsv.gz': '1\n2\n' }), /the packed file in the ZIP is damaged/],
    'where the manifest says otherwise': [
      small('t', 't', { '.tsv': '1\n' }),
      /crm@t\.json.*says that delimiter is "\\t", and spec\.format\.delimiter is ";"/,
      `${PRESET}, delimiter: ";"`,
    ],
  };
  for (const [title, [files, message, format = PRESET]] of Object.entries(refused))
    it(`is refused ${title}`, async () => {
      const { code, stderr } = await runSource(format, files);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
    });
});
