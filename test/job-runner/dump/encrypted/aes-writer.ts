import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import type { RawEntry } from '../../../failing-dumps/raw-zip.ts';

export interface AesOptions {
  readonly version?: 1 | 2;
  readonly keyBytes?: 16 | 24 | 32;
  /** 0, 8 (the default) or 93. */
  readonly method?: 0 | 8 | 93;
  readonly salt?: Buffer;
}

/**
 * An entry that is encrypted by the letter of https://www.winzip.com/en/support/aes-encryption/, one block at a time: for what no tool of Debian
 * writes.
 */
export function aesEntry(
  name: string,
  content: string | Buffer,
  password: string,
  { version = 2, keyBytes = 32, method = 8, salt = randomBytes(keyBytes / 2) }: AesOptions = {},
): RawEntry {
  const derived = pbkdf2Sync(password, salt, 1000, 2 * keyBytes + 2, 'sha1');
  const bytes = encryptBlocks(pack(Buffer.from(content), method), derived.subarray(0, keyBytes));
  const code = createHmac('sha1', derived.subarray(keyBytes, 2 * keyBytes))
    .update(bytes)
    .digest()
    .subarray(0, 10);
  const extra = Buffer.from([0x01, 0x99, 7, 0, version, 0, 0x41, 0x45, keyBytes / 8 - 1, method, 0]);
  return {
    ...{ name, content, method: 99, flags: 0x801, extra },
    ...(version === 2 ? { declaredCrc32: 0 } : {}),
    packed: Buffer.concat([salt, derived.subarray(2 * keyBytes), bytes, code]),
  };
}

function encryptBlocks(plain: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
  const blocks: Buffer[] = [];
  for (let at = 0, number = 1n; at < plain.length; at += 16, number++) {
    const counter = Buffer.alloc(16);
    counter.writeBigUInt64LE(number);
    const stream = cipher.update(counter);
    blocks.push(plain.subarray(at, at + 16).map((byte, index) => byte ^ (stream[index] ?? 0)) as Buffer);
  }
  return Buffer.concat(blocks);
}

function pack(content: Buffer, method: number): Buffer {
  if (method === 93) return zstdCompressSync(content);
  return method === 8 ? deflateRawSync(content) : content;
}
