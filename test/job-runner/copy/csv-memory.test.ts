import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CsvMemory, type MemoryNeeds } from '../../../job-runner/copy/csv-memory.ts';
import { KIND_NUMERIC, KIND_TEXT } from '../../../job-runner/webassembly/abi.ts';
import { REFERENCE } from './spellings.ts';

const SIZES = { chunkBytes: 4096, outputSlots: 2 };
const WAITING = Buffer.alloc(64, 'waits for a socket. ');

/** What a call with the chunk makes of the first slot, behind which an output of before lies in the second one. */
function fillFirstSlot(
  needs: MemoryNeeds,
  kinds: readonly number[],
  convert: (memory: CsvMemory, chunkEnd: number) => (start: number, end: number) => number,
  chunk: string,
): { output: () => Buffer; waiting: Buffer } {
  const memory = new CsvMemory(SIZES, needs);
  try {
    memory.begin(REFERENCE, Uint8Array.from(kinds));
    const waiting = memory.fillSlot(1, (start) => start + WAITING.copy(memory.bytes, start));
    memory.writeChunk(Buffer.from(chunk, 'latin1'));
    let result: Buffer;
    let failure: unknown;
    try {
      result = Buffer.from(memory.fillSlot(0, convert(memory, memory.input + chunk.length)));
    } catch (error) {
      failure = error;
    }
    const output = () => {
      if (failure !== undefined) throw failure as Error;
      return result;
    };
    return { output, waiting: Buffer.from(waiting) };
  } finally {
    memory.release();
  }
}

const toText = (memory: CsvMemory, chunkEnd: number) => (start: number, end: number) =>
  memory.exports.toText(memory.input, chunkEnd, start, end);
const toBinary = (memory: CsvMemory, chunkEnd: number) => (start: number, end: number) =>
  memory.exports.toBinary(memory.input, chunkEnd, start, end);

/** Chunks that grow as much as any, or nearly, with the kinds of their columns. */
const WORST = {
  text: { kinds: [], convert: toText, chunk: '\\'.repeat(4096) },
  'binary, small values': { kinds: [KIND_NUMERIC], convert: toBinary, chunk: '1\n'.repeat(2048) },
  'binary, a long quoted text': { kinds: [KIND_TEXT], convert: toBinary, chunk: `\`${'x'.repeat(4093)}\`\n` },
  'binary, a long text': { kinds: [KIND_TEXT], convert: toBinary, chunk: `${'\xe9'.repeat(4095)}\n` },
};

describe('CsvMemory', () => {
  for (const [title, { kinds, convert, chunk }] of Object.entries(WORST)) {
    it(`has room for the output that grows most (${title})`, () => {
      const expansion = convert === toText ? 2 : 8;
      const { output, waiting } = fillFirstSlot({ recordBytes: 1024, expansion }, kinds, convert, chunk);
      assert.ok(output().length > 4000);
      assert.deepEqual(waiting, WAITING);
    });

    it(`fails where a wrong size leaves less room, and overwrites nothing (${title})`, () => {
      for (const expansion of [0, 0.1, 0.5, 0.9]) {
        const { output, waiting } = fillFirstSlot({ recordBytes: 0, expansion }, kinds, convert, chunk);
        assert.throws(output, /end of its output, which must lie between/);
        assert.deepEqual(waiting, WAITING);
      }
    });
  }

  it('fails where a module writes further than its slot reaches', () => {
    const needs = { recordBytes: 0, expansion: 1 };
    const trusting = (memory: CsvMemory, chunkEnd: number) => (start: number) =>
      memory.exports.toText(memory.input, chunkEnd, start, start + 10_000);
    const { output } = fillFirstSlot(needs, [], trusting, '\\'.repeat(4096));
    assert.throws(output, /end of its output, which must lie between/);
  });

  it('takes over the memory of the file before, and makes it larger if it must', () => {
    const needs = { recordBytes: 0, expansion: 2 };
    const first = new CsvMemory(SIZES, needs);
    const { bytes } = first;
    first.release();
    const same = new CsvMemory(SIZES, needs);
    assert.equal(same.bytes, bytes);
    same.release();
    const larger = new CsvMemory({ chunkBytes: 4 * bytes.length, outputSlots: 3 }, needs);
    assert.ok(larger.bytes.length > 24 * bytes.length);
    larger.begin(REFERENCE, new Uint8Array());
    larger.writeChunk(Buffer.alloc(4 * bytes.length, '|'));
    const output = larger.fillSlot(2, toText(larger, larger.input + 4 * bytes.length));
    assert.deepEqual(output, Buffer.alloc(4 * bytes.length, '|'));
    larger.release();
  });

  it('refuses chunks and slots that were not announced, and settings that do not fit', () => {
    const memory = new CsvMemory(SIZES, { recordBytes: 0, expansion: 2 });
    assert.throws(() => memory.writeChunk(Buffer.alloc(4097)), /4097 bytes, where 4096 are expected/);
    assert.throws(() => memory.fillSlot(2, (start) => start), /no output slot 2/);
    assert.throws(() => memory.begin(REFERENCE, new Uint8Array(1601)), /more columns/);
    assert.throws(() => memory.begin({ ...REFERENCE, nullMarker: 'N'.repeat(256) }, new Uint8Array()), /null marker/);
    memory.release();
  });
});
