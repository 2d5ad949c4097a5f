import {
  boundaryStatement,
  literalsOf,
  lookUpStatement,
  type KeyLiterals,
  type KeyRange,
  type RangeKey,
} from './key-ranges.ts';
import type { Session } from './session.ts';

/** A range of the key, and how many rows it must have where that is known. */
export interface TableRange extends KeyRange {
  readonly rows: number | undefined;
}

/** Cuts a table into ranges of so many rows, one after the other, in the order of its key. */
export class TableRanges {
  readonly #table: string;
  readonly #key: RangeKey;
  readonly #rows: number;
  #after: KeyLiterals | undefined;
  #isDone = false;

  constructor(table: string, key: RangeKey, rows: number) {
    this.#table = table;
    this.#key = key;
    this.#rows = rows;
  }

  /** The next one, found by this session; undefined after the last. To be called again only when it has returned. */
  async next(session: Session): Promise<TableRange | undefined> {
    if (this.#isDone) return undefined;
    const after = this.#after;
    const upTo = await this.#boundary(session);
    this.#after = upTo;
    this.#isDone = upTo === undefined;
    return { after, upTo, rows: upTo !== undefined && this.#key.isUnique ? this.#rows : undefined };
  }

  /** Undefined where fewer rows are left, or the key is not found again by what we write of it: then the rest is one range. */
  async #boundary(session: Session): Promise<KeyLiterals | undefined> {
    const [row] = await session.query(boundaryStatement(this.#table, this.#key, this.#after, this.#rows));
    if (row === undefined) return undefined;
    const literals = literalsOf(
      this.#key,
      this.#key.columns.map((_, index) => row[`k${index}`] ?? null),
    );
    if (literals === undefined) return undefined;
    const found = await session.query(lookUpStatement(this.#table, this.#key, literals));
    return found.length === 0 ? undefined : literals;
  }
}
