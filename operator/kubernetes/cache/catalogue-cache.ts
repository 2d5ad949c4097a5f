import { getHeapStatistics } from 'node:v8';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';

/**
 * The text of one catalogue at most. In memory it is up to twice as long, the shelf holds one, and as many more are at work as runs are
 * reconciled at once, 4 by default: two thirds of the heap. The tables of a catalogue take the heap twenty times as much once they are
 * TableIngestions with Jobs and pods (docs/scale.md), so an operator with memory for these has it for any catalogue of theirs.
 */
export const CATALOGUE_BYTES = Math.floor(getHeapStatistics().heap_size_limit / 16);

/**
 * Catalogues that were read and are not yet written down as TableIngestions, by the uid of their Job. Those that were put there first make
 * room where the next one needs it: to read one again costs a request, and any tenant may have many.
 */
export class CatalogueCache {
  readonly #room: number;
  readonly #kept = new Map<string, { readonly entries: readonly TableIngestionSpec[]; readonly bytes: number }>();

  constructor(room = CATALOGUE_BYTES) {
    this.#room = room;
  }

  get(jobUid: string): readonly TableIngestionSpec[] | undefined {
    return this.#kept.get(jobUid)?.entries;
  }

  put(jobUid: string, entries: readonly TableIngestionSpec[], bytes: number): void {
    this.#kept.delete(jobUid);
    for (const oldest of this.#kept.keys()) {
      if (this.#taken + bytes <= this.#room) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(jobUid, { entries, bytes });
  }

  forget(jobUid: string): void {
    this.#kept.delete(jobUid);
  }

  get #taken(): number {
    return [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
