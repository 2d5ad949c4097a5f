import type { SplitRows } from './batch-rows.ts';

/**
 * Which rows of a file may have a key that another row has, by an integer that is part of each key: most files have their records in the order of such a
 * number, and a row whose number is above all before it has none of their keys. The rows are those of COPY's binary format, batch by batch.
 */
export class RepeatedKeys {
  readonly #fields: readonly number[];
  /** By field. */
  readonly #largest = new Map<number, number>();

  /** One field for each key. */
  constructor(fields: readonly number[]) {
    this.#fields = [...new Set(fields)];
  }

  /** Their numbers in the batch, which ascend, and those of the rows of the batch whose keys they may have. Each batch is to be asked about. */
  in(batch: SplitRows): readonly number[] {
    const [first = [], ...others] = this.#fields.map((field) => this.#repeated(field, batch.integers(field)));
    if (others.length === 0) return first;
    return [...new Set([...first, ...others.flat()])].sort((one, other) => one - other);
  }

  /** Numbers beyond the precision of JavaScript's may be taken for equal, and their rows for repeated; never the other way round. NaN is NULL, which is no other's key. */
  #repeated(field: number, values: Float64Array): number[] {
    const before = this.#largest.get(field) ?? -Infinity;
    let largest = before;
    const ofBatch = new Set<number>();
    for (let row = 0; row < values.length; row++) {
      const value = values[row] ?? NaN;
      if (value > largest) largest = value;
      else if (value > before) ofBatch.add(value);
    }
    this.#largest.set(field, largest);
    const repeated = [];
    for (let row = 0; row < values.length; row++) {
      const value = values[row] ?? NaN;
      if (value <= before || (ofBatch.size > 0 && ofBatch.has(value))) repeated.push(row);
    }
    return repeated;
  }
}
