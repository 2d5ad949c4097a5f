import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHUNK_BYTES } from '../../../job-runner/dump/unpacker.ts';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';
import { convertAll, planOf, REFERENCE } from './plans.ts';

const MEGABYTES = 32;
const FORMAT = { ...REFERENCE, quote: '' };
const plan = (format: CopyFormat = FORMAT) => planOf({ id: 'integer', value: 'text' }, format);
const recordOf = (valueBytes: number, end: string) => `7|${'x'.repeat(valueBytes)}${end}`;

/** Records of so many bytes that MySQL has escaped, `MEGABYTES` of them altogether. */
function fileOf(valueBytes: number): Buffer {
  const record = `7|${'\\\\'.repeat(valueBytes / 2)}\n`;
  return Buffer.from(record.repeat((MEGABYTES * 1024 * 1024) / valueBytes));
}

function cpuSeconds(file: Buffer): number {
  const before = process.cpuUsage();
  convertAll(plan({ ...FORMAT, escape: '\\', backslash: 'Escapes' }), 'text', file, [CHUNK_BYTES]);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

describe('a record of many chunks', () => {
  it('takes the time of as many bytes in short records, and not the square of its length', () => {
    cpuSeconds(fileOf(1000));
    const [short, long] = [cpuSeconds(fileOf(1000)), cpuSeconds(fileOf(MEGABYTES * 1024 * 1024))];
    // Read again with each chunk it took sixteen times as long.
    assert(long < 6 * short + 0.5, `${long} s, and ${short} s in short records`);
  });

  for (const [title, format, end] of [
    ['line ends', FORMAT, '\n'],
    ['an end of its own', { ...FORMAT, recordTerminator: '~#' }, '~#'],
    ['an end of several bytes a character', { ...FORMAT, recordTerminator: '~é' }, '~é'],
  ] as const)
    it(`is the same row however it is cut, with ${title}`, () => {
      const values = [3, 70_000, 1, 40_000, 9];
      const file = Buffer.from(values.map((bytes) => recordOf(bytes, end)).join(''));
      const rows = values.map((bytes) => `7\t${'x'.repeat(bytes)}\n`).join('');
      for (const sizes of [[1_000_000], [1], [7], [1000], [16_384], [69_000, 1, 1, 5000]]) {
        const { bytes, records } = convertAll(plan(format), 'text', file, sizes);
        assert.equal(records, values.length);
        assert(bytes.toString() === rows, `chunks of ${sizes.join(', ')} bytes`);
      }
    });

  it('is refused for what is wrong at its beginning before it ends', () => {
    const file = Buffer.concat([Buffer.from('7|a|'), Buffer.alloc(16 * 1024 * 1024, 'x')]);
    assert.throws(
      () => convertAll(plan(), 'text', file, [CHUNK_BYTES]),
      (error) => error instanceof RecordProblem && error.code === 'FieldCount',
    );
  });
});
