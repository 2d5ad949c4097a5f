import type { ChecksumColumn, ChecksumMethod } from '../plan/checksum.ts';
import * as abi from '../webassembly/abi.ts';
import type { Instance } from '../webassembly/loader.ts';
import { InstancePool } from '../webassembly/pool.ts';

/** Exports of `webassembly/checksum/checksum.ts`. */
interface ChecksumExports {
  readonly low: WebAssembly.Global;
  readonly high: WebAssembly.Global;
  begin(): void;
  add(start: number, end: number, columns: number): number;
}

const pool = new InstancePool<ChecksumExports>('checksum.wasm', {
  low: 'global',
  high: 'global',
  begin: 'function',
  add: 'function',
});

/** Those of types that are copied in binary, in the very bytes that PostgreSQL sends of the stored value, or in ones that come to the same. */
const METHODS: Partial<Readonly<Record<ChecksumMethod, number>>> = {
  integer: abi.HASH_INTEGER,
  number: abi.HASH_NUMBER,
  'number with its scale': abi.HASH_NUMERIC,
  boolean: abi.HASH_BYTES,
  'double precision': abi.HASH_BYTES,
  date: abi.HASH_BYTES,
  'timestamp without time zone': abi.HASH_BYTES,
  'timestamp with time zone': abi.HASH_BYTES,
  uuid: abi.HASH_BYTES,
  bytea: abi.HASH_BYTES,
  bit: abi.HASH_BYTES,
  text: abi.HASH_BYTES,
};

/**
 * The checksum of rows on their way to COPY, so that no scan of the table is needed, which takes the server half as long as the load itself or longer
 * (docs/proof.md).
 */
export class RowChecksum {
  readonly #instance: Instance<ChecksumExports>;
  readonly #columns: number;

  private constructor(methods: readonly number[]) {
    this.#instance = pool.acquire();
    this.#instance.grow(abi.HASH_ROWS);
    this.#instance.bytes.set(methods, abi.HASH_METHODS);
    this.#instance.exports.begin();
    this.#columns = methods.length;
  }

  /** Undefined where the rows that are copied may have other bytes than the stored ones. */
  static of(columns: readonly ChecksumColumn[]): RowChecksum | undefined {
    const methods = columns.flatMap(({ method }) => METHODS[method] ?? []);
    return methods.length === columns.length ? new RowChecksum(methods) : undefined;
  }

  /** Adds whole rows of COPY's binary format. */
  add(rows: Buffer): void {
    const [start, end] = [abi.HASH_ROWS, abi.HASH_ROWS + rows.length];
    this.#instance.grow(end);
    this.#instance.bytes.set(rows, start);
    if (this.#instance.exports.add(start, end, this.#columns) === end) return;
    throw new Error(`rows to be copied do not have ${this.#columns} columns each: please report this bug`);
  }

  get sum(): bigint {
    const { low, high } = this.#instance.exports;
    return (BigInt(high.value) << 64n) + BigInt.asUintN(64, BigInt(low.value));
  }

  /** To be called once, when the sum has been read. */
  release(): void {
    pool.release(this.#instance);
  }
}
