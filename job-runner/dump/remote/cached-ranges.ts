import { BLOCK_BYTES } from '../block-reader.ts';
import type { ByteRange } from './object-identity.ts';

/** A local header with the small entry behind it, a schema file's, is one request. */
export const READAHEAD_BYTES = BLOCK_BYTES;
/** The end of a ZIP with its directory: of 2,500 entries or so. */
export const END_BYTES = 256 * 1024;
/** A directory that is larger is read in ever larger steps. */
const MAX_READAHEAD_BYTES = 2 * 1024 * 1024;
const MAX_CACHED_BYTES = 2 * MAX_READAHEAD_BYTES;

interface CachedRange {
  readonly start: number;
  readonly bytes: Buffer;
}

/** The bytes of an object that were read last, a few MB of them. */
export class CachedRanges {
  #ranges: readonly CachedRange[] = [];

  find(start: number, length: number): Buffer | undefined {
    const range = this.#ranges.find((each) => start >= each.start && start + length <= each.start + each.bytes.length);
    return range?.bytes.subarray(start - range.start, start - range.start + length);
  }

  add(start: number, bytes: Buffer): void {
    let kept = bytes.length;
    // Newest first: a few of the oldest go.
    const others = this.#ranges.filter((range) => (kept += range.bytes.length) <= MAX_CACHED_BYTES);
    this.#ranges = [{ start, bytes }, ...others];
  }

  /** What to read in place of a range: more, for what is likely to be asked for next. */
  extend({ first, last }: ByteRange, size: number): ByteRange {
    if (first >= size - END_BYTES) return { first: Math.max(0, size - END_BYTES), last: size - 1 };
    const before = this.#ranges.find(({ start, bytes }) => first > start && first <= start + bytes.length);
    const ahead = before === undefined ? READAHEAD_BYTES : Math.min(MAX_READAHEAD_BYTES, 2 * before.bytes.length);
    return { first, last: Math.min(size - 1, Math.max(last, first + ahead - 1)) };
  }

  /** The ranges to read for small entries at these positions; one that is read ahead with the entry before it has none of its own. */
  missing(positions: readonly number[], size: number): readonly ByteRange[] {
    const sorted = positions.toSorted((one, other) => one - other);
    return sorted
      .filter((first, index) => index === 0 || first > (sorted[index - 1] ?? 0) + READAHEAD_BYTES)
      .map((first) => ({ first, last: Math.min(size, first + READAHEAD_BYTES) - 1 }))
      .filter(({ first, last }) => first >= 0 && first <= last && this.find(first, last - first + 1) === undefined);
  }
}
