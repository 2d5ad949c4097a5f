import { DataError, shorten } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';

type HeaderFormat = Pick<Format, 'delimiter' | 'quote' | 'escape' | 'trailingDelimiter'>;

/**
 * The column names of a DAT file's first line, in lower case, by the rules of its records: a quote quotes only as the first character of a field,
 * and inside quotes only the escape and the quote have a meaning.
 */
export function parseHeader(line: string, format: HeaderFormat): string[] {
  const fields = splitRecord(line.replace(/\r$/, ''), format);
  if (format.trailingDelimiter && fields.at(-1) === '') fields.pop();
  const names = fields.map((name) => name.toLowerCase());
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

function splitRecord(line: string, { delimiter, quote, escape = quote }: HeaderFormat): string[] {
  const fields: string[] = [];
  for (let index = 0; index <= line.length;) {
    const { field, end } =
      quote !== '' && line.startsWith(quote, index)
        ? readQuoted(line, index + 1, { quote, escape })
        : readUnquoted(line, index, delimiter);
    if (end < line.length && !line.startsWith(delimiter, end)) {
      const message = `field ${fields.length + 1} of the header has text behind its closing quote (${quote}): check spec.format.quote, or fix the dump's header`;
      throw new DataError('TextBehindQuote', message, { line: 1 });
    }
    fields.push(field);
    index = end + delimiter.length;
  }
  return fields;
}

function readUnquoted(line: string, start: number, delimiter: string): { field: string; end: number } {
  const found = line.indexOf(delimiter, start);
  const end = found === -1 ? line.length : found;
  const field = line.slice(start, end);
  if (!field.includes('\r')) return { field, end };
  const message =
    'the header has a carriage return outside quotes: lines must end in LF or CRLF, so export the dump again with such line ends';
  throw new DataError('CarriageReturn', message, { line: 1 });
}

function readQuoted(
  line: string,
  start: number,
  { quote, escape }: { readonly quote: string; readonly escape: string },
): { field: string; end: number } {
  let field = '';
  for (let index = start; index < line.length; index++) {
    const [character, next] = [line.charAt(index), line.charAt(index + 1)];
    if (character === escape && next !== '' && (next === quote || next === escape)) {
      field += next;
      index++;
    } else if (character === quote) return { field, end: index + 1 };
    else field += character;
  }
  const message = `the header's last quote (${quote}) is not closed on the first line: check spec.format.quote, or fix the dump's header`;
  throw new DataError('UnclosedQuote', message, { line: 1 });
}

function emptyNameMessage(index: number, names: readonly string[], delimiter: string): string {
  if (names.length === 1)
    return 'the header is an empty line: fix the dump, or set spec.format.header to false if the file has no header';
  if (index === names.length - 1)
    return `the header ends with a delimiter (${delimiter}) at the line end: if every line does, set spec.format.trailingDelimiter to true, or fix the dump's header`;
  return `column ${index + 1} of the header has no name: fix the dump's header`;
}

function refuseDuplicates(names: string[]): string[] {
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const first = seen.get(name);
    if (first !== undefined) {
      const message = `columns ${first + 1} and ${index + 1} of the header are both named ${shorten(name)} (case is ignored): rename one`;
      const withoutValues = `columns ${first + 1} and ${index + 1} of the header have the same name (case is ignored): rename one`;
      throw new DataError('DuplicateColumn', message, { line: 1 }, { withoutValues });
    }
    seen.set(name, index);
  }
  return names;
}
