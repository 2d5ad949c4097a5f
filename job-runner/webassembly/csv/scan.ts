import { DELIMITER } from '../abi';
import * as format from './format';

/** The address of the first quote or escape from `at` on, or `end`. */
export function closingQuote(at: usize, end: usize): usize {
  const quote = i8x16.splat(<i8>format.quote);
  const escape = i8x16.splat(<i8>format.escape);
  while (at < end) {
    const block = v128.load(at);
    const found = i8x16.bitmask(v128.or(i8x16.eq(block, quote), i8x16.eq(block, escape)));
    if (found !== 0) return min<usize>(at + ctz(found), end);
    at += 16;
  }
  return end;
}

/** The address of the first byte from `at` on with which a delimiter, a record's end or a special backslash may begin, or `end`. */
export function plainEnd(at: usize, end: usize): usize {
  const delimiter = v128.load8_splat(DELIMITER);
  const special = i8x16.splat(<i8>format.special);
  const lineEnd = i8x16.splat(<i8>format.lineEnd);
  const otherLineEnd = i8x16.splat(<i8>format.otherLineEnd);
  while (at < end) {
    const block = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(block, delimiter), i8x16.eq(block, special)),
        v128.or(i8x16.eq(block, lineEnd), i8x16.eq(block, otherLineEnd)),
      ),
    );
    if (found !== 0) return min<usize>(at + ctz(found), end);
    at += 16;
  }
  return end;
}
