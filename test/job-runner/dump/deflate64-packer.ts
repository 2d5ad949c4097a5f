/** A literal, or a repetition. */
export type Step = number | { readonly length: number; readonly distance: number };

/** Packs steps by the fixed codes of deflate with the lengths and distances of Deflate64: the only difference between the two. */
export function packDeflate64(steps: Iterable<Step>): Buffer {
  const bits = new BitWriter();
  bits.add(1, 1);
  bits.add(1, 2);
  for (const step of steps) {
    if (typeof step === 'number') addSymbol(bits, step);
    else addRepetition(bits, step);
  }
  addSymbol(bits, 256);
  return bits.toBuffer();
}

/** What the steps stand for. */
export function expandSteps(steps: Iterable<Step>): Buffer {
  const bytes: number[] = [];
  for (const step of steps) {
    if (typeof step === 'number') bytes.push(step);
    else for (let count = 0; count < step.length; count++) bytes.push(bytes.at(-step.distance) ?? 0);
  }
  return Buffer.from(bytes);
}

/** The longest is 3 and 16 bits; every length can be said that way, so the shorter codes are taken only up to 257. */
function addRepetition(bits: BitWriter, { length, distance }: { length: number; distance: number }): void {
  if (length > 257) {
    addSymbol(bits, 285);
    bits.add(length - 3, 16);
  } else {
    const { code, extra, base } = codeOf(length - 3, 4);
    addSymbol(bits, 257 + code);
    bits.add(length - 3 - base, extra);
  }
  const { code, extra, base } = codeOf(distance - 1, 2);
  bits.addCode(code, 5);
  bits.add(distance - 1 - base, extra);
}

/** Codes whose extra bits grow by one after every so many. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */
function codeOf(value: number, perStep: number): { code: number; extra: number; base: number } {
  if (value < 2 * perStep) return { code: value, extra: 0, base: value };
  const extra = Math.floor(Math.log2(value / perStep));
  const index = Math.floor(value / 2 ** extra) - perStep;
  return { code: perStep * (extra + 1) + index, extra, base: (perStep + index) * 2 ** extra };
}

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6 */
function addSymbol(bits: BitWriter, symbol: number): void {
  if (symbol < 144) bits.addCode(0x30 + symbol, 8);
  else if (symbol < 256) bits.addCode(0x190 + symbol - 144, 9);
  else if (symbol < 280) bits.addCode(symbol - 256, 7);
  else bits.addCode(0xc0 + symbol - 280, 8);
}

class BitWriter {
  readonly #bytes: number[] = [];
  #count = 0;

  /** The lowest bit first. */
  add(value: number, count: number): void {
    for (let bit = 0; bit < count; bit++) {
      if (this.#count % 8 === 0) this.#bytes.push(0);
      const last = this.#bytes.length - 1;
      this.#bytes[last] = (this.#bytes[last] ?? 0) | (((value >> bit) & 1) << (this.#count % 8));
      this.#count++;
    }
  }

  /** The highest bit first, as codes are written. */
  addCode(code: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) this.add((code >> bit) & 1, 1);
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes);
  }
}
