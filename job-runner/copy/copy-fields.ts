const [TAB, LINE_FEED, BACKSLASH] = [0x09, 0x0a, 0x5c];

/** Single values of rows in COPY's text format, which are UTF-8. https://www.postgresql.org/docs/18/sql-copy.html#id-1.9.3.55.9.2 */
export class CopyFields {
  readonly #rows: Buffer;
  #row = 0;
  #begin = 0;

  constructor(rows: Buffer) {
    this.#rows = rows;
  }

  /** Both from 0; undefined for NULL. Rows are asked for in ascending order. */
  text(row: number, column: number): string | undefined {
    for (; this.#row < row; this.#row++) this.#begin = this.#rows.indexOf(LINE_FEED, this.#begin) + 1;
    const end = this.#rows.indexOf(LINE_FEED, this.#begin);
    let begin = this.#begin;
    for (let left = column; left > 0; left--) begin = this.#rows.indexOf(TAB, begin) + 1;
    const tab = this.#rows.indexOf(TAB, begin);
    const field = this.#rows.subarray(begin, tab === -1 || tab > end ? end : tab);
    return isNull(field)
      ? undefined
      : field.toString().replaceAll(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function isNull(field: Buffer): boolean {
  return field.length === 2 && field[0] === BACKSLASH && field[1] === 'N'.charCodeAt(0);
}
