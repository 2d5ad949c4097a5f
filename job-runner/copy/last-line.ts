import type { TablePlan } from '../plan/table-plan.ts';

/** What query tools and COPY write behind the records: `(3 rows affected)`, `(3 rows)`, `\.` */
const FOOTER = /(?:^|\n)(\(\d{1,18} [^()\r\n]{1,60}\)|\\\.)\s*$/;
const EMPTY_LINE = /(?:^|\n)\r?\n$/;
/** No footer is longer. */
const FOOTER_BYTES = 256;

/** Finds a footer or an empty line that was loaded as the last value. Where a record has several fields it is refused, as one with too few. */
export class LastLine {
  #end = Buffer.alloc(0);

  /** Undefined where a footer would be refused, or is taken for what it is. */
  static of({ copyColumns, format }: TablePlan, frame: string): LastLine | undefined {
    const isOpen = copyColumns.length === 1 && frame === 'None' && format.backslash !== 'EscapesLikeCopy';
    return isOpen ? new LastLine() : undefined;
  }

  /** The same chunks, each inspected as it passes. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      this.#end = Buffer.from(Buffer.concat([this.#end, chunk.subarray(-FOOTER_BYTES)]).subarray(-FOOTER_BYTES));
      yield chunk;
    }
  }

  get warnings(): string[] {
    const end = this.#end.toString('latin1');
    if (EMPTY_LINE.test(end))
      return ['the last line is empty, and was loaded as a record: if it is none, remove it and load the file again'];
    const footer = FOOTER.exec(end)?.[1];
    if (footer === undefined) return [];
    const remedy = footer === '\\.' ? 'remove it' : 'remove it, or set spec.format.frame to Sqlcmd,';
    return [
      `the last line is ${footer}, as tools write it behind the records, and was loaded as a value: if it is none, ${remedy} and load the file again`,
    ];
  }
}
