/** A JSON array in pieces, indented as `JSON.stringify(values, null, 2)` indents it, so that its values need not be there at once. */
export class StreamedJsonArray {
  readonly #indentation: string;
  #isEmpty = true;

  /** `depth` is how many objects and arrays the array is inside of. */
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
    // A line feed within a text is written as \n, so that each of these begins a line.
    return start + lineStart + JSON.stringify(value, null, 2).replaceAll('\n', lineStart);
  }
}
