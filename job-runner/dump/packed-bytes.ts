import { createHash } from 'node:crypto';
import type { OnPacked } from './read-entry.ts';

/** The packed bytes of a DAT file's entries, one behind the other. */
export class PackedBytes {
  readonly #hash = createHash('sha256');
  readonly #onBytes: ((bytes: number) => void) | undefined;
  #bytes = 0;

  constructor(onBytes: ((bytes: number) => void) | undefined) {
    this.#onBytes = onBytes;
  }

  readonly take: OnPacked = (packed) => {
    this.#hash.update(packed);
    this.#bytes += packed.length;
    this.#onBytes?.(this.#bytes);
  };

  sha256(): string {
    return this.#hash.digest('hex');
  }
}
