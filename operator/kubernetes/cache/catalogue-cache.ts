import { getHeapStatistics } from 'node:v8';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';

/**
 * The largest text of one catalogue. In memory it takes up to twice as much; the cache holds one, and each run being reconciled, 4 by default,
 * may hold another: two thirds of the heap. The tables of a catalogue take twenty times as much memory once they are TableIngestions with Jobs
 * and pods (docs/scale.md), so an operator that has memory for these has it for their catalogue.
 */
export const MAX_CATALOGUE_BYTES = Math.floor(getHeapStatistics().heap_size_limit / 16);

/**
 * Catalogues that have been read and do not exist as TableIngestions yet, by the uid of their Job. The oldest are evicted to make room: reading
 * one again costs only a request, and a tenant may have many.
 */
export class CatalogueCache {
  readonly #capacity: number;
  readonly #catalogues = new Map<string, { readonly entries: readonly TableIngestionSpec[]; readonly bytes: number }>();

  constructor(capacity = MAX_CATALOGUE_BYTES) {
    this.#capacity = capacity;
  }

  get(jobUid: string): readonly TableIngestionSpec[] | undefined {
    return this.#catalogues.get(jobUid)?.entries;
  }

  put(jobUid: string, entries: readonly TableIngestionSpec[], bytes: number): void {
    this.#catalogues.delete(jobUid);
    for (const oldest of this.#catalogues.keys()) {
      if (this.#bytes + bytes <= this.#capacity) break;
      this.#catalogues.delete(oldest);
    }
    this.#catalogues.set(jobUid, { entries, bytes });
  }

  forget(jobUid: string): void {
    this.#catalogues.delete(jobUid);
  }

  get #bytes(): number {
    return [...this.#catalogues.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
