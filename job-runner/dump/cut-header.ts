/** A text that begins with a header. */
export interface CutHeader {
  readonly header: Buffer;
  /** sqlcmd's line of dashes; empty where there is none. */
  readonly ruler: Buffer;
  readonly data: Buffer;
}

/** Undefined where the header has no end. `isFramed`: it is two lines, as sqlcmd writes it. */
export function cutHeader(text: Buffer, terminator: Buffer, isFramed: boolean): CutHeader | undefined {
  const end = text.indexOf(terminator);
  if (end === -1) return undefined;
  const behind = end + terminator.length;
  const header = text.subarray(0, end);
  if (!isFramed) return { header, ruler: text.subarray(0, 0), data: text.subarray(behind) };
  const rulerEnd = text.indexOf(terminator, behind);
  if (rulerEnd === -1) return undefined;
  return { header, ruler: text.subarray(behind, rulerEnd), data: text.subarray(rulerEnd + terminator.length) };
}
