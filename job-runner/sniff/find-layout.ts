import { areQuotesProven } from './quote-evidence.ts';
import { splitRecords, type Layout, type SampleField } from './records.ts';

/** A layout, and how well the records of the sample fit it. */
export interface FoundLayout {
  readonly layout: Layout;
  readonly records: readonly (readonly SampleField[])[];
  /** How many of them have as many fields as the table has columns. */
  readonly fitting: number;
  /** Each record ends with a delimiter. */
  readonly trailingDelimiter: boolean;
}

/** As much of the sample as is tried with each layout. */
const TRIED_CHARACTERS = 65_536;
/** Characters that no exporter separates fields by: letters, digits, blanks, quotes and what numbers and escapes have. */
const SEPARATORS = /[^\p{L}\p{N}\s"'`.\\+-][^\p{L}\p{N}\s"'`.\\-]{0,3}|\+[^\p{L}\p{N}\s"'`.\\-]{1,3}|\t/gu;
const MAX_SEPARATORS = 12;
const QUOTES = ['`', '"', "'"];

/**
 * The layout with which most records have the right number of fields. `text` begins at a record, and has a character for each byte. `likely` is
 * that of another table of the dump, which mostly saves the search.
 */
export function findLayout(text: string, columns: number, likely?: Layout): FoundLayout | undefined {
  const sample = text.slice(0, TRIED_CHARACTERS);
  const known = likely && tryLayout(sample, likely, columns);
  if (known !== undefined && explainsAll(sample, known)) return known;
  let best: FoundLayout | undefined;
  let bestScore = 0;
  for (const layout of layouts(sample, columns)) {
    const found = tryLayout(sample, layout, columns);
    const score = scoreOf(found);
    if (score <= bestScore) continue;
    best = found;
    bestScore = score;
  }
  return best;
}

/** Whether each record fits, and nothing looks like a quote of another layout. */
function explainsAll(sample: string, { layout, records, fitting, trailingDelimiter }: FoundLayout): boolean {
  if (fitting === 0 || fitting < records.length || trailingDelimiter || layout.lineEndsInFields) return false;
  const { quote, delimiter } = layout;
  if (quote !== '') return areQuotesProven(records, layout);
  return !QUOTES.some((other) => opensField(sample, delimiter, other));
}

function* layouts(sample: string, columns: number): Generator<Layout> {
  const delimiters = columns === 1 ? [''] : candidates(sample);
  const escapes = sample.includes('\\') ? ['', '\\'] : [''];
  for (const terminator of terminators(sample)) {
    for (const delimiter of delimiters) {
      // A delimiter at the end of each line, which is tried by itself.
      if (delimiter !== '' && terminator.trimEnd() === delimiter) continue;
      const quotes = QUOTES.filter((quote) => opensField(sample, delimiter, quote));
      for (const quote of ['', ...quotes])
        for (const escape of escapes)
          for (const lineEndsInFields of quote === '' && escape === '' && delimiter !== '' ? [false, true] : [false])
            yield { delimiter, terminator, quote, escape, lineEndsInFields };
    }
  }
}

/** Texts that may separate fields, the most frequent first, of those that begin alike the longer one first. */
function candidates(sample: string): string[] {
  const counts = new Map<string, number>();
  for (const [found] of sample.slice(0, TRIED_CHARACTERS / 4).matchAll(SEPARATORS)) {
    // A part of a run may be the separator, and the rest empty fields or values.
    for (let length = 1; length <= found.length; length++) {
      const part = found.slice(0, length);
      if (part !== '+') counts.set(part, (counts.get(part) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([one, a], [other, b]) => b - a || other.length - one.length)
    .slice(0, MAX_SEPARATORS)
    .map(([separator]) => separator);
}

/** A text of punctuation that ends most lines belongs to what ends a record. */
function terminators(sample: string): string[] {
  const [, punctuation = ''] = /([^\p{L}\p{N}\s"'`\\]{1,3})\r?\n/u.exec(sample) ?? [];
  if (punctuation === '') return [''];
  const lines = sample.split('\n').length - 1;
  const ends = ['\n', '\r\n'].map((end) => punctuation + end);
  return ['', ...ends.filter((end) => (sample.split(end).length - 1) * 2 > lines)];
}

function opensField(sample: string, delimiter: string, quote: string): boolean {
  return (
    sample.startsWith(quote) ||
    sample.includes(`\n${quote}`) ||
    (delimiter !== '' && sample.includes(delimiter + quote))
  );
}

function tryLayout(sample: string, layout: Layout, columns: number): FoundLayout {
  const all = splitRecords(sample, layout, columns);
  const records = all.filter((fields) => columns === 1 || fields.length > 1 || fields[0]?.text !== '');
  const readable = records.filter((fields) => !fields.some(({ isBroken }) => isBroken));
  const withTrailing = readable.filter((fields) => fields.length === columns + 1 && fields.at(-1)?.text === '').length;
  const exact = readable.filter((fields) => fields.length === columns).length;
  const trailingDelimiter = withTrailing > exact;
  return {
    layout,
    records: trailingDelimiter ? records.map((fields) => fields.slice(0, -1)) : records,
    fitting: Math.max(withTrailing, exact),
    trailingDelimiter,
  };
}

/** The share that fits decides; of equal ones what explains more of the text: quotes, longer separators, and no line ends within fields. */
function scoreOf({ layout, records, fitting, trailingDelimiter }: FoundLayout): number {
  if (fitting === 0) return 0;
  const fields = records.flat();
  const hasQuotes = layout.quote !== '';
  if (hasQuotes && !fields.some(({ isQuoted }) => isQuoted)) return 0;
  return (
    fitting / records.length +
    (hasQuotes ? (areQuotesProven(records, layout) ? 0.02 : -0.005) : 0) +
    layout.delimiter.length * 0.003 +
    (layout.terminator === '' ? 0 : 0.004) -
    (layout.escape === '' ? 0 : 0.002) -
    (layout.lineEndsInFields ? 0.01 : 0) -
    (trailingDelimiter ? 0.001 : 0) -
    0.2 / fitting
  );
}
