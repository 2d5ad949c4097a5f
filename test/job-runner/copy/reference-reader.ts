import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';

export type Field = string | null;

/** Why a file cannot be read. */
export type ReferenceProblem = 'TextBehindQuote' | 'UnterminatedQuote' | 'CarriageReturn' | 'EscapedMarker';

const ESCAPED: Readonly<Record<string, string>> = { '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

/**
 * The rules of records once more, character by character and as plainly as they can be written, to hold WebAssembly to. The text is one in which
 * each character is one. `columns` matter to bcp's rules alone.
 */
export function readRecords(text: string, format: CopyFormat, columns = Infinity): Field[][] | ReferenceProblem {
  const { delimiter, nullMarker, quotedNull, lineEndsInFields, recordTerminator } = format;
  const records: Field[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: Field[] = [];
    for (;;) {
      const isLast = !lineEndsInFields || record.length === columns - 1;
      const field = readField(text, at, format, isLast);
      if (typeof field === 'string') return field;
      const isMarker = field.raw === nullMarker;
      if (isMarker && field.isQuoted && !quotedNull && field.value !== field.raw) return 'EscapedMarker';
      const isNull = isMarker && (!field.isQuoted || quotedNull);
      record.push(isNull ? null : field.value);
      at = field.end;
      if ((isLast && recordEndAt(text, at, format) > 0) || !text.startsWith(delimiter, at)) break;
      at += delimiter.length;
    }
    records.push(record);
    const end = recordEndAt(text, at, format);
    if (end === 0 && at < text.length) return recordTerminator === '' ? 'CarriageReturn' : 'UnterminatedQuote';
    at += end;
  }
  return records;
}

/** How long the record's end is that stands here. */
function recordEndAt(text: string, at: number, { recordTerminator }: CopyFormat): number {
  const ends = recordTerminator === '' ? ['\r\n', '\n'] : [recordTerminator];
  return ends.find((end) => text.startsWith(end, at))?.length ?? 0;
}

/** Whether a field may end here; a carriage return alone ends it too, and is refused. */
function isEnd(text: string, at: number, format: CopyFormat, isLast: boolean): boolean {
  if (at === text.length || text.startsWith(format.delimiter, at)) return true;
  if (!isLast) return false;
  const isReturn = text.charAt(at) === '\r' && format.recordTerminator === '' && !format.lineEndsInFields;
  return isReturn || recordEndAt(text, at, format) > 0;
}

interface ReadField {
  readonly value: string;
  /** What is compared with the null marker. */
  readonly raw: string;
  readonly isQuoted: boolean;
  readonly end: number;
}

function readField(text: string, start: number, format: CopyFormat, isLast: boolean): ReadField | ReferenceProblem {
  return format.quote !== '' && text.startsWith(format.quote, start)
    ? readQuoted(text, start, format, isLast)
    : readUnquoted(text, start, format, isLast);
}

function readUnquoted(text: string, start: number, format: CopyFormat, isLast: boolean): ReadField | ReferenceProblem {
  let value = '';
  let at = start;
  for (; !isEnd(text, at, format, isLast); at++) {
    if (format.backslash !== 'Escapes' || text.charAt(at) !== '\\') value += text.charAt(at);
    else {
      at++;
      if (at >= text.length) return 'UnterminatedQuote';
      value += ESCAPED[text.charAt(at)] ?? text.charAt(at);
    }
  }
  return { value, raw: text.slice(start, at), isQuoted: false, end: at };
}

function readQuoted(text: string, start: number, format: CopyFormat, isLast: boolean): ReadField | ReferenceProblem {
  const { quote, escape, backslash } = format;
  const isMysql = backslash === 'Escapes';
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const [character, next] = [text.charAt(at), text.charAt(at + 1)];
    if (character === escape && escape !== quote) {
      const escapes = isMysql || next === quote || next === escape;
      if (escapes) at++;
      value += escapes ? (isMysql ? (ESCAPED[next] ?? next) : next) : character;
    } else if (character !== quote) value += character;
    else if (next === quote && (escape === quote || isMysql)) {
      value += quote;
      at++;
    } else if (isEnd(text, at + 1, format, isLast)) {
      return { value, raw: text.slice(start + 1, at), isQuoted: true, end: at + 1 };
    } else return 'TextBehindQuote';
  }
  return 'UnterminatedQuote';
}
