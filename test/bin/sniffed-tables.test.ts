import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeDump } from '../end-to-end/dumps.ts';
import { motherload, temporaryFolder } from './cli.ts';

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

describe('motherload sniff of several tables', () => {
  it('shows where one table differs from the others, and what it cannot read', async () => {
    const folder = temporaryFolder();
    const columns = { id: 'int', name: 'nvarchar(50)' };
    const table = (text: string) => ({ columns, rows: [], text });
    await writeDump(folder, 'crm_v1.zip', {
      a: table(utf8('id,name\n1,Zoë\n')),
      b: table(utf8('id,name\n1,Bö\n')),
      c: table('id;name\n1;Zo\xeb\n2;x\n'),
      d: table('id,name\n1,x,y\n'),
    });
    const { code, stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    assert.equal(code, 1);
    assert.match(stdout, /^# With this format the beginning of 3 of 4 tables is read\.\nformat:\n {2}preset: csv\n/);
    assert.match(
      stdout,
      /^ {2}tables:\n {4}- \{ match: "c", delimiter: ";", .*encoding: "LATIN1" \} # delimiter: 3 of 3/m,
    );
    assert.match(stdout, /^# d: table d.*more fields/m);
  });

  it('shows where records of one table end in another way', async () => {
    const folder = temporaryFolder();
    const columns = { id: 'int', name: 'nvarchar(50)', made: 'datetime2(0)' };
    const table = (delimiter: string, end: string) => ({
      columns,
      rows: [],
      text: [1, 2, 3].map((id) => `${id}${delimiter}a,\n${id}${delimiter}2024-01-31 00:00:00${end}`).join(''),
    });
    const plain = (text: string) => ({ columns, rows: [], text: text.repeat(3) });
    await writeDump(folder, 'crm_v1.zip', {
      ...{ a: table('\t', '\n'), b: table('\t', '\n'), c: table('+|', '&|\n'), d: table('+|', '&|\r\n') },
      e: plain('1\tx\t2024-01-31 00:00:00\t\n'),
    });
    const { code, stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    assert.equal(code, 0, stdout);
    const block = stdout.replaceAll(/ # .*/g, '');
    assert.match(block, /^ {2}recordTerminator: "\\n"$/m);
    assert.match(block, /match: "c", delimiter: "\+\|", recordTerminator: "&\|\\n" }$/m);
    assert.match(block, /match: "d", delimiter: "\+\|", recordTerminator: "&\|\\r\\n" }$/m);
    assert.match(block, /match: "e", .*trailingDelimiter: true }$/m);
    assert.doesNotMatch(block, /match: "[ab]"/);
  });

  it('takes empty texts for NULL where nothing shows another word for it, and says that it guesses', async () => {
    const folder = temporaryFolder();
    const rows = '1|a|\n2||c\n3|b|c\n';
    const sniffed = async (text: string, columns: Readonly<Record<string, string>>) => {
      await writeDump(folder, 'crm_v1.zip', { a: { columns, rows: [], text } });
      return (await motherload(['sniff', join(folder, 'crm_v1.zip')])).stdout;
    };
    const common = { id: 'int', b: 'varchar(9)', c: 'varchar(9)' };
    const proposed = await sniffed(rows, common);
    assert.match(proposed, /preset: bcp-char\n/, proposed);
    for (const shown of ['4|\\N|c\n', '4|NULL|c\n', '4|a\\|b|c\n'])
      assert.doesNotMatch(await sniffed(rows + shown, common), /bcp-char|nullMarker: ""/, shown);
    assert.doesNotMatch(await sniffed(rows, { ...common, c: 'longtext' }), /bcp-char|nullMarker: ""/);
  });

  it('lets one table refute what another one is only guessed to be', async () => {
    const folder = temporaryFolder();
    const columns = { id: 'int', name: 'nvarchar(50)' };
    const table = (text: string) => ({ columns, rows: [], text });
    await writeDump(folder, 'crm_v1.zip', {
      ...{ a: table('1\t"a ""b"""\n2\t"c"\n'), b: table('1\tC:\\new\n2\tC:\\tmp\n') },
      ...{ c: table('1\t"\xe9"\n2\t"\x80"\n'), d: table('1\t"\xe9"\n2\t"\xe8"\n') },
    });
    const { stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    assert.match(stdout, /^ {2}preset: csv$/m);
    assert.match(stdout, /^ {2}encoding: "WIN1252"/m);
    assert.doesNotMatch(stdout, /escape:|tables:|LATIN1/);
  });

  it('takes neither empty bytes nor a column that is alone for NULL in quotes, nor a word among texts for NULL', async () => {
    const folder = temporaryFolder();
    const table = (columns: Readonly<Record<string, string>>, text: string) => ({ columns, rows: [], text });
    await writeDump(folder, 'crm_v1.zip', {
      alone: table({ v: 'int' }, 'v\n1\n""\n'),
      bytes: table({ id: 'int', v: 'varbinary(9)' }, 'id,v\n1,""\n2,ff\n'),
      numbers: table({ id: 'int', v: 'int', name: 'varchar(9)' }, 'id,v,name\n1,,""\n2,7,"a, b"\n'),
      prices: table({ id: 'int', v: 'money' }, 'id,v\n1,\n2,7.50\n'),
      words: table({ id: 'int', v: 'varchar(9)' }, 'id,v\n1,NULL\n2,"a, ""b"""\n3,\\N\n4,NULL\n'),
    });
    const { stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    const block = stdout.replaceAll(/ +# .*/g, '');
    assert.match(
      block,
      /^format:\n {2}preset: csv\n {2}tables:\n {4}- \{ match: "alone", quotedNull: true }\n/m,
      block,
    );
    assert.doesNotMatch(block, /match: "[^a]|escape/);
  });

  it('takes what a few tables show for no property of all', async () => {
    const folder = temporaryFolder();
    const columns = { id: 'int', a: 'varchar(9)', b: 'varchar(9)' };
    const table = (text: string) => ({ columns, rows: [], text });
    await writeDump(folder, 'crm_v1.zip', {
      a: table('id,a,b\n1,"x, ""y""",C:\\\n2,"z",\n'),
      b: table('id,a,b\n1,"x, z","y"\n2,"z",y\n'),
      c: table('id,a,b\n1,x\ny,z\n2,y\nx,z\n3,a,b\n'),
    });
    const { stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    const block = stdout.replaceAll(/ +# .*/g, '');
    assert.doesNotMatch(block, /^ {2}(?:lineEndsInFields|escape)/m);
    assert.match(block, /match: "c", .*lineEndsInFields: true/);
  });

  it('takes no backslash for an escape where other tables double their quotes', async () => {
    const folder = temporaryFolder();
    const columns = { id: 'int', n: 'int', name: 'longtext' };
    const table = (text: string) => ({ columns, rows: [], text });
    const plain = table('id\tn\tname\n1\t\\N\tx\n2\t7\ty\n');
    const quoted = table('id\tn\tname\n1\t\\N\t"a\t""b"""\n2\t7\ty\n');
    await writeDump(folder, 'crm_v1.zip', { a: plain, b: plain, c: quoted });
    const { stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    assert.match(stdout, /^format:\n {2}preset: csv\n/m, stdout);
    assert.doesNotMatch(stdout, /escape:.*\\|tables:/);
  });

  it('takes a null marker whose backslash is escaped for one', async () => {
    const folder = temporaryFolder();
    const columns = { id: 'int', n: 'int', name: 'longtext' };
    const text = '1\t\\\\N\ta\\\tb\n2\t7\t\\\\N\n3\t8\tx\\\ny\n';
    await writeDump(folder, 'crm_v1.zip', { a: { columns, rows: [], text } });
    const { code, stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /nullMarker: "\\\\\\\\N"/);
  });

  it('shows whether fields without quotes have escapes, where the types are of another tool', async () => {
    const folder = temporaryFolder();
    const sniffed = async (type: string, text: string) => {
      await writeDump(folder, 'crm_v1.zip', { a: { columns: { id: 'int', b: type, c: type }, rows: [], text } });
      return (await motherload(['sniff', join(folder, 'crm_v1.zip')])).stdout;
    };
    const python = 'id,b,c\n1,\\"Bob\\",x\n2,"a \\"b\\", c",C:\\\\data\n';
    const spark = 'id,b,c\n1,C:\\data,x\n2,"a \\"b\\", c",y\n';
    assert.match(await sniffed('nvarchar(9)', python), /^ {2}escapesOutsideQuotes: true #/m);
    assert.match(await sniffed('longtext', spark), /^ {2}escapesOutsideQuotes: false #/m);
    assert.doesNotMatch(await sniffed('longtext', python), /escapesOutsideQuotes/);
    assert.doesNotMatch(await sniffed('nvarchar(9)', spark), /escapesOutsideQuotes/);
  });

  it('says how many tables it did not inspect', async () => {
    const folder = temporaryFolder();
    const table = { columns: { id: 'int', b: 'int' }, rows: [], text: '1,2\n' };
    await writeDump(
      folder,
      'crm_v1.zip',
      Object.fromEntries(Array.from({ length: 203 }, (_, index) => [`t${index}`, table])),
    );
    const { stdout } = await motherload(['sniff', join(folder, 'crm_v1.zip')]);
    assert.match(stdout, /^# With .* of 200 of 200 tables is read\.\n# 3 more tables were not inspected\.\nformat:/);
  });
});
