/** How a file of a table ends: what its last record is without an end of its own, and where that is unclear. */
const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
/** With which DOS ended files. */
const DOS_END = 0x1a;
const NOTHING = Buffer.alloc(0);
const LF = Buffer.from('\n');
const CRLF = Buffer.from('\r\n');

/** How a part ended: within a record or not, and what ended the records before. */
export interface PartEnd {
  readonly isOpen: boolean;
  readonly lineEnd: Buffer;
  /** Its last bytes: as many as a record terminator has, or one. */
  readonly tail: Buffer;
}

/** Before the first byte; `lineEnd` is that of the parts before. */
export function startOfPart(lineEnd: Buffer): PartEnd {
  return { isOpen: false, lineEnd, tail: NOTHING };
}

/** Behind a further chunk. The terminator is undefined for LF or CRLF. */
export function endOfPart(chunk: Buffer, before: PartEnd, terminator: Buffer | undefined): PartEnd {
  if (chunk.length === 0) return before;
  if (terminator === undefined) return { ...lineEndOf(chunk, before.lineEnd), tail: Buffer.from(chunk.subarray(-1)) };
  const bytes = terminator.length;
  const tail = Buffer.concat([before.tail, chunk.subarray(-bytes)]).subarray(-bytes);
  return { isOpen: !tail.equals(terminator), lineEnd: terminator, tail };
}

function lineEndOf(chunk: Buffer, before: Buffer): Omit<PartEnd, 'tail'> {
  const last = chunk.lastIndexOf(LINE_FEED);
  const lineEnd = last < 1 ? before : chunk[last - 1] === CRLF[0] ? CRLF : LF;
  return { isOpen: last !== chunk.length - 1, lineEnd };
}

/** What ends its last record. Of CRLF an escape would take the first byte alone, and the second one would end the record. */
export function closing({ lineEnd, tail }: PartEnd): Buffer {
  return tail.at(-1) === BACKSLASH && lineEnd.equals(CRLF) ? LF : lineEnd;
}

/** Whether the byte 0x1A is part of the last value. */
export function hasDosEnd({ isOpen, tail }: Pick<PartEnd, 'isOpen' | 'tail'>): boolean {
  return isOpen && tail.at(-1) === DOS_END;
}

/** Why the last bytes of a file cannot be those of a value whose record has no terminator; undefined where they can. */
export function describeLastBytes(bytes: Buffer, recordTerminator: string): string | undefined {
  const terminator = Buffer.from(recordTerminator);
  if (terminator.length === 0 || bytes.subarray(-terminator.length).equals(terminator)) return undefined;
  const spelled = JSON.stringify(recordTerminator);
  if (bytes.at(-1) === LINE_FEED)
    return `the file ends with a line feed and not with the record terminator ${spelled}: if its records end with a line feed, set spec.format.recordTerminator to "\\n"; otherwise recreate the dump`;
  return endsWithin(bytes, terminator)
    ? `the file ends within the record terminator ${spelled}: copy or create the dump again`
    : undefined;
}

/** One character of a terminator may well be the last one of a value, unless it is a carriage return. */
function endsWithin(bytes: Buffer, terminator: Buffer): boolean {
  for (let length = terminator.length - 1; length > 0; length--) {
    const begun = terminator.subarray(0, length);
    if ((length > 1 || begun[0] === CRLF[0]) && bytes.subarray(-length).equals(begun)) return true;
  }
  return false;
}
