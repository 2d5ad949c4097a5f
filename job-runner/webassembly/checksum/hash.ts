/** hash_bytes_extended() with the seed 0, of PostgreSQL's src/common/hashfn.c: Bob Jenkins' lookup3, http://burtleburtle.net/bob/hash/doobs.html */
export function hash(at: usize, length: i32): u64 {
  let a: u32 = 0x9e3779b9 + <u32>length + 3923095;
  let b = a;
  let c = a;
  for (; length >= 12; length -= 12, at += 12) {
    a += load<u32>(at);
    b += load<u32>(at + 4);
    c += load<u32>(at + 8);
    a = (a - c) ^ rotl<u32>(c, 4);
    c += b;
    b = (b - a) ^ rotl<u32>(a, 6);
    a += c;
    c = (c - b) ^ rotl<u32>(b, 8);
    b += a;
    a = (a - c) ^ rotl<u32>(c, 16);
    c += b;
    b = (b - a) ^ rotl<u32>(a, 19);
    a += c;
    c = (c - b) ^ rotl<u32>(b, 4);
    b += a;
  }
  if (length >= 8) {
    a += load<u32>(at);
    b += load<u32>(at + 4);
    // The lowest byte is that of the length.
    c += tail(at + 8, length - 8) << 8;
  } else if (length >= 4) {
    a += load<u32>(at);
    b += tail(at + 4, length - 4);
  } else {
    a += tail(at, length);
  }
  c = (c ^ b) - rotl<u32>(b, 14);
  a = (a ^ c) - rotl<u32>(c, 11);
  b = (b ^ a) - rotl<u32>(a, 25);
  c = (c ^ b) - rotl<u32>(b, 16);
  a = (a ^ c) - rotl<u32>(c, 4);
  b = (b ^ a) - rotl<u32>(a, 14);
  c = (c ^ b) - rotl<u32>(b, 24);
  return ((<u64>b) << 32) | c;
}

/** Up to three bytes, the first one lowest. */
function tail(at: usize, length: i32): u32 {
  let bytes: u32 = 0;
  for (let index = length - 1; index >= 0; index--) bytes = (bytes << 8) | load<u8>(at + index);
  return bytes;
}
