import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';

export type Field = string | null;

/** Why a file cannot be read. */
export type ReferenceProblem = 'TextBehindQuote' | 'UnterminatedQuote' | 'CarriageReturn';

const ESCAPED: Readonly<Record<string, string>> = { '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

/**
 * The rules of records once more, character by character and as plainly as they can be written, to hold WebAssembly to. The text is one in which
 * each character is one.
 */
export function readRecords(text: string, format: CopyFormat): Field[][] | ReferenceProblem {
  const { delimiter, nullMarker, quotedNull } = format;
  const records: Field[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: Field[] = [];
    for (;;) {
      const field = readField(text, at, format);
      if (typeof field === 'string') return field;
      const isNull = (field.isQuoted ? quotedNull : true) && field.raw === nullMarker;
      record.push(isNull ? null : field.value);
      at = field.end;
      if (!text.startsWith(delimiter, at)) break;
      at += delimiter.length;
    }
    records.push(record);
    if (text.startsWith('\r\n', at)) at += 2;
    else if (text.startsWith('\n', at)) at += 1;
    else if (at < text.length) return 'CarriageReturn';
  }
  return records;
}

interface ReadField {
  readonly value: string;
  /** What is compared with the null marker. */
  readonly raw: string;
  readonly isQuoted: boolean;
  readonly end: number;
}

function readField(text: string, start: number, format: CopyFormat): ReadField | ReferenceProblem {
  return format.quote !== '' && text.startsWith(format.quote, start)
    ? readQuoted(text, start, format)
    : readUnquoted(text, start, format);
}

function readUnquoted(text: string, start: number, { delimiter, backslash }: CopyFormat): ReadField | ReferenceProblem {
  let value = '';
  let at = start;
  for (; at < text.length && ![delimiter, '\n', '\r'].includes(text.charAt(at)); at++) {
    if (backslash !== 'Escapes' || text.charAt(at) !== '\\') value += text.charAt(at);
    else {
      at++;
      if (at >= text.length) return 'UnterminatedQuote';
      value += ESCAPED[text.charAt(at)] ?? text.charAt(at);
    }
  }
  return { value, raw: text.slice(start, at), isQuoted: false, end: at };
}

function readQuoted(text: string, start: number, format: CopyFormat): ReadField | ReferenceProblem {
  const { delimiter, quote, escape, backslash } = format;
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
    } else if (next === '' || next === delimiter || next === '\n' || next === '\r') {
      return { value, raw: value, isQuoted: true, end: at + 1 };
    } else return 'TextBehindQuote';
  }
  return 'UnterminatedQuote';
}
