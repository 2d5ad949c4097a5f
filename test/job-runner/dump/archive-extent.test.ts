import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rawZip, USERS_DAT, USERS_SCHEMA, type RawEntry } from '../../failing-dumps/failing-dumps.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';
import { archiveOpener, contentsOf } from './archives.ts';

const entries: readonly RawEntry[] = [
  { name: 'users.json', content: USERS_SCHEMA },
  { name: 'users.dat', content: USERS_DAT, method: 0 },
];
const CONTENTS = { 'users.json': USERS_SCHEMA, 'users.dat': USERS_DAT };
const zip = rawZip(entries);
const zip64 = rawZip(entries, { zip64: true });
const open = archiveOpener();

/** A ZIP with a comment; its length lies in the last two bytes of the directory's end. */
function withComment(bytes: Buffer, comment: string): Buffer {
  const commented = Buffer.concat([bytes, Buffer.from(comment)]);
  commented.writeUInt16LE(comment.length, bytes.length - 2);
  return commented;
}

describe('findArchive', () => {
  const program = Buffer.from('#!/bin/sh\nexec unzip "$0"\n');
  const mail = Buffer.from('Content-Type: application/zip\r\n\r\n'.repeat(5000));
  const found: Record<string, Buffer> = {
    'a ZIP with a comment': withComment(zip, 'nightly dump'),
    'a ZIP with the longest comment': withComment(zip, 'x'.repeat(65_535)),
    'a ZIP64': zip64,
    'a ZIP behind a program': Buffer.concat([program, zip]),
    'a ZIP behind more bytes than a block has': Buffer.concat([mail, zip]),
    'a ZIP64 behind a program': Buffer.concat([program, zip64]),
    'a ZIP padded to a block of tape': Buffer.concat([zip, Buffer.alloc(10_240 - zip.length)]),
    'a ZIP64 padded by one NUL': Buffer.concat([zip64, Buffer.alloc(1)]),
    'a ZIP padded by more than a comment can have': Buffer.concat([zip, Buffer.alloc(300_000)]),
    'a ZIP with a comment, padded': Buffer.concat([withComment(zip, 'nightly\0\0'), Buffer.alloc(1000)]),
    'a ZIP between a program and a line': Buffer.concat([program, zip, Buffer.from('--boundary--\r\n')]),
    'a ZIP with a comment that looks like an end': withComment(zip, 'PK\x05\x06 is how it ends'),
  };
  for (const [title, bytes] of Object.entries(found))
    it(`finds ${title}`, async () => assert.deepEqual(await open(bytes, contentsOf), CONTENTS));

  it('finds an empty ZIP, all NULs but for its signature', async () =>
    assert.deepEqual(await open(Buffer.concat([rawZip([]), Buffer.alloc(100)]), contentsOf), {}));

  it('finds 65,536 entries, which a count of 16 bits calls none', async () => {
    const names = Array.from({ length: 65_536 }, (_, index) => `${index}.txt`);
    const many = rawZip(names.map((name) => ({ name, content: '', method: 0 })));
    const read = await open(many, (archive) => Promise.resolve(archive.entries.map(({ name }) => name)));
    assert.deepEqual(read, names);
  });
});

describe('findArchive refuses', () => {
  const cut = Buffer.concat([rawZip(entries).subarray(0, 60), Buffer.alloc(1_000_000)]);
  const inner = rawZip([{ name: 'users.dat', content: 'email|user_id\n`eve@example.org`|`9`\n' }]);
  const outer = rawZip([...entries, { name: 'old.zip', content: inner, method: 0 }]);
  const parts = Buffer.from(zip);
  parts.writeUInt16LE(3, parts.length - 18);
  const refused: Record<string, readonly [code: string, message: RegExp, bytes: Buffer]> = {
    'a file that was only allocated': ['DumpTruncated', /ends in NUL characters.*interrupted/, Buffer.alloc(100_000)],
    'a copy that was interrupted': ['DumpTruncated', /ends after 1000060 bytes, before the ZIP does/, cut],
    'a ZIP that was cut off behind a ZIP within it': [
      'DumpCorrupt',
      /starts with one ZIP and ends with another, which begins \d+ bytes later/,
      outer.subarray(0, outer.indexOf(inner) + inner.length),
    ],
    'one ZIP after another': ['DumpCorrupt', /starts with one ZIP and ends with another/, Buffer.concat([zip, zip64])],
    'a part of a ZIP that was split': ['DumpSplit', /one part of a ZIP that was split: join the parts/, parts],
    'a ZIP whose comment is cut off': [
      'DumpCorrupt',
      /comment is cut off/,
      withComment(zip, 'comment').subarray(0, -2),
    ],
    'a directory of fewer entries than it declares': [
      'DumpCorrupt',
      /it has 2 entries where 7 are declared/,
      rawZip(entries, { declaredEntries: 7 }),
    ],
    'a directory of more entries than a ZIP64 declares': [
      'DumpCorrupt',
      /it has 2 entries where 1 are declared/,
      rawZip(entries, { declaredEntries: 1, zip64: true }),
    ],
    'a 7z archive': ['DumpNotZip', /is a 7z archive, not a ZIP/, Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1')],
    'a gzip file': ['DumpNotZip', /is a gzip file, not a ZIP/, Buffer.from('\x1f\x8b\x08', 'latin1')],
    'a page that says that the dump is not there': [
      'DumpNotZip',
      /is an HTML page, not a ZIP/,
      Buffer.from('<!doctype html><title>404</title>'),
    ],
  };
  for (const [title, [code, message, bytes]] of Object.entries(refused))
    it(title, async () => await assert.rejects(open(bytes, contentsOf), { code, message }));

  it('a ZIP of more than 4 GiB without ZIP64, whose offsets have wrapped', async () => {
    const file = join(temporaryFolder(), 'large.zip');
    const directory = zip.indexOf('PK\x01\x02', 0, 'latin1');
    const descriptor = openSync(file, 'w');
    writeSync(descriptor, zip, 0, directory, 0);
    writeSync(descriptor, zip, directory, zip.length - directory, 2 ** 32 + directory);
    closeSync(descriptor);
    await assert.rejects(open(file, contentsOf), {
      code: 'DumpOffsetsWrapped',
      message: /larger than 4 GiB and not in the ZIP64 format.*macOS/,
    });
  });
});
