import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { motherload, temporaryFolder } from '../bin/cli.ts';
import { rawZip } from '../failing-dumps/raw-zip.ts';
import { loadSource, type SourceFiles } from './source-dumps.ts';

const SCRIPT =
  'CREATE TABLE `users` (\n  `id` int(11) NOT NULL,\n  `name` varchar(50) DEFAULT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n';
const SHELL = {
  options: { schema: 'crm', table: 'users', columns: ['id', 'name'], defaultCharacterSet: 'utf8mb4' },
  ...{ extension: 'tsv', chunking: false, compression: 'none', partitions: [], includesData: true, includesDdl: true },
};

/** What a source's tools wrote, and the block for it. */
const SOURCES: Readonly<Record<string, { files: SourceFiles; block: RegExp }>> = {
  'a folder of mysqldump --tab': {
    files: { 'users.sql': SCRIPT, 'users.txt': '1\tZoë\n2\t\\N\n' },
    block: /^format:\n {2}preset: mysql-tab\n$/m,
  },
  'a folder of MySQL Shell': {
    files: {
      '@.json': JSON.stringify({ dumper: 'mysqlsh Ver 9.5.0', version: '2.0.1', tzUtc: true }),
      '@.done.json': JSON.stringify({ end: '2026-11-28 20:00:00' }),
      'crm@users.json': JSON.stringify({
        ...SHELL,
        options: {
          ...SHELL.options,
          fieldsTerminatedBy: '\t',
          fieldsEnclosedBy: '',
          fieldsOptionallyEnclosed: false,
          fieldsEscapedBy: '\\',
          linesTerminatedBy: '\n',
        },
      }),
      'crm@users.sql': SCRIPT,
      'crm@users.tsv': '1\tZoë\n2\t\\N\n',
    },
    block: /^format:\n {2}preset: mysql-shell\n$/m,
  },
  'a file of bcp beside its format file': {
    files: {
      'users.fmt':
        '14.0\n2\n1\tSQLCHAR\t0\t12\t"+|"\t1\tid\t""\n2\tSQLCHAR\t0\t50\t"&|\\n"\t2\tname\tLatin1_General_CI_AS\n',
      'users.json':
        '[{"column_name": "id", "column_type": "int"}, {"column_name": "name", "column_type": "nvarchar(50)"}]',
      'users.dat': '1+|Zoë&|\n2+|&|\n',
    },
    block: /^format:\n {2}preset: bcp-char\n$/m,
  },
};

describe('motherload sniff of what the tools of a source write', () => {
  for (const [source, { files, block }] of Object.entries(SOURCES))
    it(`proposes what loads it: ${source}`, async () => {
      const dump = join(temporaryFolder(), 'crm_v1.zip');
      writeFileSync(dump, rawZip(Object.entries(files).map(([name, content]) => ({ name, content }))));
      const { code, stdout } = await motherload(['sniff', dump]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, block);
      const [, preset = ''] = /(preset: \S+)/.exec(stdout) ?? [];
      const loaded = await loadSource(preset, files);
      assert.deepEqual(Object.values(loaded)[0]?.rows, [
        ['1', 'Zoë'],
        ['2', null],
      ]);
    });
});
