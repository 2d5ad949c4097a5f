import {
  DAMAGED,
  ENDED,
  ENDS_EARLY,
  HISTORY_BYTES,
  INFLATE_TABLES_END,
  MARGIN_BYTES,
  NEEDS_INPUT,
  UNREAD_BYTES,
} from '../webassembly/abi.ts';
import type { Instance } from '../webassembly/loader.ts';
import { InstancePool } from '../webassembly/pool.ts';
import { CHUNK_BYTES, UnpackFailure, type Unpacker } from './unpacker.ts';

/** Exports of `webassembly/inflate/inflate.ts`. */
interface InflateExports {
  readonly consumed: WebAssembly.Global;
  readonly produced: WebAssembly.Global;
  begin(): void;
  inflate(start: number, end: number, isLast: boolean, history: number, output: number, outputEnd: number): number;
}

const pool = new InstancePool<InflateExports>('inflate.wasm', {
  consumed: 'global',
  produced: 'global',
  begin: 'function',
  inflate: 'function',
});

/**
 * Each of the two buffers for packed bytes, what was left unread before it included; the output comes last.
 * webassembly/README.md draws it.
 */
const PACKED_BYTES = UNREAD_BYTES + CHUNK_BYTES + MARGIN_BYTES;
const PACKED = [INFLATE_TABLES_END + UNREAD_BYTES, INFLATE_TABLES_END + PACKED_BYTES + UNREAD_BYTES] as const;
const OUTPUT = INFLATE_TABLES_END + 2 * PACKED_BYTES + HISTORY_BYTES;

/**
 * Unpacks a deflated entry, in WebAssembly, `webassembly/inflate/inflate.ts`: 1.8 s of CPU for the 900 MB of nine
 * tables with their CRC-32 (`make bench-steps`), where Node's zlib takes 3.3 with a thread's jobs, streams, and a
 * buffer for each chunk that is to be collected.
 */
export class Inflater implements Unpacker {
  readonly buffers: readonly [Buffer, Buffer];
  readonly #instance: Instance<InflateExports>;
  /** Packed bytes that have not been read yet. */
  #start = 0;
  #end = 0;
  #isLast = false;
  #isEnded = false;
  /** Bytes before the output that a distance may lead to, and bytes put out behind it. */
  #history = 0;
  #filled = 0;
  #isTaken = false;

  private constructor() {
    this.#instance = pool.acquire();
    this.#instance.grow(OUTPUT + CHUNK_BYTES + MARGIN_BYTES);
    const { bytes, exports } = this.#instance;
    const [first, second] = PACKED;
    this.buffers = [bytes.subarray(first, first + CHUNK_BYTES), bytes.subarray(second, second + CHUNK_BYTES)];
    exports.begin();
  }

  /** One for a new entry. */
  static acquire(): Inflater {
    return new Inflater();
  }

  release(): void {
    pool.release(this.#instance);
  }

  take(buffer: 0 | 1, bytes: number, isLast: boolean): void {
    const start = PACKED[buffer];
    // What follows the end of the packed data is ignored.
    const left = this.#isEnded ? 0 : this.#end - this.#start;
    if (left > UNREAD_BYTES)
      throw new Error(`${left} packed bytes are unread, where there is room for ${UNREAD_BYTES}`);
    this.#instance.bytes.copyWithin(start - left, this.#start, this.#end);
    this.#start = start - left;
    this.#end = start + bytes;
    this.#isLast = isLast;
  }

  next(): Buffer | undefined {
    if (this.#isTaken) this.#keepHistory();
    if (this.#isEnded) return undefined;
    const { exports } = this.#instance;
    const limit = OUTPUT + CHUNK_BYTES;
    const from = OUTPUT + this.#filled;
    const outcome = exports.inflate(this.#start, this.#end, this.#isLast, OUTPUT - this.#history, from, limit);
    const output = this.#instance.output(OUTPUT, exports.produced.value, limit);
    if (outcome === ENDS_EARLY || outcome === DAMAGED) throw new UnpackFailure(outcome === ENDS_EARLY);
    this.#start = exports.consumed.value;
    this.#filled = output.length;
    this.#isEnded = outcome === ENDED;
    if (outcome === NEEDS_INPUT || this.#filled === 0) return undefined;
    this.#isTaken = true;
    return output;
  }

  #keepHistory(): void {
    const end = OUTPUT + this.#filled;
    this.#history = Math.min(this.#history + this.#filled, HISTORY_BYTES);
    this.#instance.bytes.copyWithin(OUTPUT - this.#history, end - this.#history, end);
    this.#filled = 0;
    this.#isTaken = false;
  }
}
