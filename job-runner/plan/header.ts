import { DataError, shorten } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';

/** A UTF-8 byte order mark, decoded as UTF-8 or, byte by byte, as one of the Latin encodings. */
const BYTE_ORDER_MARK = /^(?:\uFEFF|\u00EF\u00BB\u00BF)/;

/**
 * The column names of a DAT file's first line, in lower case, by the rules of COPY's csv format: a quote may start anywhere in a field, and inside
 * quotes only the escape and the quote have a meaning. https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export function parseHeader(line: string, format: Pick<Format, 'delimiter' | 'quote' | 'escape'>): string[] {
  const names = splitRecord(line.replace(BYTE_ORDER_MARK, '').replace(/\r$/, ''), format).map((name) =>
    name.toLowerCase(),
  );
  for (const [index, name] of names.entries()) {
    if (name === '')
      throw new DataError('EmptyColumnName', emptyNameMessage(index, names, format.delimiter), { line: 1 });
    if (name.includes('\0')) {
      const message = `column ${index + 1} of the header has a NUL character in its name: fix the dump's header`;
      throw new DataError('ColumnName', message, { line: 1 });
    }
  }
  return refuseDuplicates(names);
}

function splitRecord(
  line: string,
  { delimiter, quote, escape = quote }: Pick<Format, 'delimiter' | 'quote' | 'escape'>,
): string[] {
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    const next = line.charAt(index + 1);
    if (isQuoted && character === escape && next !== '' && (next === quote || next === escape)) {
      field += next;
      index++;
    } else if (quote !== '' && character === quote) {
      isQuoted = !isQuoted;
    } else if (!isQuoted && character === '\r') {
      const message =
        'the header has a carriage return outside quotes: lines must end in LF or CRLF, so export the dump again with such line ends';
      throw new DataError('CarriageReturn', message, { line: 1 });
    } else if (!isQuoted && character === delimiter) {
      fields.push(field);
      field = '';
    } else {
      field += character;
    }
  }
  if (isQuoted) {
    const message = `the header's last quote (${quote}) is not closed on the first line: check spec.format.quote, or fix the dump's header`;
    throw new DataError('UnclosedQuote', message, { line: 1 });
  }
  return [...fields, field];
}

function emptyNameMessage(index: number, names: readonly string[], delimiter: string): string {
  if (names.length === 1)
    return 'the header is an empty line: fix the dump, or set spec.format.header to false if the file has no header';
  const hint = index === names.length - 1 ? ` (the line ends in the delimiter ${delimiter})` : '';
  return `column ${index + 1} of the header has no name${hint}: fix the dump's header`;
}

function refuseDuplicates(names: string[]): string[] {
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const first = seen.get(name);
    if (first !== undefined) {
      const message = `columns ${first + 1} and ${index + 1} of the header are both named ${shorten(name)} (case is ignored): rename one`;
      throw new DataError('DuplicateColumn', message, { line: 1, column: shorten(name) });
    }
    seen.set(name, index);
  }
  return names;
}
