import type { TablePlan } from '../plan/table-plan.ts';
import { FileEnd } from './file-end.ts';
import { describeStray } from './stray-record.ts';

/** The last line that is not empty, where tools write `(3 rows affected)`, `3 rows selected.` or `\.`. */
const LAST_LINE = /(?:^|\n)([^\r\n]+)\s*$/;
const EMPTY_LINE = /(?:^|\n)\r?\n$/;
/** No footer is longer. */
const FOOTER_BYTES = 256;

/**
 * Finds what was loaded as the last record and is most likely none: in a table of one column a footer or an empty line, which a record of several fields
 * would be refused for, and in any other a record of nothing but delimiters, as spreadsheets write rows that were once filled.
 */
export class LastLine extends FileEnd {
  /** Undefined in a table of one column. */
  readonly #emptyRecord: string | undefined;
  readonly #nulIsEmpty: boolean;

  private constructor(emptyRecord: string | undefined, nulIsEmpty = false) {
    super(FOOTER_BYTES);
    this.#emptyRecord = emptyRecord;
    this.#nulIsEmpty = nulIsEmpty;
  }

  /** Undefined where nothing of the kind can be loaded. */
  static of({ copyColumns: { length }, format }: TablePlan, frame: string): LastLine | undefined {
    const { delimiter, nullMarker, backslash, trailingDelimiter, recordTerminator, nulIsEmpty } = format;
    if (length > 1) {
      const mayBeEmpty = nullMarker === '' && recordTerminator === '' && delimiter.trim() !== '';
      return mayBeEmpty ? new LastLine(delimiter.repeat(trailingDelimiter ? length : length - 1)) : undefined;
    }
    const hasLines = recordTerminator === '' || recordTerminator.endsWith('\n');
    const mayHaveFooter = hasLines && frame === 'None' && backslash !== 'EscapesLikeCopy';
    return mayHaveFooter ? new LastLine(undefined, nulIsEmpty) : undefined;
  }

  get warnings(): string[] {
    const end = this.end.toString('latin1');
    if (this.#emptyRecord !== undefined) return this.#warnOfEmptyRecord(end, this.#emptyRecord);
    if (EMPTY_LINE.test(end))
      return ['the last line is empty, and was loaded as a record: if it is none, remove it and load the file again'];
    const footer = LAST_LINE.exec(end)?.[1]?.trim() ?? '';
    if (this.#nulIsEmpty && footer === '\0') return [];
    const stray = describeStray(Buffer.from(footer, 'latin1'));
    if (stray?.isSure !== true) return [];
    return [
      `the last line (${footer}) was loaded as a value, and is most likely none: it is ${stray.message}, and load it again`,
    ];
  }

  #warnOfEmptyRecord(end: string, emptyRecord: string): string[] {
    if (LAST_LINE.exec(end)?.[1] !== emptyRecord) return [];
    return [
      'the last record has nothing but delimiters, as spreadsheets write a row that was emptied, and was loaded as a row of NULL: if it is none, remove such records at the end and load the file again',
    ];
  }
}
