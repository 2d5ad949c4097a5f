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

function needsQuotes({ text, isQuoted }: SampleField, { delimiter, terminator, quote }: Layout): boolean {
  if (!isQuoted) return false;
  const special = [delimiter, terminator, quote, '\n', '\r'].filter((each) => each !== '');
  return text === '' || text !== text.trim() || special.some((each) => text.includes(each));
}

/** The first record may be a header without quotes. */
function hasQuotedColumn(records: readonly (readonly SampleField[])[]): boolean {
  const values = records.length > 1 ? records.slice(1) : records;
  const columns = Math.max(0, ...values.map((fields) => fields.length));
  return Array.from({ length: columns }, (_, index) => values.flatMap((fields) => fields[index] ?? [])).some(
    (column) => {
      const quoted = column.filter(({ isQuoted }) => isQuoted).length;
      const areOthersNull = column.every(({ text, isQuoted }) => isQuoted || NULL_WORDS.has(text));
      return quoted >= Math.min(ENOUGH, values.length) && areOthersNull;
    },
  );
}
