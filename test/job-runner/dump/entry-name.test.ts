import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { findUnsafeName, normaliseEntryName, roleOfEntry } from '../../../job-runner/dump/entry-name.ts';
import { rawZip } from '../../failing-dumps/failing-dumps.ts';
import { archiveOpener } from './archives.ts';

const NAMING = { schemaExtension: '.json', datExtension: '.dat', isMysql: false, preset: 'reference' };
const open = archiveOpener();
const namesOf = async (zip: Buffer) =>
  await open(zip, (archive) => Promise.resolve(archive.entries.map(({ name }) => name)));

/** An extra field with the name in UTF-8, for a name in the header that has this CRC-32. APPNOTE 4.6.9 */
function unicodePath(name: Buffer, headerName: Buffer, version = 1): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + name.length, 2);
  field.writeUInt8(version, 4);
  field.writeUInt32LE(crc32(headerName), 5);
  return Buffer.concat([field, name]);
}

describe('the name of an entry', () => {
  const utf8 = Buffer.from('Größe.dat');
  const dos = Buffer.from('Gr\x94\xe1e.dat', 'latin1');
  const other = Buffer.from('Gr??e.dat');
  const read: Record<string, { name: Buffer | string; flags?: number; extra?: Buffer }> = {
    'is UTF-8 by its flag': { name: utf8 },
    'is UTF-8 without the flag, as of macOS': { name: utf8, flags: 0 },
    'is in code page 437 where it is not UTF-8': { name: dos, flags: 0 },
    'is in code page 437 where its flag is wrong': { name: dos },
    'is that of the extra field for Unicode': { name: other, flags: 0, extra: unicodePath(utf8, other) },
    'is composed': { name: 'Gro\u0308ße.dat', flags: 0 },
  };
  for (const [title, entry] of Object.entries(read))
    it(title, async () => assert.deepEqual(await namesOf(rawZip([{ content: '', ...entry }])), ['Größe.dat']));

  const ignored: Record<string, Buffer> = {
    'belongs to another name': unicodePath(utf8, Buffer.from('former.dat')),
    'has an unknown version': unicodePath(utf8, other, 2),
    'is not UTF-8': unicodePath(dos, other),
    'is too short': unicodePath(utf8, other).subarray(0, 4).fill(0, 2),
  };
  for (const [title, extra] of Object.entries(ignored))
    it(`is not that of an extra field that ${title}`, async () =>
      assert.deepEqual(await namesOf(rawZip([{ name: other, content: '', flags: 0, extra }])), ['Gr??e.dat']));

  it('has slashes between its folders, whatever wrote it', () =>
    assert.equal(normaliseEntryName('export\\2024\\users.dat'), 'export/2024/users.dat'));

  it('has no blanks around that of its file', () => {
    for (const name of ['users.dat ', ' users.dat', '\u00a0users.dat\t'])
      assert.equal(normaliseEntryName(`my export/${name}`), 'my export/users.dat');
    assert.notEqual(findUnsafeName(normaliseEntryName(' ')), undefined);
  });
});

describe('findUnsafeName', () => {
  for (const name of [
    '..\\users.dat',
    'a\\..\\..\\users.dat',
    'export/..\\users.dat',
    '\\users.dat',
    '\\\\nas\\users.dat',
    'c:\\users.dat',
    '',
  ])
    it(`finds ${JSON.stringify(name)} unsafe once it is normalised`, () =>
      assert.notEqual(findUnsafeName(normaliseEntryName(name)), undefined));

  for (const name of ['export\\users.dat', '..users.dat', 'a..b\\users...dat', '․․\\users.dat'])
    it(`finds nothing in ${JSON.stringify(name)}`, () =>
      assert.equal(findUnsafeName(normaliseEntryName(name)), undefined));
});

describe('roleOfEntry', () => {
  const tables: Record<string, string | undefined> = {
    'users.dat': 'users',
    'dump/2024/Users.DAT': 'users',
    'GRÖSSE.dat': 'grösse',
    'users .dat': 'users',
    ' .dat': undefined,
    'price@0020 .dat': 'price ',
    'order@002ditems.dat': 'order-items',
    'export/Price@0020list@002e2024.dat': 'price list.2024',
    // A user's own name, in a dump that is not said to come from MySQL.
    'mail@home.dat': 'mail@home',
    'fax@2024.dat': 'fax@2024',
    '__MACOSX/dump/._users.dat': undefined,
    '__MACOSX/users.dat': undefined,
    '.dat': undefined,
    'users.txt': undefined,
    'dump.dat/': undefined,
  };
  for (const [name, table] of Object.entries(tables))
    it(table === undefined ? `ignores ${name}` : `finds the table ${table} in ${name}`, () =>
      assert.equal(roleOfEntry(name, NAMING)?.table, table),
    );

  it('has the table of a chunk without blanks', () =>
    assert.equal(roleOfEntry('users .00001.dat', NAMING)?.chunk?.table, 'users'));

  it('reads all of the encoded names of MySQL where the dump comes from there', () =>
    assert.equal(roleOfEntry('gr@1i@1je.dat', { ...NAMING, isMysql: true })?.table, 'größe'));

  for (const name of ['@002e@002e@002fusers.dat', '@002fusers.dat', 'c@003ausers.dat'])
    it(`refuses ${name}, which is unsafe once it is decoded`, () =>
      assert.throws(() => roleOfEntry(name, { ...NAMING, isMysql: true }), { code: 'UnsafeEntryName' }));
});
