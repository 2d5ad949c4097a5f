import { counted, were } from '../../crds/contract/counted.ts';
import type { CopyFormat } from '../plan/table-plan.ts';

/** What was seen of a file beside its values. */
export interface SeenInFile {
  /** Rows whose records had an end of their own. */
  readonly endedRecords: number;
  /** Those of them that ended with CRLF where LF would do as well, or with a carriage return before the LF that ends records. */
  readonly carriageReturns: number;
  /** Records with a backslash, read as an escape, before a character that no exporter escapes. */
  readonly foreignEscapes: number;
  /** That became NULL. */
  readonly zeroDates: number;
  /** Moments without the offset that their type has, read as UTC. */
  readonly withoutOffset: number;
  /** Whether the byte 0x1A, with which DOS ended files, is part of the last value. */
  readonly hasDosEnd: boolean;
}

/** What the user should know of it, one sentence each. */
export function fileWarnings(
  { endedRecords, carriageReturns, foreignEscapes, zeroDates, withoutOffset, hasDosEnd }: SeenInFile,
  { recordTerminator, quote }: Pick<CopyFormat, 'recordTerminator' | 'quote'>,
): string[] {
  const isEitherEnd = recordTerminator === '';
  const mixedEnds = `${carriageReturns} of ${endedRecords} records end with CRLF, the others with LF: if the carriage returns are data, set spec.format.recordTerminator to "\\n"`;
  const keptReturns = `${carriageReturns} of ${endedRecords} records end with a carriage return, which was loaded as part of their last value: if line ends are CRLF, set spec.format.recordTerminator to "\\r\\n" and load the file again`;
  const escapes = `${counted(foreignEscapes, 'record')} ${were(foreignEscapes)} loaded without a backslash, which stands before a character that no exporter escapes: if backslashes are data, set spec.format.escape to ${quote === '' ? "''" : 'the quote'} and load the file again`;
  const dates = `${zeroDates} zero dates (0000-00-00) were loaded as NULL: set spec.format.zeroDates to Fail to refuse them, or to Text to keep them`;
  const moments = `${withoutOffset} values have no offset, which their type has in the source, and were read as UTC: if they are of another time zone, export them with their offset`;
  const dosEnd =
    'the last record has no end, and its last byte is 0x1A, which was loaded as part of the value: if it is the DOS end of file, recreate the dump with a line end before it';
  return [
    ...(isEitherEnd && carriageReturns > 0 && carriageReturns < endedRecords ? [mixedEnds] : []),
    // Of a text that ends so by itself there are few.
    ...(!isEitherEnd && carriageReturns * 2 > endedRecords ? [keptReturns] : []),
    ...(foreignEscapes === 0 ? [] : [escapes]),
    ...(zeroDates === 0 ? [] : [dates]),
    ...(withoutOffset === 0 ? [] : [moments]),
    ...(hasDosEnd ? [dosEnd] : []),
  ];
}
