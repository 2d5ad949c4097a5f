/**
 * A numeric as numeric_send() writes it once it is stored: without groups of zeros at either end, which numeric_recv() drops. `isTrimmed`: without zeros at
 * the end of its fraction either, as trim_scale() leaves it. Returns its length. It is none of NaN and Infinity, which are not copied in binary.
 */
export function writeNumeric(at: usize, out: usize, isTrimmed: bool): i32 {
  let groups = <i32>read(at);
  let weight = <i32>(<i16>read(at + 2));
  const sign = read(at + 4);
  let first = at + 8;
  for (; groups > 0 && read(first) === 0; groups--, weight--) first += 2;
  while (groups > 0 && read(first + 2 * (groups - 1)) === 0) groups--;
  if (groups === 0) weight = 0;
  write(out, groups);
  write(out + 2, weight);
  write(out + 4, groups === 0 ? 0 : sign);
  write(out + 6, isTrimmed ? minimalScale(first, groups, weight) : read(at + 6));
  memory.copy(out + 8, first, 2 * groups);
  return 8 + 2 * groups;
}

/** get_min_scale(): numeric.c */
function minimalScale(first: usize, groups: i32, weight: i32): i32 {
  let scale = 4 * (groups - 1 - weight);
  if (groups === 0 || scale <= 0) return 0;
  for (let last = read(first + 2 * (groups - 1)); last % 10 === 0; last /= 10) scale--;
  return scale;
}

function read(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

function write(at: usize, value: i32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}
