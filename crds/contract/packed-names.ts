import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Names of tables, packed for a task, of which all has to fit into one environment variable. */
export interface PackedNames {
  /** Of all names, also of those that did not fit. */
  readonly count: number;
  /** A JSON list of the names, as raw deflate in Base64. */
  readonly packed: string;
}

/** As many of the names as `maxBytes` have room for; sorted, since similar names pack well side by side. */
export function packNames(names: readonly string[], maxBytes: number): PackedNames {
  const sorted = names.toSorted();
  for (let fitting = sorted.length; ;) {
    const packed = deflateRawSync(JSON.stringify(sorted.slice(0, fitting))).toString('base64');
    if (packed.length <= maxBytes || fitting === 0) return { count: names.length, packed };
    fitting = Math.floor(fitting * Math.min(0.95, maxBytes / packed.length));
  }
}

export function unpackNames({ packed }: PackedNames): readonly string[] {
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString()) as string[];
}
