/** Files whose records every reader must read alike: add a spelling once, and all are held to it. */
import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';
import { REFERENCE } from './plans.ts';

export interface CorpusFile {
  readonly title: string;
  readonly format: CopyFormat;
  readonly columns: number;
  /** The bytes as characters. */
  readonly text: string;
  readonly bytes: Buffer;
}

/** Formats with characters of their own for everything, and the ones that real dumps have. */
const FORMATS: readonly CopyFormat[] = [
  REFERENCE,
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '' },
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: 'n' },
  { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', nullMarker: '\\N' },
  { ...REFERENCE, delimiter: '\t', quote: "'", escape: '#', nullMarker: '#N', encoding: 'LATIN9' },
  { ...REFERENCE, delimiter: ';', quote: '', escape: '', nullMarker: '\\N' },
  { ...REFERENCE, delimiter: '\t', quote: '', escape: '', nullMarker: '' },
];

/** Multibyte characters by their encoding, as bytes: such as contain a byte that is a back-tick, pipe, backslash, digit or letter elsewhere. */
export const MULTIBYTE: Readonly<Record<string, readonly string[]>> = {
  UTF8: ['\xc3\xa9', '\xe2\x82\xac', '\xf0\x9f\x90\x98'],
  EUC_JP: ['\xa4\xa2', '\x8e\xb1', '\x8f\xb0\xa1'],
  SJIS: ['\x83\x5c', '\x8d\x60', '\x83\x7c', '\xb1', '\xe0\x60', '\x95\x5c'],
  GB18030: ['\x81\x60', '\x81\x7c', '\x81\x5c', '\x81\x30\x84\x36', '\x90\x30\x81\x30', '\xb0\xa1'],
  GBK: ['\x81\x60', '\x81\x7c', '\x81\x5c', '\xb0\xa1'],
  BIG5: ['\xa4\x7c', '\xa5\x5c', '\xa4\x60'],
  UHC: ['\x81\x61', '\xb0\xa1'],
};

/** Spellings of fields. `q`, `e`, `d` and `N` are the format's quote, escape, delimiter and null marker; `é` a character beyond ASCII. */
function spellings({ quote: q, escape: e, delimiter: d, nullMarker: N }: CopyFormat, end: string): string[] {
  const é = '\xe9';
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
  // A quote that does not open a field is data.
  const mixed = [`x${q}y${q}z`, `x${q}y${q}`, `7${q}`, `N${q}ULL${q}`, `${N}${q}${q}`, ` ${q}x${q}`];
  const escapes = e === q ? [] : [e, `x${e}y`, `${e}${e}`].filter((text) => text !== N);
  return [...plain, ...quoted, ...mixed, ...escapes];
}

/** Each spelling as the first and as the last field of a record. */
function fileOf(format: CopyFormat, fields: readonly string[], end: string, lastEnd: string) {
  const records = fields.map(
    (field, index) => `${field}${format.delimiter}${fields[(index + 1) % fields.length] ?? ''}`,
  );
  const text = records.join(end) + lastEnd;
  return { text, bytes: Buffer.from(text, 'latin1') };
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
    ...fileOf(format, [...spellings(format, end), 'last'], end, lastEnd),
  });
  const files = [file('LF', '\n', '\n'), file('CRLF, the last line without', '\r\n', '')];
  return format === REFERENCE
    ? [...files, file('LF, the last line without', '\n', ''), file('CRLF', '\r\n', '\r\n')]
    : files;
});

/** Where a line may be empty. */
const ONE_COLUMN = ['\n', '\r\n'].map((end): CorpusFile => {
  const fields = ['x', '', '``', 'NULL', '`NULL`', '', '`a\nb`', '`\n`', '\\.x', '', ''];
  return {
    title: `one column, ${JSON.stringify(end)}`,
    format: REFERENCE,
    columns: 1,
    text: fields.map((field) => field + end).join(''),
    bytes: Buffer.from(fields.map((field) => field + end).join('')),
  };
});

const MIXED_ENDS = 'a|b\nc|d\r\n`e\n`|f\r\ng|h\n';

const BCP: CopyFormat = {
  ...REFERENCE,
  delimiter: '\t',
  quote: '',
  escape: '',
  nullMarker: '',
  lineEndsInFields: true,
};

/** Delimiters and terminators of several bytes, and values with parts of them. */
const LONG_ENDS = Object.entries({
  'a delimiter of two bytes': [{ ...REFERENCE, delimiter: '+|' }, 'a+|b\n+|\n`+|`+|+\r\n|+b+||+\n++|`x``+|y`\nNULL+|'],
  'a terminator of one byte': [
    {
      ...REFERENCE,
      delimiter: '|',
      recordTerminator: '\n',
      quote: '',
      escape: '\\',
      nullMarker: '\\N',
      backslash: 'Escapes',
    },
    'a\r|\\N\n\\|\\\n|\r\n|\r\r\n\\\\N|a text that is longer than a block \r\\n\nlast|one',
  ],
  'a terminator of one byte that is a letter': [
    { ...REFERENCE, delimiter: '|', recordTerminator: ';' },
    'a|b;`;`|`\n``|`;\r|\n;NULL|;|`;`',
  ],
  'a terminator that begins with the delimiter': [
    { ...REFERENCE, delimiter: '|', recordTerminator: '|\n' },
    'a|b|\n\n|c\n|\n`|\n`|`d`|\n\r\n|e\r|\n',
  ],
  'delimiter and terminator of several bytes': [
    { ...REFERENCE, delimiter: '+|', recordTerminator: '&|\n' },
    'a+|b&|\n&+|c\n\r&|&|\n+|&&|\n`&|\n`+|`+|`&|\nlast+|one',
  ],
  'escapes before them': [
    {
      ...REFERENCE,
      delimiter: '+|',
      recordTerminator: '\r\n',
      quote: '',
      escape: '\\',
      nullMarker: '\\N',
      backslash: 'Escapes',
    },
    'a\\+|b+|c\n\r\n\\N+|\\\r\n\r\n',
  ],
  "line ends in fields, as bcp's": [BCP, 'a\nb\tc\n\n\r\t\n\r\n\nx\t\ry\r\n\t\n'],
  'line ends in fields, and a terminator': [
    { ...BCP, delimiter: '+|', recordTerminator: '&|\n' },
    '&|\n+|a\n&|&|\nx&+|y&|\n',
  ],
} satisfies Readonly<Record<string, readonly [CopyFormat, string]>>).flatMap(([title, [format, text]]): CorpusFile[] =>
  // Where a character may have several bytes, fields are read in another way.
  [format.encoding, 'SJIS', 'GB18030'].map((encoding) => ({
    title: `${title}, ${encoding}`,
    format: { ...format, encoding },
    columns: 2,
    text,
    bytes: Buffer.from(text),
  })),
);

/** Files that are loaded. */
export const CORPUS: readonly CorpusFile[] = [
  ...LONG_ENDS,
  ...BY_FORMAT,
  ...ONE_COLUMN,
  { title: 'LF and CRLF', format: REFERENCE, columns: 2, text: MIXED_ENDS, bytes: Buffer.from(MIXED_ENDS) },
  { title: 'an empty file', format: REFERENCE, columns: 2, text: '', bytes: Buffer.alloc(0) },
];

/** Files whose second record is refused. */
export const REFUSED = Object.entries({
  'a carriage return outside quotes': {
    text: 'a|b\nc\rd|e\n',
    code: 'CarriageReturn',
    message: /^field 1 has a carriage return/,
  },
  'a carriage return in the last field': {
    text: 'a|b\nc|d\re\n',
    code: 'CarriageReturn',
    message: /^field 2 has a carriage return/,
  },
  'a quote that is not closed': {
    text: 'a|b\nc|`d\n',
    code: 'UnterminatedQuote',
    message: /ends within a quoted .* begins in this record/,
  },
  'a quote that is not closed, at the end': {
    text: 'a|b\nc|`',
    code: 'UnterminatedQuote',
    message: /spec\.format\.quote/,
  },
  'text behind a closing quote': {
    text: 'a|b\n`c`x|d\n',
    code: 'TextBehindQuote',
    message: /^field 1 has text behind its closing quote/,
  },
  'quotes within quotes that are not doubled': {
    text: 'a|b\nc|`7` tablet`\n',
    code: 'TextBehindQuote',
    message: /^field 2 has text/,
  },
  'a field too many': { text: 'a|b\nc|d|e\n', code: 'FieldCount', message: /has more fields than the 2 columns/ },
  'a delimiter at the line end': {
    text: 'a|b\nc|d|\r\n',
    code: 'FieldCount',
    message: /set spec\.format\.trailingDelimiter to true/,
  },
  'a field too few': { text: 'a|b\nc\n', code: 'FieldCount', message: /has 1 fields, and the table has 2 columns/ },
  'an empty line': { text: 'a|b\n\nc|d\n', code: 'FieldCount', message: /the table has 2 columns/ },
}).map(([title, refusal]) => ({ title, columns: 2, ...refusal }));
