/** What exporters put around a name, and how each has its closing character within it. */
const QUOTES: readonly (readonly [open: string, close: string])[] = [
  ['[', ']'],
  ['"', '"'],
  ['`', '`'],
  ["'", "'"],
];

/**
 * A column's name as the source database has it, in lower case: sqlcmd pads names with blanks, and scripts leave them in the brackets or quotes of
 * their SQL. The header and the schema file often differ in that.
 */
export function sourceColumnName(written: string): string {
  let name = written.trim();
  for (let quotes = quotesOf(name); quotes !== undefined; quotes = quotesOf(name)) {
    const [, close] = quotes;
    name = name
      .slice(1, -1)
      .replaceAll(close + close, close)
      .trim();
  }
  return comparableName(name);
}

/** A name as those of tables and columns are compared. */
export function comparableName(name: string): string {
  return name.toLowerCase().normalize('NFC');
}

function quotesOf(name: string): readonly [open: string, close: string] | undefined {
  return QUOTES.find(([open, close]) => {
    if (name.length < 2 || !name.startsWith(open) || !name.endsWith(close)) return false;
    // A closing character within the name is doubled; `"a"."b"` is not one name in quotes.
    return !name
      .slice(1, -1)
      .replaceAll(close + close, '')
      .includes(close);
  });
}
