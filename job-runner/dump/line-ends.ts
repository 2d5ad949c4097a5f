const LINE_FEED = Buffer.from('\n');

/** What the lines of a file end with, as messages count them: its records' terminator where that has no line feed. */
export function lineEndOf({ recordTerminator }: { readonly recordTerminator: string }): Buffer {
  return recordTerminator === '' || recordTerminator.includes('\n') ? LINE_FEED : Buffer.from(recordTerminator);
}

export function countLineEnds(bytes: Buffer, end: Buffer): number {
  let count = 0;
  // A single byte is found four times as fast as a buffer of one.
  const sought = end.length === 1 ? (end[0] ?? 0) : end;
  for (let at = bytes.indexOf(sought); at !== -1; at = bytes.indexOf(sought, at + end.length)) count++;
  return count;
}
