import { mapType, type TypeMap } from '../plan/type-map.ts';
import { sourceColumnName } from '../plan/source-name.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import type { TableSchema } from '../dump/found-format.ts';
import { areEscaped } from '../copy/escapes-outside-quotes.ts';
import { withoutFooter } from '../dump/query-frame.ts';
import type { FoundEncoding } from './find-encoding.ts';
import { cutCopyEnd } from './copy-end.ts';
import type { Finding } from './finding.ts';
import { findLayout, type FoundLayout } from './find-layout.ts';
import { nullFindings } from './null-evidence.ts';
import type { Layout, SampleField } from './records.ts';

/** The first bytes of a table's DAT file, and what its schema file says. */
export interface TableSample {
  readonly table: string;
  readonly content: FoundEncoding;
  readonly columns: readonly SchemaColumn[];
  /** What the source's own tool says of the file. */
  readonly found?: TableSchema['found'];
}

type Records = readonly (readonly SampleField[])[];

/** What the sample shows; nothing where no layout fits the columns. Of the dialects, the one that knows more of the types. */
export function findFormat(
  { content, columns }: TableSample,
  dialects: readonly TypeMap[],
  likely?: readonly Layout[],
): { readonly findings: Finding[]; readonly layout?: Layout } {
  const { encoding, evidence = '' } = content;
  const { text, isCopy } = cutCopyEnd(content.text);
  const dialect = isCopy ? OF_COPY : findDialect(columns, dialects);
  const found = findLayout(withoutFooter(text), columns.length, likely);
  const encodings = encoding === undefined ? [] : [{ field: 'encoding', value: encoding, evidence } as const];
  if (found === undefined) return { findings: [...encodings, ...dialect, ...(isCopy ? ESCAPES_OF_COPY : [])] };
  const { isFramed, names, data } = divide(found.records, columns);
  const header = names !== undefined;
  const map = dialects.find((candidate) => candidate.dialect === dialect[0]?.value) ?? dialects[0];
  const byName = new Map(columns.map(({ name, sourceType }) => [sourceColumnName(name), sourceType]));
  const order = names ?? [...byName.keys()];
  const types = order.map((name) => (map === undefined ? 'text' : mapType(map, byName.get(name) ?? '').type));
  const findings: Finding[] = [
    ...layoutFindings(found, data, columns.length),
    ...(isCopy ? ESCAPES_OF_COPY : escapeFindings(found, data, text, dialect[0]?.value)),
    ...scopeFindings(found, data, dialect[0]?.value),
    {
      field: 'header',
      value: header,
      evidence: header ? 'the first line names the columns' : 'the first line has values',
    },
    ...frameFindings(isFramed, header),
    ...(isCopy ? [] : nullFindings(data, types)),
    ...valueFindings(data, types),
    ...encodings,
    ...dialect,
  ];
  return { findings, layout: found.layout };
}

const COPY_EVIDENCE = 'the last line is \\.';
const OF_COPY: Finding[] = [{ field: 'dialect', value: 'postgresql', evidence: COPY_EVIDENCE }];
const ESCAPES_OF_COPY: Finding[] = [
  { field: 'escape', value: '\\', evidence: COPY_EVIDENCE },
  { field: 'nullMarker', value: '\\N', evidence: COPY_EVIDENCE },
];

/** Without a header nothing shows that there is no frame. */
function frameFindings(isFramed: boolean, header: boolean): Finding[] {
  if (isFramed) return [{ field: 'frame', value: 'Sqlcmd', evidence: 'a line of dashes' }];
  return header ? [{ field: 'frame', value: 'None', evidence: 'no line of dashes' }] : [];
}

/** The names of the header, and sqlcmd's line of dashes, apart from the data. */
function divide(
  records: Records,
  columns: readonly SchemaColumn[],
): { isFramed: boolean; names: string[] | undefined; data: Records } {
  const known = new Set(columns.map(({ name }) => sourceColumnName(name)));
  const [first = [], second = []] = records;
  const names = first.map(({ text }) => sourceColumnName(text));
  const hasHeader = names.length > 0 && names.filter((name) => known.has(name)).length * 2 > names.length;
  const isFramed = hasHeader && second.length > 0 && second.every(({ text }) => /^-+$/.test(text));
  const data = records.slice(isFramed ? 2 : hasHeader ? 1 : 0);
  return {
    isFramed,
    names: hasHeader ? names : undefined,
    data: data.filter((fields) => fields.length === columns.length),
  };
}

function layoutFindings(
  { layout, records, fitting, trailingDelimiter, lineEnd }: FoundLayout,
  data: Records,
  columns: number,
): Finding[] {
  const { delimiter, terminator, quote, lineEndsInFields } = layout;
  const share = `${fitting} of ${records.length} records have ${columns} fields`;
  const fields = data.flat();
  const quoted = fields.filter(({ isQuoted }) => isQuoted).length;
  const findings: Finding[] = [];
  if (delimiter !== '') findings.push({ field: 'delimiter', value: delimiter, evidence: share });
  findings.push({
    field: 'recordTerminator',
    value: terminator === '' ? lineEnd : terminator,
    evidence: 'the end of each record',
  });
  findings.push({
    field: 'quote',
    value: quote,
    evidence: quote === '' ? 'no field is quoted' : `${quoted} of ${fields.length} fields are quoted`,
  });
  if (lineEndsInFields)
    findings.push({ field: 'lineEndsInFields', value: true, evidence: 'line ends within fields without quotes' });
  else if (quote !== '') findings.push({ field: 'lineEndsInFields', value: false, evidence: 'fields are quoted' });
  findings.push({
    field: 'trailingDelimiter',
    value: trailingDelimiter,
    evidence: `${trailingDelimiter ? 'each' : 'no'} record ends with the delimiter`,
  });
  if (fields.some(({ text: field }) => field === '\0'))
    findings.push({ field: 'nulIsEmpty', value: true, evidence: 'fields of one NUL byte' });
  return findings;
}

function escapeFindings(
  { layout: { delimiter, quote, escape } }: FoundLayout,
  data: Records,
  text: string,
  dialect: Finding['value'] | undefined,
): Finding[] {
  const isNullThere = data.flat().some(({ text: field, isQuoted }) => field === '\\N' && !isQuoted);
  if (escape !== '') return [{ field: 'escape', value: '\\', evidence: 'backslashes before special characters' }];
  if (quote !== '' && hasDoubledQuote(data, quote))
    return [{ field: 'escape', value: quote, evidence: 'doubled quotes' }];
  // Many tools that quote write NULL so, and double quotes.
  if (isNullThere && (quote === '' || dialect === 'mysql'))
    return [{ field: 'escape', value: '\\', evidence: 'NULL as MySQL writes it; a guess', isGuess: true }];
  if (quote !== '') return [];
  if (hasForeignEscape(text, delimiter))
    return [{ field: 'escape', value: '', evidence: 'backslashes before characters that no exporter escapes' }];
  if (delimiter !== '\t' || !hasLettersForEscapes(text)) return [];
  const evidence = 'backslashes only before n, t, 0 and backslashes, as mysql --batch writes them; a guess';
  return [{ field: 'escape', value: '\\', evidence, isGuess: true }];
}

/** Whether fields without quotes have escapes, where the dialect would have it otherwise. */
function scopeFindings(
  { layout: { delimiter, quote, escape } }: FoundLayout,
  data: Records,
  dialect: Finding['value'] | undefined,
): Finding[] {
  if (quote === '' || escape === '') return [];
  const fields = data.flat().flatMap(({ text, isQuoted }) => (isQuoted || text === '\\N' ? [] : [text]));
  if (dialect !== 'mysql')
    return areEscaped(fields, quote)
      ? [{ field: 'escapesOutsideQuotes', value: true, evidence: 'escapes in fields without quotes' }]
      : [];
  return fields.some((text) => hasForeignEscape(text, delimiter))
    ? [
        {
          field: 'escapesOutsideQuotes',
          value: false,
          evidence: 'backslashes that escape nothing in fields without quotes',
        },
      ]
    : [];
}

function hasDoubledQuote(data: Records, quote: string): boolean {
  return data.flat().some(({ text, isQuoted }) => isQuoted && text.includes(quote + quote));
}

/** As in C:\\data or \\d{3}: read as an escape, the backslash would be lost. */
function hasForeignEscape(text: string, delimiter: string): boolean {
  const followers = Array.from(text.matchAll(/\\([^])/g), ([, character = '']) => character);
  return followers.some((character) => !/[0bfnrtvxZN\\"'`\s]/.test(character) && !delimiter.startsWith(character));
}

/** What stands for a line feed, a tab, a NUL byte and a backslash where no other character is escaped. */
function hasLettersForEscapes(text: string): boolean {
  const escapes = text.match(/\\[^]?/g) ?? [];
  return escapes.length > 0 && escapes.every((escape) => /^\\[nt0\\]$/.test(escape));
}

function valueFindings(data: Records, types: readonly string[]): Finding[] {
  const ofType = (pattern: RegExp) =>
    data.flatMap((fields) => fields.filter((_, index) => pattern.test(types[index] ?? '')).map(({ text }) => text));
  const dates = ofType(/^(?:date|timestamp)/).flatMap((text) => {
    const [matched, one, other] = /^(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}/.exec(text) ?? [];
    return matched === undefined ? [] : [{ one: Number(one), other: Number(other) }];
  });
  const dayFirst = dates.filter(({ one }) => one > 12).length;
  const monthFirst = dates.filter(({ other }) => other > 12).length;
  const findings: Finding[] = [];
  if (dayFirst > 0 && monthFirst === 0)
    findings.push({ field: 'dateOrder', value: 'DMY', evidence: `${dayFirst} dates begin with a number above 12` });
  if (monthFirst > 0 && dayFirst === 0)
    findings.push({
      field: 'dateOrder',
      value: 'MDY',
      evidence: `${monthFirst} dates have a number above 12 in the middle`,
    });
  const commas = ofType(/^(?:numeric|real|double)/).filter((text) =>
    /^-?[\d.]*,\d{1,2}$|^-?[\d.]*,\d{4,}$/.test(text),
  ).length;
  if (commas > 0)
    findings.push({
      field: 'decimalSeparator',
      value: ',',
      evidence: `${commas} numbers have decimals behind a comma`,
    });
  return findings;
}

function findDialect(columns: readonly SchemaColumn[], dialects: readonly TypeMap[]): Finding[] {
  const known = dialects
    .map((map) => ({ map, count: columns.filter(({ sourceType }) => mapType(map, sourceType).known).length }))
    .sort((one, other) => other.count - one.count);
  const [best, next] = known;
  if (best === undefined || best.count === 0 || best.count === next?.count) return [];
  const evidence = `knows ${best.count} of the ${columns.length} types`;
  return [{ field: 'dialect', value: best.map.dialect, evidence }];
}
