/** How much memory a converter needs: the bytes of a chunk of input, and the outputs that there can be at a time. */
export interface BufferSizes {
  readonly chunkBytes: number;
  readonly regions: number;
}

/**
 * The converter of one table, with its memory, until the next table takes it. V8 looks through all of its heap whenever some MB of WebAssembly's
 * memory are new: 20 ms of CPU for each table, however small, of a runner that does many (docs/benchmarks.md).
 */
export class ConverterPool<Converter extends BufferSizes> {
  #kept: Converter | undefined;

  take({ chunkBytes, regions }: BufferSizes): Converter | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept?.chunkBytes === chunkBytes && kept.regions === regions ? kept : undefined;
  }

  keep(converter: Converter): void {
    this.#kept = converter;
  }
}
