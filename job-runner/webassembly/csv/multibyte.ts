import { FAMILY_GB18030, FAMILY_JOHAB, FAMILY_NONE, FAMILY_SJIS } from '../abi';
import * as format from './format';

/** How many bytes the character at `at` has; more than are left where it is not whole. As in PostgreSQL's wchar.c (pg_sjis_mblen and so on). */
export function characterBytes(at: usize, end: usize): usize {
  const first = <u32>load<u8>(at);
  if (first < 0x80 || format.family === FAMILY_NONE) return 1;
  if (format.family === FAMILY_SJIS) return first >= 0xa1 && first <= 0xdf ? 1 : 2;
  if (format.family === FAMILY_JOHAB) return first === 0x8f ? 3 : 2;
  if (format.family !== FAMILY_GB18030) return 2;
  if (at + 1 >= end) return 2;
  const second = <u32>load<u8>(at + 1);
  return second >= 0x30 && second <= 0x39 ? 4 : 2;
}
