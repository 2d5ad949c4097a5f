import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHUNK_BYTES } from '../../../job-runner/dump/unpacker.ts';
import { lineAt, Utf16Decoder, Utf16Failure } from '../../../job-runner/dump/utf16-decoder.ts';
import type { Utf16Order } from '../../../job-runner/plan/encodings.ts';

const ORDERS = ['UTF16LE', 'UTF16BE'] as const;

function encode(text: string, order: Utf16Order): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return order === 'UTF16BE' ? bytes.swap16() : bytes;
}

/** The text, from chunks of so many bytes. */
function decode(bytes: Buffer, order: Utf16Order, length: number): string {
  const decoder = new Utf16Decoder(order);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += length)
    for (const part of decoder.decode(bytes.subarray(at, at + length))) parts.push(Buffer.from(part));
  decoder.end();
  assert(parts.every((part) => part.length > 0 && part.length <= CHUNK_BYTES));
  return Buffer.concat(parts).toString();
}

describe('UTF-16', () => {
  for (const order of ORDERS) {
    it(`of ${order} becomes UTF-8, wherever a chunk ends`, () => {
      const text = 'a\r\nZoë|€|𝄞𝄞|\0|東京\ufeff\uffff';
      for (let length = 1; length <= 2 * text.length; length++)
        assert.equal(decode(encode(text, order), order, length), text);
    });

    it(`of ${order} is cut where its UTF-8 is longer than a chunk`, () => {
      const text = `x${'東𝄞'.repeat(CHUNK_BYTES / 4)}`;
      for (const length of [CHUNK_BYTES, CHUNK_BYTES - 1])
        assert.equal(decode(encode(text, order), order, length), text);
    });

    it(`of ${order} is refused with the place of what is no character`, async () => {
      for (const [text, offset, message] of [
        ['a\n\ud834b', 4, /surrogate D834/],
        ['a\n𝄞\udd1e', 8, /surrogate DD1E/],
        ['a\nb\ud834', 6, /the file ends in the middle/],
      ] as const) {
        const bytes = encode(text, order);
        for (const length of [1, 2, 3, 100]) {
          assert.throws(
            () => decode(bytes, order, length),
            (error) => error instanceof Utf16Failure && error.offset === offset && message.test(error.message),
          );
        }
        assert.equal(await lineAt([bytes.subarray(0, 3), bytes.subarray(3)] as never, offset, order), 2);
      }
      assert.throws(() => decode(encode('ab', order).subarray(0, 3), order, 2), { offset: 2 });
    });
  }
});
