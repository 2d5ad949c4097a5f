import { FileSample } from './file-sample.ts';

/**
 * Finds out whether a file escapes quotes and backslashes in fields without quotes, too, as Python writes them with an escapechar and without doubled
 * quotes. Most other writers escape within quotes only, so a backslash without them is data, and each value would have it.
 */
export class EscapesOutsideQuotes extends FileSample {
  get warnings(): string[] {
    const { quote, escape, backslash } = this.format;
    // Most files have none, and splitting the sample into fields takes longest.
    if (quote === '' || backslash !== 'IsData' || !this.sample.includes('\\')) return [];
    const fields = [...new Set(this.unquotedFields())];
    const isShown = escape === '\\' ? areEscaped : areQuotesEscaped;
    if (!isShown(fields, quote)) return [];
    const other = escape === '\\' ? '' : 'spec.format.escape to \\ and ';
    return [
      `fields without quotes have a backslash before each quote or backslash, as some tools escape them, and were loaded with it: if it is no part of the values, set ${other}spec.format.escapesOutsideQuotes to true and load the file again`,
    ];
  }
}

/** Whether fields without quotes show that the backslash is an escape in them, too. */
export function areEscaped(fields: readonly string[], quote: string): boolean {
  return areQuotesEscaped(fields, quote) || hasPairs(fields);
}

/** Whether there are quotes, all of them behind an odd number of backslashes. */
function areQuotesEscaped(fields: readonly string[], quote: string): boolean {
  const quoting = fields.filter((field) => field.includes(quote));
  return (
    quoting.length > 0 && quoting.every((field) => !withoutPairs(field).replaceAll(`\\${quote}`, '').includes(quote))
  );
}

/** Whether there are backslashes, all of them in pairs. Those of \\server, whose path has single ones, are none. */
function hasPairs(fields: readonly string[]): boolean {
  const escaped = fields.filter((field) => field.includes('\\'));
  return (
    escaped.some((field) => field.includes('\\\\', 1)) && escaped.every((field) => !withoutPairs(field).includes('\\'))
  );
}

function withoutPairs(field: string): string {
  return field.replaceAll('\\\\', '');
}
