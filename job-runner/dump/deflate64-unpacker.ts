import {
  DISTANCE_BASES,
  DISTANCE_EXTRAS,
  FIXED_LENGTHS,
  HISTORY_BYTES,
  LENGTH_BASES,
  LENGTH_EXTRAS,
  LENGTH_ORDER,
  MAX_DISTANCES,
  MAX_LITERALS,
} from './deflate64-alphabets.ts';
import { HuffmanCodes, FAST_MASK } from './huffman-codes.ts';
import { CHUNK_BYTES, UnpackFailure, type Unpacker } from './unpacker.ts';

/**
 * Unpacks Deflate64, which Windows Explorer uses for files of more than 2 GiB: deflate (https://www.rfc-editor.org/rfc/rfc1951) with distances of up
 * to 64 KiB and lengths of up to 64 KiB. Neither zlib nor the Inflater reads it. Short texts may be the same in both, so one is never tried in place
 * of the other.
 */
export class Deflate64Unpacker implements Unpacker {
  readonly buffers: readonly [Buffer, Buffer];
  /** Room for bytes that are left, the first buffer, the same for the second one. */
  readonly #input = new Uint8Array(2 * (LEFT_BYTES + CHUNK_BYTES));
  /** What was put out before, as far as a distance may lead, and the output. */
  readonly #output = Buffer.alloc(HISTORY_BYTES + CHUNK_BYTES);
  readonly #literals = new HuffmanCodes(MAX_LITERALS);
  readonly #distances = new HuffmanCodes(MAX_DISTANCES);
  /** Packed bytes that are there and not unpacked, and bits of the bytes before them. */
  #at = 0;
  #end = 0;
  #bits = 0;
  #bitCount = 0;
  #isLast = false;
  #state: 'BeforeBlock' | 'Symbols' | 'Stored' | 'AtEnd' = 'BeforeBlock';
  #isLastBlock = false;
  /** Bytes of a stored block that are left. */
  #stored = 0;
  /** A repetition of which the output could take only a part. */
  #length = 0;
  #distance = 0;
  /** Where the history begins, and where the output goes on. */
  #start = HISTORY_BYTES;
  #filled = HISTORY_BYTES;

  constructor() {
    const bufferAt = (offset: number) => Buffer.from(this.#input.buffer, offset, CHUNK_BYTES);
    this.buffers = [bufferAt(LEFT_BYTES), bufferAt(2 * LEFT_BYTES + CHUNK_BYTES)];
  }

  take(buffer: 0 | 1, bytes: number, isLast: boolean): void {
    const start = this.buffers[buffer].byteOffset;
    // What follows the end of the packed data is ignored.
    const left = this.#state === 'AtEnd' ? 0 : this.#end - this.#at;
    this.#input.copyWithin(start - left, this.#at, this.#end);
    this.#at = start - left;
    this.#end = start + bytes;
    this.#isLast = isLast;
  }

  next(): Buffer | undefined {
    if (this.#filled === this.#output.length) this.#keepHistory();
    const from = this.#filled;
    this.#unpack();
    if (this.#at - (this.#bitCount >>> 3) > this.#end) throw this.#failure();
    return this.#filled === from ? undefined : this.#output.subarray(from, this.#filled);
  }

  release(): void {
    // Its buffers are its own.
  }

  /** The bits of the last byte may be in use, none beyond it. */
  #failure(): UnpackFailure {
    return new UnpackFailure(this.#at - (this.#bitCount >>> 3) > this.#end);
  }

  #keepHistory(): void {
    this.#output.copyWithin(0, this.#filled - HISTORY_BYTES, this.#filled);
    this.#start = Math.max(0, this.#start - CHUNK_BYTES);
    this.#filled = HISTORY_BYTES;
  }

  /** Goes on until the output is full, or the input has too little to begin something with. */
  #unpack(): void {
    const edge = this.#isLast ? this.#end + 1 : this.#end - MAX_HEADER_BYTES;
    while (this.#state !== 'AtEnd') {
      if (this.#filled === this.#output.length) return;
      if (this.#state === 'Stored') {
        if (!this.#copyStored()) return;
      } else if (this.#at - (this.#bitCount >>> 3) >= edge) {
        if (this.#isLast) throw new UnpackFailure(true);
        return;
      } else if (this.#state === 'BeforeBlock') this.#beginBlock();
      else if (this.#unpackSymbols(edge)) this.#endBlock();
    }
  }

  #beginBlock(): void {
    this.#isLastBlock = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) this.#beginStored();
    else if (type === 1) this.#useCodes(FIXED_LENGTHS, 288);
    else if (type === 2) this.#readCodes();
    else throw this.#failure();
  }

  #endBlock(): void {
    this.#state = this.#isLastBlock ? 'AtEnd' : 'BeforeBlock';
  }

  #beginStored(): void {
    this.#at -= this.#bitCount >>> 3;
    this.#bits = this.#bitCount = 0;
    this.#stored = this.#take(16);
    if ((this.#take(16) ^ this.#stored) !== 0xffff) throw this.#failure();
    this.#state = 'Stored';
  }

  /** False where the input has nothing of it. */
  #copyStored(): boolean {
    const bytes = Math.min(this.#stored, this.#end - this.#at, this.#output.length - this.#filled);
    if (bytes > 0) {
      this.#output.set(this.#input.subarray(this.#at, this.#at + bytes), this.#filled);
      this.#at += bytes;
      this.#filled += bytes;
      this.#stored -= bytes;
    }
    if (this.#stored === 0) this.#endBlock();
    else if (bytes <= 0) {
      if (this.#isLast) throw new UnpackFailure(true);
      return false;
    }
    return true;
  }

  /** The lengths of a block's own codes. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.7 */
  #readCodes(): void {
    const [literals, distances, count] = [this.#take(5) + 257, this.#take(5) + 1, this.#take(4) + 4];
    const lengths = new Uint8Array(19);
    for (const symbol of LENGTH_ORDER.slice(0, count)) lengths[symbol] = this.#take(3);
    const codes = new HuffmanCodes(lengths.length);
    if (!codes.set(lengths)) throw this.#failure();
    const all = new Uint8Array(literals + distances);
    for (let index = 0; index < all.length;) {
      const symbol = this.#takeSymbol(codes);
      if (symbol < 16) all[index++] = symbol;
      else {
        const value = symbol === 16 ? all[index - 1] : 0;
        const times = symbol === 16 ? this.#take(2) + 3 : symbol === 17 ? this.#take(3) + 3 : this.#take(7) + 11;
        if (value === undefined || index + times > all.length) throw this.#failure();
        all.fill(value, index, (index += times));
      }
    }
    this.#useCodes(all, literals);
  }

  #useCodes(lengths: Uint8Array, literals: number): void {
    const areCodes =
      this.#literals.set(lengths.subarray(0, literals)) && this.#distances.set(lengths.subarray(literals));
    if (!areCodes) throw this.#failure();
    this.#state = 'Symbols';
  }

  #fill(): void {
    for (; this.#bitCount < 16; this.#bitCount += 8) this.#bits |= (this.#input[this.#at++] ?? 0) << this.#bitCount;
  }

  #take(count: number): number {
    this.#fill();
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #takeSymbol(codes: HuffmanCodes): number {
    this.#fill();
    const entry = codes.fast[this.#bits & FAST_MASK] || codes.find(this.#bits);
    if (entry === 0) throw this.#failure();
    this.#bits >>>= entry & 15;
    this.#bitCount -= entry & 15;
    return entry >>> 4;
  }

  /** True at the end of the block; otherwise the output is full or the input at its edge. */
  #unpackSymbols(edge: number): boolean {
    while (this.#filled < this.#output.length) {
      if (this.#length === 0) {
        const symbol = this.#unpackLiterals(edge);
        if (symbol === undefined) return false;
        if (symbol === 256) return true;
        this.#length = (LENGTH_BASES[symbol - 257] ?? 0) + this.#take(LENGTH_EXTRAS[symbol - 257] ?? 0);
        const code = this.#takeSymbol(this.#distances);
        this.#distance = (DISTANCE_BASES[code] ?? 0) + this.#take(DISTANCE_EXTRAS[code] ?? 0);
        if (symbol > 285 || this.#distance > this.#filled - this.#start) throw this.#failure();
      }
      this.#repeat();
    }
    return false;
  }

  /**
   * The next symbol that is no literal, or undefined where the output is full or the input at its edge. Variables in place of fields make it several
   * times as fast.
   */
  #unpackLiterals(edge: number): number | undefined {
    const [input, output, codes] = [this.#input, this.#output, this.#literals];
    let [at, bits, count, filled] = [this.#at, this.#bits, this.#bitCount, this.#filled];
    let symbol: number | undefined;
    while (filled < output.length && at - (count >>> 3) < edge) {
      if (count < 16) {
        bits |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      const entry = (codes.fast[bits & FAST_MASK] ?? 0) || codes.find(bits);
      bits >>>= entry & 15;
      count -= entry & 15;
      if (entry >>> 4 > 255) {
        symbol = entry >>> 4;
        break;
      }
      output[filled++] = entry >>> 4;
      if (entry === 0) throw this.#failure();
    }
    [this.#at, this.#bits, this.#bitCount, this.#filled] = [at, bits, count, filled];
    return symbol;
  }

  #repeat(): void {
    const output = this.#output;
    const end = Math.min(this.#filled + this.#length, output.length);
    this.#length -= end - this.#filled;
    const distance = this.#distance;
    let filled = this.#filled;
    while (filled < end) {
      output[filled] = output[filled - distance] ?? 0;
      filled++;
    }
    this.#filled = filled;
  }
}

/** A block's header: 17 bits, 19 lengths of 3, and 320 lengths of codes of up to 7 bits with 7 more. */
const MAX_HEADER_BYTES = 600;
/** Packed bytes that wait for the next ones. */
const LEFT_BYTES = 1024;
