const LINE_FEED = Buffer.from('\n');

/** What the lines of a file end with, as messages count them: its records' terminator where that has no line feed. */
export function lineEndOf({ recordTerminator }: { readonly recordTerminator: string }): Buffer {
  return recordTerminator === '' || recordTerminator.includes('\n') ? LINE_FEED : Buffer.from(recordTerminator);
}

export function countLineEnds(bytes: Buffer, end: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(end); at !== -1; at = bytes.indexOf(end, at + end.length)) count++;
  return count;
}
