import { RARE_QUOTES } from '../copy/foreign-quotes.ts';
import { areQuotesProven, areRareQuotesProven } from './quote-evidence.ts';
import { splitRecords, type Layout, type SampleField } from './records.ts';

/** A layout, and how well the records of the sample fit it. */
export interface FoundLayout {
  readonly layout: Layout;
  readonly records: readonly (readonly SampleField[])[];
  /** How many of them have as many fields as the table has columns. */
  readonly fitting: number;
  /** Each record ends with a delimiter. */
  readonly trailingDelimiter: boolean;
  /** Of a layout without a terminator of its own. */
  readonly lineEnd: '\n' | '\r\n';
}

/** As much of the sample as is tried with each layout. */
const TRIED_CHARACTERS = 65_536;
/** Characters that no exporter separates fields by: letters, digits, blanks, quotes and what numbers and escapes have. */
const SEPARATORS = /[^\p{L}\p{N}\s"'`.\\+-][^\p{L}\p{N}\s"'`.\\-]{0,3}|\+[^\p{L}\p{N}\s"'`.\\-]{1,3}|\t/gu;
const MAX_SEPARATORS = 12;
const QUOTES = ['`', '"', "'"];

/**
 * The layout with which most records have the right number of fields. `text` begins at a record, and has a character for each byte. `likely` are
 * those of other tables of the dump, which mostly save the search.
 */
export function findLayout(text: string, columns: number, likely: readonly Layout[] = []): FoundLayout | undefined {
  const sample = text.slice(0, TRIED_CHARACTERS);
  const isPossible = ({ escape }: Layout) => escape === '' || sample.includes(escape);
  for (const layout of likely.filter(isPossible)) {
    const known = tryLayout(sample, layout, columns);
    if (explainsAll(sample, known)) return known;
  }
  let best: FoundLayout | undefined;
  let bestScore = 0;
  for (const layout of layouts(sample, columns)) {
    const found = tryLayout(sample, layout, columns);
    const isKnown = likely.some(({ delimiter }) => delimiter === layout.delimiter);
    const score = scoreOf(found, isKnown);
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
  return quotesIn(sample, delimiter).length === 0;
}

function* layouts(sample: string, columns: number): Generator<Layout> {
  const delimiters = columns === 1 ? [''] : candidates(sample);
  const escapes = sample.includes('\\') ? ['', '\\'] : [''];
  for (const terminator of terminators(sample)) {
    for (const delimiter of delimiters) {
      // A delimiter at the end of each line, which is tried by itself.
      if (delimiter !== '' && terminator.trimEnd() === delimiter) continue;
      for (const quote of ['', ...quotesIn(sample, delimiter)])
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
    // A part of a run may be the separator, and the rest empty fields, quotes or values.
    for (let begin = 0; begin < found.length; begin++)
      for (let end = begin + 1; end <= found.length; end++) {
        const part = found.slice(begin, end);
        if (part !== '+') counts.set(part, (counts.get(part) ?? 0) + 1);
      }
  }
  return [...counts]
    .sort(([one, a], [other, b]) => b - a || other.length - one.length)
    .slice(0, MAX_SEPARATORS)
    .map(([separator]) => separator);
}

/** What ends records before the line feed. Not what ends values, such as the last character of a sentence, of JSON or of XML. */
const RECORD_END = /([|~^#@&$*;,%!=+]{2,3}|[|~^#@&;,])\r?\n/g;
const MAX_TERMINATORS = 2;

/** The most frequent ones; texts may have line ends of their own. */
function terminators(sample: string): string[] {
  const found = Map.groupBy(sample.matchAll(RECORD_END), ([end]) => end);
  return [
    '',
    ...[...found]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, MAX_TERMINATORS)
      .map(([end]) => end),
  ];
}

function quotesIn(sample: string, delimiter: string): string[] {
  const common = QUOTES.filter((quote) => opensField(sample, delimiter, quote));
  // As many fields must begin with the character as end with it.
  const isRare = (quote: string) => {
    if (delimiter.includes(quote) || !opensField(sample, delimiter, quote)) return false;
    const begin = countOf(sample, `\n${quote}`) + countOf(sample, delimiter + quote);
    const end = countOf(sample, `${quote}\n`) + countOf(sample, `${quote}\r\n`) + countOf(sample, quote + delimiter);
    // The sample may begin with one, and cut one off.
    return begin > 0 && Math.abs(begin - end) <= 1;
  };
  return [...common, ...RARE_QUOTES.filter(isRare)];
}

function countOf(sample: string, part: string): number {
  return sample.split(part).length - 1;
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
    lineEnd: all.some((fields) => fields.at(-1)?.recordEnd === '\n') ? '\n' : '\r\n',
  };
}

/** In times, dates, URLs. */
const WITHIN_VALUES = /^[:/=&?]$/;

/**
 * The share that fits decides; of equal ones what explains more of the text: quotes, longer separators, those of other tables, and no line ends within
 * fields.
 */
function scoreOf({ layout, records, fitting, trailingDelimiter }: FoundLayout, isKnown: boolean): number {
  if (fitting === 0) return 0;
  const fields = records.flat();
  const hasQuotes = layout.quote !== '';
  if (hasQuotes && !fields.some(({ isQuoted }) => isQuoted)) return 0;
  if (RARE_QUOTES.includes(layout.quote) && !areRareQuotesProven(records, layout)) return 0;
  return (
    fitting / records.length +
    (hasQuotes ? (areQuotesProven(records, layout) ? 0.02 : -0.005) : 0) +
    layout.delimiter.length * 0.003 +
    (isKnown ? 0.004 : 0) -
    (WITHIN_VALUES.test(layout.delimiter) ? 0.004 : 0) +
    (layout.terminator === '' ? 0 : 0.004) -
    (layout.escape === '' ? 0 : 0.002) -
    (layout.lineEndsInFields ? 0.01 : 0) -
    (trailingDelimiter ? 0.001 : 0) -
    0.2 / fitting
  );
}
