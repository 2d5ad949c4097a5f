import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expansionOf } from '../../../job-runner/copy/reader-columns.ts';
import { RowMemory, type ColumnKind, type MemoryNeeds } from '../../../job-runner/copy/row-memory.ts';
import {
  KIND_BASE64,
  KIND_BITS,
  KIND_HEX,
  KIND_NUMERIC,
  KIND_RAW,
  KIND_TEXT,
  RAW_SETTLED,
} from '../../../job-runner/webassembly/abi.ts';
import { REFERENCE } from './plans.ts';

const SIZES = { chunkBytes: 4096, outputSlots: 2 };
const WAITING = Buffer.alloc(64, 'waits for a socket. ');

function columns(...kinds: readonly number[]): ColumnKind[] {
  return kinds.map((kind) => ({ kind, bound: kind === KIND_BITS ? 64 : kind === KIND_RAW ? RAW_SETTLED : 0xffffffff }));
}

/** What a call with the chunk makes of the first slot, behind which an output of before lies in the second one. */
function fillFirstSlot(needs: MemoryNeeds, kind: number, isText: boolean, chunk: string) {
  const memory = new RowMemory(SIZES, needs);
  try {
    memory.begin(REFERENCE, columns(kind), isText);
    const waiting = memory.fillSlot(1, (start) => start + WAITING.copy(memory.bytes, start));
    memory.writeChunk(Buffer.from(chunk, 'latin1'));
    let result: Buffer;
    let failure: unknown;
    try {
      result = Buffer.from(memory.fillSlot(0, toRows(memory, chunk)));
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

function toRows(memory: RowMemory, chunk: string, more = 0) {
  return (start: number, end: number) =>
    memory.exports.toRows(memory.input, memory.input + chunk.length, start, end + more);
}

/** Chunks that grow as much as any, or nearly, with the kind of their column. */
const WORST = {
  'text, backslashes': { kind: KIND_TEXT, isText: true, chunk: `${'\\'.repeat(4095)}\n` },
  'text, small values': { kind: KIND_NUMERIC, isText: true, chunk: '1\n'.repeat(2048) },
  'text, one raw byte': { kind: KIND_RAW, isText: true, chunk: '1\n'.repeat(2048) },
  'text, two hexadecimal digits': { kind: KIND_HEX, isText: true, chunk: '41\n'.repeat(1365) },
  'text, base64': { kind: KIND_BASE64, isText: true, chunk: 'QUJD\n'.repeat(819) },
  'text, all bits of a number of one digit': { kind: KIND_BITS, isText: true, chunk: '1\n'.repeat(2048) },
  'binary, bits': { kind: KIND_BITS, isText: false, chunk: '1\n'.repeat(2048) },
  'binary, one raw byte': { kind: KIND_RAW, isText: false, chunk: '1\n'.repeat(2048) },
  'binary, small values': { kind: KIND_NUMERIC, isText: false, chunk: '1\n'.repeat(2048) },
  'binary, a long quoted text': { kind: KIND_TEXT, isText: false, chunk: `\`${'x'.repeat(4093)}\`\n` },
  'binary, a long text': { kind: KIND_TEXT, isText: false, chunk: `${'\xe9'.repeat(4095)}\n` },
};

describe('RowMemory', () => {
  for (const [title, { kind, isText, chunk }] of Object.entries(WORST)) {
    it(`has room for the output that grows most (${title})`, () => {
      const { output, waiting } = fillFirstSlot(
        { recordBytes: 1024, expansion: expansionOf(columns(kind), isText) },
        kind,
        isText,
        chunk,
      );
      assert.ok(output().length >= 4000);
      assert.deepEqual(waiting, WAITING);
    });

    it(`fails where a wrong size leaves less room, and overwrites nothing (${title})`, () => {
      for (const expansion of [0, 0.1, 0.5, 0.9]) {
        const { output, waiting } = fillFirstSlot({ recordBytes: 0, expansion }, kind, isText, chunk);
        assert.throws(output, /end of its output, which must lie between/);
        assert.deepEqual(waiting, WAITING);
      }
    });
  }

  it('fails where a module writes further than its slot reaches', () => {
    const memory = new RowMemory(SIZES, { recordBytes: 0, expansion: 1 });
    memory.begin(REFERENCE, columns(KIND_TEXT), true);
    const chunk = `${'\\'.repeat(4095)}\n`;
    memory.writeChunk(Buffer.from(chunk));
    assert.throws(() => memory.fillSlot(0, toRows(memory, chunk, 20_000)), /end of its output, which must lie between/);
    memory.release();
  });

  it('takes over the memory of the file before, and makes it larger if it must', () => {
    const needs = { recordBytes: 0, expansion: 3 };
    const first = new RowMemory(SIZES, needs);
    const { bytes } = first;
    const size = bytes.length;
    first.release();
    const same = new RowMemory(SIZES, needs);
    assert.equal(same.bytes, bytes);
    same.release();
    const larger = new RowMemory({ chunkBytes: 4 * size, outputSlots: 3 }, needs);
    assert.ok(larger.bytes.length > 24 * size);
    larger.begin(REFERENCE, columns(KIND_TEXT), true);
    const chunk = `${'x'.repeat(4 * size - 1)}\n`;
    larger.writeChunk(Buffer.from(chunk));
    assert.equal(larger.fillSlot(2, toRows(larger, chunk)).toString(), chunk);
    larger.release();
  });

  it('refuses chunks and slots that were not announced, and settings that do not fit', () => {
    const memory = new RowMemory(SIZES, { recordBytes: 0, expansion: 3 });
    const many = columns(...Array.from({ length: 1601 }, () => KIND_TEXT));
    assert.throws(() => memory.writeChunk(Buffer.alloc(4097)), /4097 bytes, where 4096 are expected/);
    assert.throws(() => memory.fillSlot(2, (start) => start), /no output slot 2/);
    assert.throws(() => memory.begin(REFERENCE, many, true), /more columns/);
    assert.throws(() => memory.begin({ ...REFERENCE, nullMarker: 'N'.repeat(256) }, [], true), /null marker/);
    memory.release();
  });
});
