import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { unpackContent } from '../../../job-runner/dump/packed-content.ts';

async function* piecesOf(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  // Each piece lies in the memory of the one before, as those of an archive do.
  const memory = Buffer.alloc(length);
  for (let at = 0; at < bytes.length; at += length) {
    await Promise.resolve();
    yield memory.subarray(0, bytes.copy(memory, 0, at, at + length));
  }
}

async function unpack(name: string, bytes: Buffer, pieceLength: number, maxBytes = 10_000_000): Promise<string> {
  let text = '';
  for await (const chunk of unpackContent(name, piecesOf(bytes, pieceLength), maxBytes, { file: `d.zip:${name}` }))
    text += chunk.toString('latin1');
  return text;
}

const LINES = Array.from({ length: 300_000 }, (_, line) => `${line}\n`).join('');
const PACKERS = { gz: (text: string) => gzipSync(text), zst: (text: string) => zstdCompressSync(text) };

for (const [extension, pack] of Object.entries(PACKERS)) {
  const name = `users.dat.${extension}`;
  describe(`unpackContent of a .${extension}`, () => {
    it('gives what was packed, in pieces of any length', async () => {
      for (const length of [1000, 100_000, 500_000]) assert.ok((await unpack(name, pack(LINES), length)) === LINES);
      for (const length of [1, 7, 1000]) assert.equal(await unpack(name, pack('1\n2\n'), length), '1\n2\n');
    });

    it('gives nothing where nothing was packed, or is there', async () => {
      for (const bytes of [pack(''), Buffer.alloc(0)]) assert.equal(await unpack(name, bytes, 10), '');
    });

    it('goes on behind the end of a packed part', async () => {
      for (const length of [5, 100_000])
        assert.equal(await unpack(name, Buffer.concat([pack('one '), pack(''), pack('two')]), length), 'one two');
    });

    it('refuses what ends too early, wherever', async () => {
      const packed = pack('some text that is packed');
      for (let end = 1; end < packed.length; end++)
        await assert.rejects(unpack(name, packed.subarray(0, end), 7), { code: 'EntryTruncated' }, String(end));
    });

    it('refuses what is something else, and what comes behind it', async () => {
      const rest = Buffer.from('this is text');
      await assert.rejects(unpack(name, rest, 5), { code: 'EntryCorrupt' });
      await assert.rejects(unpack(name, Buffer.concat([pack('one'), rest]), 1000), { code: 'EntryCorrupt' });
    });

    it('refuses more than is allowed', async () => {
      assert.equal(await unpack(name, pack('12345'), 100, 5), '12345');
      await assert.rejects(unpack(name, pack('123456'), 100, 5), {
        code: 'EntryTooLarge',
        message: /maxEntryBytes \(5\)/,
      });
    });
  });
}
