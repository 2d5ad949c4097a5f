import type { FailingDump } from './failing-dump.ts';
import { goodDump, USERS_DAT, zipOf } from './good-dump.ts';
import { rawZip } from './raw-zip.ts';

const dat = { name: 'users.dat', content: USERS_DAT };
const withEntry = (name: string) => () => Promise.resolve(rawZip([dat, { name, content: 'x' }]));
const unsafe = (title: string, name: string, message: RegExp): FailingDump => ({
  title,
  table: '*',
  reason: 'UnsafeEntryName',
  message,
  build: withEntry(name),
});

/** Dumps of which no table can be read. */
export const UNREADABLE_DUMPS: readonly FailingDump[] = [
  {
    title: 'it has no bytes',
    table: '*',
    reason: 'DumpEmpty',
    message: /it is empty/,
    build: () => Promise.resolve(Buffer.alloc(0)),
  },
  {
    title: 'it is not a ZIP',
    table: '*',
    reason: 'DumpNotZip',
    message: /is a PDF document, not a ZIP/,
    build: () => Promise.resolve(Buffer.from('%PDF-1.7 this is something else altogether')),
  },
  {
    title: 'it is shorter than any ZIP',
    table: '*',
    reason: 'DumpNotZip',
    message: /is not a ZIP/,
    build: () => Promise.resolve(Buffer.from('PK')),
  },
  {
    title: 'it ends before the ZIP does',
    table: '*',
    reason: 'DumpTruncated',
    message: /ends after \d+ bytes, before the ZIP does/,
    build: async () => (await goodDump()).subarray(0, -40),
  },
  {
    title: "the ZIP's directory is damaged",
    table: '*',
    reason: 'DumpCorrupt',
    message: /directory is damaged \(invalid central directory file header signature/,
    build: async () => overwrite(await goodDump(), 'PK\x01\x02', 'XXXX'),
  },
  {
    title: "the ZIP's directory declares more entries than it has",
    table: '*',
    reason: 'DumpCorrupt',
    message: /directory is damaged/,
    build: () => Promise.resolve(rawZip([dat], { declaredEntries: 3 })),
  },
  {
    title: 'the ZIP declares more entries than a run may have',
    table: '*',
    reason: 'TooManyEntries',
    message: /declares 1000000 entries, more than .* spec\.limits\.maxTables/,
    build: () => Promise.resolve(rawZip([dat], { zip64: true, declaredEntries: 1_000_000 })),
  },
  {
    title: 'the ZIP has no entry',
    table: '*',
    reason: 'DumpWithoutTables',
    message: /no \.json or \.dat files/,
    build: async () => await zipOf({}),
  },
  {
    title: 'the ZIP has no table',
    table: '*',
    reason: 'DumpWithoutTables',
    message: /no \.json or \.dat files/,
    build: async () => await zipOf({ 'readme.txt': 'read me', '__MACOSX/._users.dat': 'x', '.dat': 'x' }),
  },
  {
    title: 'entries share their bytes',
    table: '*',
    reason: 'OverlappingEntries',
    message: /entries share their bytes/,
    build: () =>
      Promise.resolve(
        rawZip(
          Array.from({ length: 40 }, (_, index) => ({
            name: `t${index}.dat`,
            content: '',
            packed: index === 0 ? Buffer.alloc(5000) : Buffer.alloc(0),
            declaredCompressedBytes: 5000,
            declaredBytes: 5000,
            offset: 0,
          })),
        ),
      ),
  },
  {
    title: 'entries are strongly encrypted',
    table: '*',
    reason: 'EntryEncrypted',
    message: /strong encryption of PKWARE: create the dump without encryption/,
    build: () => Promise.resolve(rawZip([{ ...dat, flags: 0x41 }])),
  },
  {
    title: 'an entry is a symbolic link',
    table: 'users',
    reason: 'EntryIsLink',
    message: /it is a symbolic link.*with the files themselves/,
    build: () =>
      Promise.resolve(
        rawZip([
          { name: 'users.json', content: '[]' },
          { ...dat, content: 'other.dat', mode: 0o120777 },
        ]),
      ),
  },
  unsafe('an entry leaves its folder', '../../etc/users.dat', /"\.\.\/\.\.\/etc\/users\.dat" has \.\. in its path/),
  unsafe('an entry leaves its folder on a detour', 'a/../../users.dat', /has \.\. in its path/),
  unsafe('an entry has an absolute path', '/etc/users.dat', /"\/etc\/users\.dat" has an absolute path/),
  unsafe('an entry has a drive letter', 'C:users.dat', /drive letter/),
  unsafe('an entry leaves its folder by a backslash', '..\\users.dat', /"\.\.\/users\.dat" has \.\. in its path/),
  unsafe('an entry has an absolute path by a backslash', '\\users.dat', /"\/users\.dat" has an absolute path/),
  unsafe('an entry has a NUL character', 'users\0.dat', /"users\\u0000\.dat" has a NUL character/),
  unsafe('an entry has no name', '', /has no name/),
  unsafe('an entry has an endless name', `${'n'.repeat(2000)}.dat`, /more than 1024 characters/),
  unsafe('an entry has a name that is endless in lower case', `${'İ'.repeat(600)}.dat`, /more than 1024 characters/),
];

/** The dump with the first place of some bytes overwritten by as many others. */
function overwrite(dump: Buffer, what: string, by: string): Buffer {
  const at = dump.indexOf(what, 0, 'latin1');
  if (at < 0) throw new Error('the bytes to overwrite are not there');
  const changed = Buffer.from(dump);
  changed.write(by, at, 'latin1');
  return changed;
}
