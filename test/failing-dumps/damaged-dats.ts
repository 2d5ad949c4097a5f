import { constants, deflateRawSync } from 'node:zlib';
import type { FailingDump } from './failing-dump.ts';
import { USERS_SCHEMA } from './good-dump.ts';
import { rawZip, type RawEntry } from './raw-zip.ts';

/** Large enough for several chunks, so that damage shows after good rows. */
export const MANY_ROWS = 60_000;
const content = Buffer.from(
  `email|user_id\n${Array.from({ length: MANY_ROWS }, (_, row) => `\`user${row}@example${row % 977}.org\`|\`${row}\`\n`).join('')}`,
);
const packed = deflateRawSync(content);
const damaged = (title: string, reason: string, message: RegExp, entry: Partial<RawEntry>): FailingDump => ({
  title,
  reason,
  message,
  table: 'users',
  build: () =>
    Promise.resolve(
      rawZip([
        { name: 'users.json', content: USERS_SCHEMA },
        { name: 'users.dat', content, ...entry },
      ]),
    ),
});

/** Dumps whose table `users` looks well in the catalogue and fails when it is unpacked. */
export const DAMAGED_DATS: readonly FailingDump[] = [
  damaged('the packed data is damaged', 'EntryCorrupt', /packed data is damaged/, { packed: damage(content) }),
  damaged('the packed data ends too early', 'EntryTruncated', /packed data ends too early/, {
    packed: packed.subarray(0, -1000),
  }),
  damaged('the data has another CRC', 'EntryCrcMismatch', /CRC-32 is [0-9a-f]{8} and the ZIP declares 00000001/, {
    declaredCrc32: 1,
  }),
  damaged('stored data has another CRC', 'EntryCrcMismatch', /declares 00000001/, { method: 0, declaredCrc32: 1 }),
  damaged('the data is longer than declared', 'EntryLargerThanDeclared', /more than the 70000 bytes/, {
    declaredBytes: 70_000,
  }),
  damaged('the data is shorter than declared', 'EntryTruncated', /unpacks to \d+ bytes and the ZIP declares/, {
    declaredBytes: content.length + 1,
  }),
  damaged('the place of the data lies beyond the dump', 'EntryCorrupt', /location in the ZIP is damaged/, {
    offset: 100_000_000,
  }),
  // The directory after it has 134 bytes.
  damaged(
    'the data goes on beyond the dump',
    'EntryTruncated',
    /location in the ZIP is damaged \(file data overflows/,
    {
      declaredCompressedBytes: packed.length + 180,
    },
  ),
];

/** The first half, and then a block of the type that deflate reserves (RFC 1951, 3.2.3). */
function damage(whole: Buffer): Buffer {
  const half = deflateRawSync(whole.subarray(0, whole.length / 2), { finishFlush: constants.Z_SYNC_FLUSH });
  return Buffer.concat([half, Buffer.alloc(5000, 0x07)]);
}
