import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RepeatedHeader } from '../../../job-runner/copy/repeated-header.ts';

const HEADER = Buffer.from('id|name');

/** How many repeated headers are counted in this text, when it comes in chunks of so many bytes. */
async function count(text: string, size: number, recordTerminator = ''): Promise<number> {
  const repeated = new RepeatedHeader(HEADER, recordTerminator);
  const bytes = Buffer.from(text);
  const memory = Buffer.alloc(size);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) {
      // The memory of a chunk is used again for the next one.
      const length = bytes.copy(memory, 0, at, at + size);
      yield await Promise.resolve(memory.subarray(0, length));
    }
  };
  const passed: Buffer[] = [];
  for await (const chunk of repeated.watch(chunks())) passed.push(Buffer.from(chunk));
  assert.equal(Buffer.concat(passed).toString(), text);
  const [warning] = repeated.warnings;
  return warning === undefined ? 0 : Number(/^(\d+) records? (?:is|are) the header once more/.exec(warning)?.[1]);
}

describe('a header that is repeated among the records', () => {
  const texts: [string, string, number, string?][] = [
    ['nowhere', 'a|b\nc|d\n', 0],
    ['at the beginning', 'id|name\na|b\n', 1],
    ['in the middle', 'a|b\nid|name\nc|d\n', 1],
    ['at the end, with an end and without', 'a|b\nid|name', 1],
    ['twice, one behind the other', 'a|b\nid|name\nid|name\nc|d\n', 2],
    ['with CRLF', 'a|b\r\nid|name\r\nc|d\r\n', 1],
    ['as the beginning or the end of a record', 'id|names\nxid|name\nid|name|c\n', 0],
    ['behind a record end of several characters', 'a|b&|\nid|name&|\nc|d\nid|name\ne&|\n', 1, '&|\n'],
    ['as nothing but a part of itself', 'id|nam\nid\n', 0],
  ];
  for (const [where, text, expected, terminator] of texts) {
    it(`is counted ${where}, wherever chunks end`, async () => {
      for (let size = 1; size <= text.length + 1; size++)
        assert.equal(await count(text, size, terminator), expected, `chunks of ${size} bytes`);
    });
  }
});
