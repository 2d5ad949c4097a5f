import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { rawZip } from '../failing-dumps/raw-zip.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

type Row = Readonly<Record<string, unknown>>;

const column = (column_name: string, column_type: string) => ({ column_name, column_type });
const NOTES = [column('id', 'int'), column('note', 'varchar(50)'), column('more', 'varchar(50)')];

/** A manifest and a folder with one dump, whose files are given by name; each table has the columns of `NOTES`. */
function scene(format: string, files: Readonly<Record<string, Buffer | string>>) {
  const folder = temporaryFolder();
  const manifest = join(folder, 'ingestion.yaml');
  writeFileSync(manifest, manifestText(`format: { ${format} }`));
  const schema = JSON.stringify(NOTES);
  const entries = Object.entries(files).flatMap(([name, content]) => [
    { name, content },
    { name: name.replace(/\.\w+$/, '.json'), content: schema },
  ]);
  writeFileSync(join(folder, 'crm_v1.zip'), rawZip(entries));
  return { validate: ['validate', '-f', manifest], dump: ['-f', manifest, '--dumps', folder, '--database'] };
}

async function load(format: string, files: Readonly<Record<string, Buffer | string>>) {
  const database = await createTestDatabase();
  const { dump } = scene(format, files);
  const { code, stderr } = await motherload(['run', ...dump, database.uri]);
  assert.equal(code, 0, stderr);
  return async (table: string) => await database.query(`SELECT id, note, more FROM ${table} ORDER BY id`);
}

/** What each preset reads, with the values that its files make hard. */
const PRESETS: Readonly<Record<string, { format: string; file: string; content: string; rows: readonly Row[] }>> = {
  csv: {
    format: 'preset: csv',
    file: 'notes.dat',
    content: 'id,note,more\r\n1,"é, ""quoted""\r\nin lines",\r\n2,"",\\N\r\n',
    rows: [
      { id: 1, note: 'é, "quoted"\r\nin lines', more: null },
      { id: 2, note: '', more: '\\N' },
    ],
  },
  'csv with escapes in fields without quotes, as of Python with an escapechar': {
    format: "preset: csv, escape: '\\', escapesOutsideQuotes: true",
    file: 'notes.dat',
    content: 'id,note,more\r\n1,\\"Bob\\",C:\\\\new\\\\\r\n2,"a\\",b",\r\n',
    rows: [
      { id: 1, note: '"Bob"', more: 'C:\\new\\' },
      { id: 2, note: 'a",b', more: null },
    ],
  },
  "csv with escapes within quotes alone, as of Spark, and MySQL's types": {
    format: "preset: csv, escape: '\\', escapesOutsideQuotes: false, dialect: mysql",
    file: 'notes.dat',
    content: 'id,note,more\n1,C:\\new\\,"a \\"b\\", \\n"\n',
    rows: [{ id: 1, note: 'C:\\new\\', more: 'a "b", \\n' }],
  },
  'csv with a field that is set beside it': {
    format: "preset: csv, delimiter: ';', header: false",
    file: 'notes.dat',
    content: '1;"a;b";c,d\n',
    rows: [{ id: 1, note: 'a;b', more: 'c,d' }],
  },
  'bcp-char': {
    format: 'preset: bcp-char',
    file: 'notes.dat',
    content: '1\ttwo\r\nlines\t"é\n"\r\n2\t\0\t\r\n',
    rows: [
      { id: 1, note: 'two\r\nlines', more: '"é\n"' },
      { id: 2, note: '', more: null },
    ],
  },
  'bcp-custom': {
    format: 'preset: bcp-custom, delimiter: "+|", recordTerminator: "&|\\n"',
    file: 'notes.dat',
    content: '1+|a\tb\n+|c|&d&|\n2+|+|\0&|\n',
    rows: [
      { id: 1, note: 'a\tb\n', more: 'c|&d' },
      { id: 2, note: null, more: '' },
    ],
  },
  'mysql-outfile': {
    format: 'preset: mysql-outfile',
    file: 'notes.dat',
    content: '1\ta\\\tb\\\nc\\\\N\\Z\t\\N\n2\t\t"é"\n',
    rows: [
      { id: 1, note: 'a\tb\nc\\N\u001a', more: null },
      { id: 2, note: '', more: '"é"' },
    ],
  },
  'mysql-tab': {
    format: 'preset: mysql-tab',
    file: 'order@002dnotes.txt',
    content: '1\ta\\\tb\\\nc\\\\N\t\\N\n2\t\t"é"\n',
    rows: [
      { id: 1, note: 'a\tb\nc\\N', more: null },
      { id: 2, note: '', more: '"é"' },
    ],
  },
};

describe('motherload run', () => {
  for (const [title, { format, file, content, rows }] of Object.entries(PRESETS)) {
    it(`loads a dump by the preset ${title}`, async () => {
      const read = await load(format, { [file]: content });
      assert.deepEqual(await read(file.startsWith('order') ? '"v1_order-notes"' : 'v1_notes'), rows);
    });
  }

  it('loads one dump whose tables differ in delimiter, encoding and header', async () => {
    const tables = [
      `{ match: address*, delimiter: ';', encoding: WIN1252, header: false }`,
      `{ match: empty, header: false }`,
    ];
    const read = await load(`preset: csv, tables: [${tables.join(', ')}]`, {
      'notes.dat': 'id,note,more\n1,5 €,x;y\n',
      'address_history.dat': Buffer.from('2;5 \x80;x,y\n', 'latin1'),
      'empty.dat': '',
    });
    assert.deepEqual(await read('v1_notes'), [{ id: 1, note: '5 €', more: 'x;y' }]);
    assert.deepEqual(await read('v1_address_history'), [{ id: 2, note: '5 €', more: 'x,y' }]);
    assert.deepEqual(await read('v1_empty'), []);
  });
});

describe('motherload plan', () => {
  it('warns of a format that applies to no table', async () => {
    const database = await createTestDatabase();
    const tables = `[{ match: adress*, header: false }, { match: notes, encoding: LATIN1 }]`;
    const { dump } = scene(`preset: csv, tables: ${tables}`, {
      'notes.dat': 'id,note,more\n',
      'users.dat': 'id,note,more\n',
    });
    const { code, stdout, stderr } = await motherload(['plan', ...dump, database.uri]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^-- warning: spec\.format\.tables\[0\] \(adress\*\) applies to no table: check its pattern/m);
  });
});

describe('motherload validate', () => {
  it('names the preset where a field that is set contradicts it', async () => {
    const { validate } = scene(`preset: csv, nullMarker: '"N'`, {});
    const { code, stderr } = await motherload(validate);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /spec\.format\.nullMarker contains the quote.* \(preset: csv\)$/m);
  });
});
