/** What was seen of a file beside its values. */
export interface SeenInFile {
  /** Rows whose records had an end of their own. */
  readonly endedRecords: number;
  /** Those of them that ended with CRLF where LF would do as well. */
  readonly carriageReturns: number;
  /** That became NULL. */
  readonly zeroDates: number;
  /** Moments without the offset that their type has, read as UTC. */
  readonly withoutOffset: number;
  /** Whether the byte 0x1A, with which DOS ended files, is part of the last value. */
  readonly hasDosEnd: boolean;
}

/** What the user should know of it, one sentence each. */
export function fileWarnings({
  endedRecords,
  carriageReturns,
  zeroDates,
  withoutOffset,
  hasDosEnd,
}: SeenInFile): string[] {
  const mixedEnds = `${carriageReturns} of ${endedRecords} records end with CRLF, the others with LF: if the carriage returns are data, set spec.format.recordTerminator to "\\n"`;
  const dates = `${zeroDates} zero dates (0000-00-00) were loaded as NULL: set spec.format.zeroDates to Fail to refuse them, or to Text to keep them`;
  const moments = `${withoutOffset} values have no offset, which their type has in the source, and were read as UTC: if they are of another time zone, export them with their offset`;
  const dosEnd =
    'the last record has no end, and its last byte is 0x1A, which was loaded as part of the value: if it is the DOS end of file, recreate the dump with a line end before it';
  return [
    ...(carriageReturns > 0 && carriageReturns < endedRecords ? [mixedEnds] : []),
    ...(zeroDates === 0 ? [] : [dates]),
    ...(withoutOffset === 0 ? [] : [moments]),
    ...(hasDosEnd ? [dosEnd] : []),
  ];
}
