import type { TablePlan } from '../plan/table-plan.ts';
import { describeStray } from './stray-record.ts';

/** The last line that is not empty, where tools write `(3 rows affected)`, `3 rows selected.` or `\.`. */
const LAST_LINE = /(?:^|\n)([^\r\n]+)\s*$/;
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
    const footer = LAST_LINE.exec(end)?.[1]?.trim() ?? '';
    const stray = describeStray(Buffer.from(footer, 'latin1'));
    if (stray?.isSure !== true) return [];
    return [`the last line (${footer}) was loaded as a value, and is most likely ${stray.message}, and load it again`];
  }
}
