/** A JSON array in pieces, in the same form as `JSON.stringify(values, null, 2)`, so that its values need not be in memory at once. */
export class StreamedJsonArray {
  readonly #indentation: string;
  #isEmpty = true;

  /** `depth` is the number of objects and arrays around the array. */
  constructor(depth = 0) {
    this.#indentation = '  '.repeat(depth);
  }

  /** The text of the next values. */
  add(values: readonly unknown[]): string {
    return values.map((value) => this.#next(value)).join('');
  }

  /** The text that ends the array. */
  end(): string {
    return this.#isEmpty ? '[]' : `\n${this.#indentation}]`;
  }

  #next(value: unknown): string {
    const start = this.#isEmpty ? '[' : ',';
    this.#isEmpty = false;
    const lineStart = `\n${this.#indentation}  `;
    // Line feeds in strings are escaped, so each of these separates two lines.
    return start + lineStart + JSON.stringify(value, null, 2).replaceAll('\n', lineStart);
  }
}
