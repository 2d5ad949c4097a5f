import { LINE_FEED } from './characters';

/** Reads up to 16 bytes beyond. */
export function countLineFeeds(at: usize, end: usize): u32 {
  const lineFeed = i8x16.splat(<i8>LINE_FEED);
  let count: u32 = 0;
  for (; at < end; at += 16) {
    let found = i8x16.bitmask(i8x16.eq(v128.load(at), lineFeed));
    const left = <i32>(end - at);
    if (left < 16) found &= (1 << left) - 1;
    count += popcnt(found);
  }
  return count;
}

/** How many of the bytes are 0x80 to 0x9F: control characters in Latin-1, letters and punctuation in Windows-1252. Reads up to 16 bytes beyond. */
export function countHighControls(at: usize, end: usize): u32 {
  let count: u32 = 0;
  for (; at < end; at += 16) {
    let found = i8x16.bitmask(i8x16.lt_s(v128.load(at), i8x16.splat(-96)));
    const left = <i32>(end - at);
    if (left < 16) found &= (1 << left) - 1;
    count += popcnt(found);
  }
  return count;
}
