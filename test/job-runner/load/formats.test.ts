import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { load } from './load-scene.ts';

interface Format {
  readonly format: string;
  /** Each character is a byte. */
  readonly text: string;
  readonly rows: readonly (string | null)[][];
  /** For a file without a header. */
  readonly columns?: readonly string[];
}

const HEADER = 'a|b\n';

/** Formats that a manifest can name, each with the values that it makes hard. */
const FORMATS: Readonly<Record<string, Format>> = {
  'the default: back-ticks, pipes and the word NULL': {
    format: '',
    text: `${HEADER}NULL|\`NULL\`\n|\`\`\n\`a|b\`|\`a\nb\`\n\`\`\`q\`\`\`|\\N\n\`\\.\`|\\\\\nx|\xe9\n`,
    rows: [
      [null, 'NULL'],
      ['', ''],
      ['a|b', 'a\nb'],
      ['`q`', '\\N'],
      ['\\.', '\\\\'],
      ['x', 'é'],
    ],
  },
  'commas, quotes and an escape of its own': {
    format: `delimiter: ',', quote: '"', escape: '\\', nullMarker: nil, encoding: UTF8`,
    text: 'a,b\n"say \\"hi\\"","back\\\\slash"\n"a\\b","c,d"\nnil,"nil"\n\xc3\xa9,"\xe2\x82\xac"\n',
    rows: [
      ['say "hi"', 'back\\slash'],
      ['a\\b', 'c,d'],
      [null, 'nil'],
      ['é', '€'],
    ],
  },
  "MySQL's, where all is quoted and the null marker, too": {
    format: `preset: mysql-outfile, header: true, delimiter: ',', quote: '"', quotedNull: true`,
    text: 'a,b\n"\\N","N"\n"\\\\N",\\N\n"","x\\\ny"\n',
    rows: [
      [null, 'N'],
      ['\\N', null],
      ['', 'x\ny'],
    ],
  },
  'each record with a delimiter at its end': {
    format: `trailingDelimiter: true`,
    text: `${HEADER}x||\ny|\`\`|\nz|w|\n`,
    rows: [
      ['x', ''],
      ['y', ''],
      ['z', 'w'],
    ],
  },
  'NULL as nothing': {
    format: `nullMarker: ''`,
    text: `${HEADER}|\`\`\n\`x\ny\`|z\n`,
    rows: [
      [null, ''],
      ['x\ny', 'z'],
    ],
  },
  'NULL as nothing, tabs, and nothing quoted': {
    format: `delimiter: "\\t", quote: '', nullMarker: ''`,
    text: 'a\tb\n\t`x`\n\\.\t\u0001"\n',
    rows: [
      [null, '`x`'],
      ['\\.', '\u0001"'],
    ],
  },
  'a delimiter of two characters, also in the header': {
    format: `delimiter: '+|', quote: '', nullMarker: ''`,
    text: 'a+|b\n+|x|y+z\r\n||+|+\n',
    rows: [
      [null, 'x|y+z'],
      ['||', '+'],
    ],
  },
  "bcp's, with terminators of its own, line ends in a field and the empty string": {
    format: `header: false, delimiter: '+|', recordTerminator: "&|\\n", quote: '', nullMarker: '', lineEndsInFields: true, nulIsEmpty: true`,
    text: 'x\ny+|&&|\n\0+|&|\n+|\0&|\n&|\n+|z&|\n',
    columns: ['a', 'b'],
    rows: [
      ['x\ny', '&'],
      ['', null],
      [null, ''],
      ['&|\n', 'z'],
    ],
  },
  'NULL as \\N, and nothing quoted': {
    format: `delimiter: ';', quote: '', escape: '', nullMarker: '\\N'`,
    text: 'a;b\n\\N;\\\\N\n\\n;"\n',
    rows: [
      [null, '\\\\N'],
      ['\\n', '"'],
    ],
  },
  'NULL as \\N, with quotes': {
    format: `delimiter: ',', quote: '"', nullMarker: '\\N'`,
    text: 'a,b\n\\N,"\\N"\n,"x\ny"\n',
    rows: [
      [null, '\\N'],
      ['', 'x\ny'],
    ],
  },
  'a null marker that begins with the escape': {
    format: `quote: '"', escape: '#', nullMarker: '#N'`,
    text: `${HEADER}#N|"#N"\n"##N"|x\n`,
    rows: [
      [null, '#N'],
      ['#N', 'x'],
    ],
  },
  'a byte order mark and no header': {
    format: 'header: false, encoding: UTF8',
    text: '\xef\xbb\xbfa|1\n\xef\xbb\xbfb|2\n',
    rows: [
      ['a', '1'],
      ['\ufeffb', '2'],
    ],
  },
  'no header': {
    format: 'header: false',
    text: 'NULL|1\n`2`|3\n',
    rows: [
      [null, '1'],
      ['2', '3'],
    ],
  },
  'line ends of CRLF, in values as well': {
    format: '',
    text: 'a|b\r\nNULL|`x\r\ny`\r\n`p\nq`|`r\rs`\r\n',
    rows: [
      [null, 'x\r\ny'],
      ['p\nq', 'r\rs'],
    ],
  },
  'CRLF and NULL as nothing': {
    format: `nullMarker: ''`,
    text: 'a|b\r\n`x\r\ny`|\r\n',
    rows: [['x\r\ny', null]],
  },
  'a last record without a line end': {
    format: '',
    text: `${HEADER}1|2\n3|NULL`,
    rows: [
      ['1', '2'],
      ['3', null],
    ],
  },
  'a last record without a line end, quoted': {
    format: `nullMarker: ''`,
    text: `${HEADER}1|2\n3|\`x\``,
    rows: [
      ['1', '2'],
      ['3', 'x'],
    ],
  },
  'a header alone': { format: '', text: HEADER, rows: [] },
  'a header alone, without a line end': { format: '', text: 'a|b', rows: [] },
  'no header and no data': { format: 'header: false', text: '', rows: [] },
  'a header with quotes, upper case and a byte order mark': {
    format: 'encoding: UTF8',
    text: '\xef\xbb\xbf`A`|B\n1|2\n',
    rows: [['1', '2']],
  },
  WIN1252: { format: 'encoding: WIN1252', text: `${HEADER}\x80|\x84x\x93\n`, rows: [['€', '„x“']] },
  // U+30BD is 83 5C, whose second byte is a backslash; U+7A0D is 8D 60, whose second byte is a back-tick; U+7C 83 7C is a katakana.
  'SJIS, where the second byte of a character may be a quote or a delimiter': {
    format: 'encoding: SJIS',
    text: `${HEADER}\`\x83\x5c\x8d\x60|\x83\x7c\`|\x8d\x60\n\x83\x7c|\`\xb1\n\`\n`,
    rows: [
      ['ソ港|ポ', '港'],
      ['ポ', 'ｱ\n'],
    ].map((row) => row.map((value) => value.replaceAll('港', sjis(0x8d, 0x60)))),
  },
  'GB18030, whose characters have up to four bytes': {
    format: 'encoding: GB18030',
    text: `${HEADER}\`\x81\x30\x81\x30\n\x81\x60\`|\x81\x7c\n1|2\n`,
    rows: [
      ['\u0080\n' + gb18030(0x81, 0x60), gb18030(0x81, 0x7c)],
      ['1', '2'],
    ],
  },
};

function sjis(...bytes: number[]): string {
  return new TextDecoder('shift_jis').decode(Uint8Array.from(bytes));
}

function gb18030(...bytes: number[]): string {
  return new TextDecoder('gb18030').decode(Uint8Array.from(bytes));
}

/** A type of texts that no runner writes in COPY's binary format. */
const NOT_FOR_BINARY = 'bpchar';

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable of other formats on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);

    await database.query(`CREATE TABLE rides (a text, b ${NOT_FOR_BINARY}); CREATE TABLE lines (a ${NOT_FOR_BINARY})`);

    for (const [title, { format, text, rows }] of Object.entries(FORMATS)) {
      for (const streams of [1, 2]) {
        for (const [way, mother] of Object.entries({
          'in binary, if it can go so': undefined,
          'in text': 'rides',
        })) {
          test(`loads ${title} with every value as it was, ${way} (streams: ${streams})`, async () => {
            await database.query('DROP TABLE IF EXISTS v1_rides');
            const spec = `format: { ${format} }\nloading: { streamsPerTable: ${streams} }`;
            const columns = { a: 'varchar', b: 'varchar' };
            const result = await load(database, { text, columns, mother, spec });
            assert.deepEqual([result.rows, result.bytes], [rows.length, text.length]);
            const found = await database.query(
              'SELECT a, b FROM v1_rides ORDER BY array_position($1::text[], a), ctid',
              [rows.map(([a]) => a)],
            );
            assert.deepEqual(
              found.map(({ a, b }) => [a, b]),
              rows,
            );
          });
        }
      }
    }

    for (const [format, mother, spec] of [
      ['binary', undefined, `format: { nullMarker: '' }`],
      ['text', 'lines', ''],
      ['text, of SJIS', 'lines', 'format: { encoding: SJIS }'],
    ] as const) {
      test(`loads a line of \\. as a value in ${format}`, async () => {
        const text = 'a\none\n\\.\ntwo\n';
        await database.query('DROP TABLE IF EXISTS v3_rides');
        assert.equal((await load(database, { columns: { a: 'varchar' }, mother, version: 'v3', text, spec })).rows, 3);
        assert.deepEqual(await database.query('SELECT a FROM v3_rides'), [{ a: 'one' }, { a: '\\.' }, { a: 'two' }]);
      });
    }
  });
}
