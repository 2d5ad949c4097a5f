/**
 * CSV files that every reader of COPY's CSV is given, and COPY itself (readers.test.ts). What a format cannot express
 * is left out by its own test, not here: add a spelling once, and all readers are held to it.
 */
import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';
import { REFERENCE } from './spellings.ts';

export interface CorpusFile {
  readonly title: string;
  readonly format: CopyFormat;
  readonly columns: number;
  readonly bytes: Buffer;
}

/** Formats with characters of their own for everything, and the ones that real dumps have. */
const FORMATS: readonly CopyFormat[] = [
  REFERENCE,
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '' },
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: 'n', encoding: 'UTF8' },
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: '\\N', encoding: 'UTF8' },
  { ...REFERENCE, delimiter: '\t', quote: "'", escape: '#', nullMarker: '#N', encoding: 'WIN1252' },
  { ...REFERENCE, delimiter: ';', quote: '', escape: '', nullMarker: '\\N' },
  { ...REFERENCE, delimiter: '\t', quote: '', escape: '', nullMarker: '', encoding: 'UTF8' },
];

/**
 * Multibyte characters by their encoding, as bytes: such as contain a byte that is a back-tick, pipe, backslash, digit
 * or letter elsewhere.
 */
const MULTIBYTE: Readonly<Record<string, readonly string[]>> = {
  UTF8: ['\xc3\xa9', '\xe2\x82\xac', '\xf0\x9f\x90\x98'],
  EUC_JP: ['\xa4\xa2', '\x8e\xb1', '\x8f\xb0\xa1'],
  SJIS: ['\x83\x5c', '\x8d\x60', '\x83\x7c', '\xb1', '\xe0\x60', '\x95\x5c'],
  GB18030: ['\x81\x60', '\x81\x7c', '\x81\x5c', '\x81\x30\x84\x36', '\x90\x30\x81\x30', '\xb0\xa1'],
  GBK: ['\x81\x60', '\x81\x7c', '\x81\x5c', '\xb0\xa1'],
  BIG5: ['\xa4\x7c', '\xa5\x5c', '\xa4\x60'],
  UHC: ['\x81\x61', '\xb0\xa1'],
};

/**
 * Spellings of fields. `q`, `e`, `d` and `N` are the format's quote, escape, delimiter and null marker; `é` a character
 * beyond ASCII.
 */
function spellings({ quote: q, escape: e, delimiter: d, nullMarker: N, encoding }: CopyFormat, end: string): string[] {
  const é = encoding === 'UTF8' ? '\xc3\xa9' : '\xe9';
  const unquoted = ['', 'x', N, `${N}x`, `x${N}`, N.slice(0, -1), 'NULLS', 'a b', ' ', '\\', '\\N', '\\.x', 'x\\', é];
  const others = ['\x01', '\x1a', '\x7f', '"', "'", '`', '|', ',', ';', '\t', '#'].filter(
    (byte) => byte !== q && byte !== d && !(q === '' && byte === '\x01'),
  );
  const long = [15, 16, 17, 31, 32, 33, 64, 200].flatMap((length) => ['y'.repeat(length), é + 'z'.repeat(length)]);
  const plain = [...unquoted, ...others, ...long];
  if (q === '') return plain;
  const doubled = e + q;
  const quoted = [
    ...[
      '',
      N,
      `x${N}`,
      d,
      `${d}${d}x`,
      '\n',
      '\r\n',
      '\r',
      `a${end}b`,
      `${end}${end}`,
      '\\.',
      `${end}\\.${end}`,
      'a b',
    ],
    ...[doubled, doubled + doubled, `${doubled}${d}`, `x${doubled}y`, e + e, `${e}${e}${doubled}`, `y${d}${doubled}`],
    // An escape before any other character is a character itself.
    ...(e === q ? [] : [`${e}x`, `x${e}${d}`, `${e}${end}`, `${e}n`]),
    ...plain.filter((text) => !text.includes(q) && !text.includes(e)),
    ...[14, 15, 16, 17, 30, 31, 32].flatMap((length) => [
      `${'w'.repeat(length)}${doubled}`,
      `${'w'.repeat(length)}${d}`,
    ]),
  ].map((text) => q + text + q);
  // A quote may open and close anywhere within a field.
  const mixed = [`x${q}y${q}z`, `${q}x${q}y`, `x${q}y${q}`, `${q}${q}x`, `N${q}ULL${q}`, `${q}a${q}b${q}c${d}${q}`];
  const escapes = e === q ? [] : [e, `x${e}y`, `${e}${e}`].filter((text) => text !== N);
  return [...plain, ...quoted, ...mixed, ...escapes];
}

/** Each spelling as the first and as the last field of a record. */
function fileOf(format: CopyFormat, fields: readonly string[], end: string, lastEnd: string): Buffer {
  const records = fields.map(
    (field, index) => `${field}${format.delimiter}${fields[(index + 1) % fields.length] ?? ''}`,
  );
  return Buffer.from(records.join(end) + lastEnd, 'latin1');
}

function nameOf({ delimiter, quote, escape, nullMarker, encoding }: CopyFormat): string {
  return (
    [delimiter, quote, escape, nullMarker].map((text) => JSON.stringify(text).slice(1, -1)).join(' ') + ` ${encoding}`
  );
}

const BY_FORMAT = FORMATS.flatMap((format): CorpusFile[] => {
  const file = (title: string, end: string, lastEnd: string) => ({
    title: `${nameOf(format)}, ${title}`,
    format,
    columns: 2,
    bytes: fileOf(format, [...spellings(format, end), 'last'], end, lastEnd),
  });
  const files = [file('LF', '\n', '\n'), file('CRLF, the last line without', '\r\n', '')];
  return format === REFERENCE
    ? [...files, file('LF, the last line without', '\n', ''), file('CRLF', '\r\n', '\r\n')]
    : files;
});

const BY_ENCODING = Object.entries(MULTIBYTE).map(([encoding, characters]): CorpusFile => {
  const format = { ...REFERENCE, encoding };
  const fields = characters.flatMap((character) => [
    character,
    `\`${character}\``,
    `${character}x\`|${character}\`${character}`,
    `\`${character}\`\`${character}\n${character}\``,
    character.repeat(20),
    `\`${'a'.repeat(15)}${character.repeat(9)}|\``,
  ]);
  return {
    title: `multibyte characters of ${encoding}`,
    format,
    columns: 2,
    bytes: fileOf(format, fields, '\n', '\n'),
  };
});

/** Where a line may be empty. */
const ONE_COLUMN = ['\n', '\r\n'].map((end): CorpusFile => {
  const fields = ['x', '', '``', 'NULL', '`NULL`', '', '`a\nb`', '`\n`', '\\.x', '', ''];
  return {
    title: `one column, ${JSON.stringify(end)}`,
    format: REFERENCE,
    columns: 1,
    bytes: Buffer.from(fields.map((field) => field + end).join('')),
  };
});

/** Files that COPY loads. */
export const CORPUS: readonly CorpusFile[] = [
  ...BY_FORMAT,
  ...BY_ENCODING,
  ...ONE_COLUMN,
  { title: 'an empty file', format: REFERENCE, columns: 2, bytes: Buffer.alloc(0) },
];

/** Files that COPY refuses, as every reader must. */
export const REFUSED: readonly CorpusFile[] = Object.entries({
  'a carriage return outside quotes': 'a|b\nc\rd|e\n',
  'CRLF after LF': 'a|b\nc|d\r\n',
  'LF after CRLF': 'a|b\r\nc|d\n',
  'a quote that is not closed': 'a|b\nc|`d\n',
  'a quote that is not closed, at the end': 'a|b\nc|`',
  'a field too many': 'a|b\nc|d|e\n',
  'a field too few': 'a|b\nc\n',
  'an empty line': 'a|b\n\nc|d\n',
  NUL: 'a|b\nc|\0\n',
}).map(([title, text]) => ({ title, format: REFERENCE, columns: 2, bytes: Buffer.from(text, 'latin1') }));
