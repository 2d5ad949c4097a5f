/** How a file may divide its text into fields. */
export interface Layout {
  readonly delimiter: string;
  /** Empty for LF or CRLF. */
  readonly terminator: string;
  /** Empty where nothing is quoted. */
  readonly quote: string;
  /** The character that takes the meaning from the next one, or empty. */
  readonly escape: string;
  /** Fields but a record's last may have line ends in them. */
  readonly lineEndsInFields: boolean;
}

export interface SampleField {
  readonly text: string;
  readonly isQuoted: boolean;
  /** There is text behind its closing quote, which no reader takes. */
  readonly isBroken?: boolean;
  /** What its record ends with, where it is the last field. */
  readonly recordEnd?: string;
}

/** So many records tell how a file is written. */
const MAX_RECORDS = 500;

/** The whole records of a sample. `columns`: with line ends in fields only the number of fields ends a record. A quoted field keeps its inner text. */
export function splitRecords(text: string, layout: Layout, columns: number): SampleField[][] {
  const records: SampleField[][] = [];
  let fields: SampleField[] = [];
  let at = 0;
  while (at < text.length && records.length < MAX_RECORDS) {
    const mayEnd = !layout.lineEndsInFields || fields.length >= columns - 1;
    const field = readField(text, at, layout, mayEnd);
    if (field === undefined) break;
    fields.push(field);
    at = field.next;
    if (field.recordEnd === undefined) continue;
    records.push(fields);
    fields = [];
  }
  return records;
}

interface ReadField extends SampleField {
  readonly next: number;
}

function readField(text: string, start: number, layout: Layout, mayEnd: boolean): ReadField | undefined {
  const { quote, escape } = layout;
  const isQuoted = quote !== '' && text.startsWith(quote, start);
  let inside = isQuoted;
  let closed = -1;
  for (let at = isQuoted ? start + 1 : start; at < text.length; at++) {
    const character = text[at];
    if (escape !== '' && character === escape) {
      at++;
    } else if (inside) {
      if (character !== quote) continue;
      if (text[at + 1] === quote) at++;
      else [inside, closed] = [false, at];
    } else {
      const end = endAt(text, at, layout, mayEnd);
      if (end === undefined) continue;
      const whole = text.slice(start, at);
      // Text behind a closing quote: the quote was none.
      const isWhole = isQuoted && closed === at - 1;
      return { text: isWhole ? whole.slice(1, -1) : whole, isQuoted: isWhole, isBroken: isQuoted && !isWhole, ...end };
    }
  }
  return undefined;
}

function endAt(
  text: string,
  at: number,
  { delimiter, terminator }: Layout,
  mayEnd: boolean,
): { next: number; recordEnd?: string } | undefined {
  if (mayEnd) {
    const ends = terminator === '' ? ['\r\n', '\n'] : [terminator];
    const end = ends.find((candidate) => text.startsWith(candidate, at));
    if (end !== undefined) return { next: at + end.length, recordEnd: end };
  }
  return delimiter !== '' && text.startsWith(delimiter, at) ? { next: at + delimiter.length } : undefined;
}
