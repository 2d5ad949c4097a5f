import type { Layout, SampleField } from './records.ts';

/** Words that stand for NULL without quotes where all values have them. */
const NULL_WORDS = new Set(['', 'NULL', 'null', '\\N', '(null)']);
/** Fewer may have their quotes by chance. */
const ENOUGH = 2;

/**
 * Whether the fields in quotes show that the exporter writes these: some would be read otherwise without them, or all values of a column have them. A
 * text such as "Bob" alone may have its quotes itself.
 */
export function areQuotesProven(records: readonly (readonly SampleField[])[], layout: Layout): boolean {
  return records.flat().some((field) => needsQuotes(field, layout)) || hasQuotedColumn(records);
}

/**
 * The same of a character that few exporters quote by: it must enclose all values of columns and none of others. Those of a single column may have it
 * themselves, unless it keeps a delimiter apart.
 */
export function areRareQuotesProven(records: readonly (readonly SampleField[])[], layout: Layout): boolean {
  const { delimiter } = layout;
  const keepsApart = ({ text, isQuoted }: SampleField) => isQuoted && delimiter !== '' && text.includes(delimiter);
  const { quoted, mixed } = countColumns(withoutHeader(records));
  return mixed === 0 && (quoted > 1 || (quoted === 1 && records.flat().some(keepsApart)));
}

/** Columns of which all values are quoted but those that may be NULL, and those of which some are. */
function countColumns(records: readonly (readonly SampleField[])[]): { quoted: number; mixed: number } {
  const count = { quoted: 0, mixed: 0 };
  for (const column of columnsOf(records)) {
    const values = column.filter(({ text, isQuoted }) => isQuoted || !NULL_WORDS.has(text));
    const quoted = values.filter(({ isQuoted }) => isQuoted).length;
    if (quoted > 0 && quoted < values.length) count.mixed++;
    else if (quoted >= ENOUGH) count.quoted++;
  }
  return count;
}

/** The first record may be a header without quotes. */
function withoutHeader<Record>(records: readonly Record[]): readonly Record[] {
  return records.length > 1 ? records.slice(1) : records;
}

function columnsOf(records: readonly (readonly SampleField[])[]): SampleField[][] {
  const columns = Math.max(0, ...records.map((fields) => fields.length));
  return Array.from({ length: columns }, (_, index) => records.flatMap((fields) => fields[index] ?? []));
}

function needsQuotes({ text, isQuoted }: SampleField, { delimiter, terminator, quote }: Layout): boolean {
  if (!isQuoted) return false;
  const special = [delimiter, terminator, quote, '\n', '\r'].filter((each) => each !== '');
  return text === '' || text !== text.trim() || special.some((each) => text.includes(each));
}

function hasQuotedColumn(records: readonly (readonly SampleField[])[]): boolean {
  const values = withoutHeader(records);
  return columnsOf(values).some((column) => {
    const quoted = column.filter(({ isQuoted }) => isQuoted).length;
    const areOthersNull = column.every(({ text, isQuoted }) => isQuoted || NULL_WORDS.has(text));
    return quoted >= Math.min(ENOUGH, values.length) && areOthersNull;
  });
}
