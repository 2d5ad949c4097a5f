import * as settings from './settings';

/** Writes length and value as UTF-8; returns the end of it. Reads and writes up to 16 bytes beyond. */
export function writeText(from: usize, to: usize, out: usize): usize {
  const end = settings.isLatin1 === 0 ? writeBytes(from, to, out + 4) : writeLatin1(from, to, out + 4);
  store<u32>(out, bswap<u32>(<u32>(end - out - 4)));
  return end;
}

function writeBytes(from: usize, to: usize, out: usize): usize {
  const end = out + (to - from);
  for (; from < to; from += 16, out += 16) v128.store(out, v128.load(from));
  return end;
}

function writeLatin1(from: usize, to: usize, out: usize): usize {
  while (from < to) {
    const block = v128.load(from);
    v128.store(out, block);
    const plain = min<usize>(ctz(i8x16.bitmask(block) | (1 << 16)), to - from);
    from += plain;
    out += plain;
    if (plain === 16 || from === to) continue;
    // U+0080 to U+00FF: 110xxxxx 10xxxxxx
    const character = <u32>load<u8>(from++);
    store<u16>(out, <u16>(0x80c0 | (character >> 6) | ((character & 0x3f) << 8)));
    out += 2;
  }
  return out;
}
