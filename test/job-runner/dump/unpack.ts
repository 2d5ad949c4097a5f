import assert from 'node:assert/strict';
import { CHUNK_BYTES, type Unpacker } from '../../../job-runner/dump/unpacker.ts';

/** Unpacks packed bytes that arrive in pieces of these lengths, repeatedly. */
export async function unpack(
  unpacker: Unpacker,
  packed: Buffer,
  pieces: readonly number[] = [CHUNK_BYTES],
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for (let at = 0, turn = 0, isLast = false; !isLast; turn++) {
      const piece = packed.subarray(at, at + (pieces[turn % pieces.length] ?? CHUNK_BYTES));
      const buffer = turn % 2 === 0 ? 0 : 1;
      piece.copy(unpacker.buffers[buffer]);
      at += piece.length;
      isLast = at === packed.length;
      unpacker.take(buffer, piece.length, isLast);
      for (let chunk = await unpacker.next(); chunk !== undefined; chunk = await unpacker.next()) {
        assert(chunk.length > 0 && chunk.length <= CHUNK_BYTES, `a chunk of ${chunk.length} bytes`);
        chunks.push(Buffer.from(chunk));
      }
    }
    return Buffer.concat(chunks);
  } finally {
    unpacker.release();
  }
}
