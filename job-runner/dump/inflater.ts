import { readFileSync } from 'node:fs';
import { UnpackFailure, type Unpacker } from './unpacker.ts';

/** The most bytes of a chunk, packed or unpacked. From 128 to 512 KiB a load takes 5 % less CPU in the runner, beyond it no less. */
export const CHUNK_BYTES = 512 * 1024;

/**
 * Unpacks a deflated entry, in WebAssembly, `webassembly/inflate/inflate.ts`: 1.8 s of CPU for the 900 MB of nine tables with
 * their CRC-32 (`make bench-steps`), where Node's zlib takes 3.3 with a thread's jobs, streams, and a buffer for each chunk that is to be collected.
 */
export class Inflater implements Unpacker {
  readonly buffers: readonly [Buffer, Buffer];
  readonly #module: Module;
  readonly #memory: Buffer;
  /** The addresses of the buffers, and of the output; what was put out last lies before that. */
  readonly #packed: readonly [number, number];
  readonly #output: number;
  /** Packed bytes that are there and not unpacked. */
  #at = 0;
  #end = 0;
  #isAll = false;
  #isEnded = false;
  /** Bytes before the output that a distance may lead to, and bytes put out behind it. */
  #history = 0;
  #filled = 0;
  #isTaken = false;

  private constructor() {
    this.#module = new WebAssembly.Instance(compiled(), {}).exports as unknown as Module;
    const { memory, END_OF_TABLES } = this.#module;
    const place = LEFT_BYTES + CHUNK_BYTES + MARGIN;
    this.#packed = [END_OF_TABLES.value + LEFT_BYTES, END_OF_TABLES.value + LEFT_BYTES + place];
    this.#output = END_OF_TABLES.value + 2 * place + HISTORY_BYTES;
    memory.grow(Math.ceil((this.#output + CHUNK_BYTES + MARGIN) / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES);
    this.#memory = Buffer.from(memory.buffer);
    const [first, second] = this.#packed;
    this.buffers = [
      this.#memory.subarray(first, first + CHUNK_BYTES),
      this.#memory.subarray(second, second + CHUNK_BYTES),
    ];
  }

  /** One for a new entry: a catalogue reads thousands of them, and each has a megabyte of memory. */
  static acquire(): Inflater {
    const inflater = idle.pop() ?? new Inflater();
    inflater.#begin();
    return inflater;
  }

  release(): void {
    idle.push(this);
  }

  take(place: 0 | 1, bytes: number, isAll: boolean): void {
    const start = this.#packed[place];
    // What stands behind the end of what was packed means nothing.
    const left = this.#isEnded ? 0 : this.#end - this.#at;
    if (left > LEFT_BYTES) throw new Error(`${left} packed bytes are left, where ${LEFT_BYTES} have room`);
    this.#memory.copyWithin(start - left, this.#at, this.#end);
    this.#at = start - left;
    this.#end = start + bytes;
    this.#isAll = isAll;
  }

  next(): Buffer | undefined {
    if (this.#isTaken) this.#keepHistory();
    if (this.#isEnded) return undefined;
    const { consumed, produced } = this.#module;
    const output = this.#output;
    const outcome = this.#module.inflate(
      this.#at,
      this.#end,
      this.#isAll,
      output - this.#history,
      output + this.#filled,
      output + OUTPUT_BYTES,
    );
    if (outcome > Outcome.Ended) throw new UnpackFailure(outcome === Outcome.EndsEarly);
    this.#at = consumed.value;
    this.#filled = produced.value - output;
    this.#isEnded = outcome === Outcome.Ended;
    if (outcome === Outcome.NeedsInput || this.#filled === 0) return undefined;
    this.#isTaken = true;
    return this.#memory.subarray(output, output + this.#filled);
  }

  #begin(): void {
    this.#module.begin();
    this.#at = this.#end = this.#history = this.#filled = 0;
    this.#isEnded = this.#isTaken = false;
  }

  #keepHistory(): void {
    const end = this.#output + this.#filled;
    this.#history = Math.min(this.#history + this.#filled, HISTORY_BYTES);
    this.#memory.copyWithin(this.#output - this.#history, end - this.#history, end);
    this.#filled = 0;
    this.#isTaken = false;
  }
}

const idle: Inflater[] = [];

interface Module {
  readonly memory: WebAssembly.Memory;
  readonly END_OF_TABLES: WebAssembly.Global;
  readonly consumed: WebAssembly.Global;
  readonly produced: WebAssembly.Global;
  begin(): void;
  inflate(start: number, end: number, isAll: boolean, history: number, output: number, outputEnd: number): number;
}

/** As `webassembly/inflate/inflate.ts` numbers them. */
const Outcome = { NeedsInput: 0, OutputFull: 1, Ended: 2, EndsEarly: 3, Damaged: 4 } as const;

const PAGE_BYTES = 65536;
/** The longest distance: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */
const HISTORY_BYTES = 32768;
/** Packed bytes that wait for the next ones, since a block's header may go on there. */
const LEFT_BYTES = 1024;
/** What is read and written beyond an edge. */
const MARGIN = 64;
/** The last symbol of a chunk may add 258 bytes to it. */
const OUTPUT_BYTES = CHUNK_BYTES - 258;

let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(new URL('../webassembly/inflate.wasm', import.meta.url)));
  return module;
}
