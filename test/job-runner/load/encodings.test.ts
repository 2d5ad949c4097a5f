import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CHUNK_BYTES } from '../../../job-runner/dump/unpacker.ts';
import { encodeText, highCharacters } from '../../../job-runner/plan/encoded-text.ts';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { COLUMNS, encodingsScene, UTF16LE, type Rows } from './encodings-scene.ts';
import { failureOf, load, type Scene } from './load-scene.ts';

const UTF16BE = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('latin1');
const UTF8 = (text: string) => Buffer.from(text).toString('latin1');

const TEXT = 'a|b\r\nZoë|`5 €\r\n|𝄞`\r\nNULL|東京\r\n';
const ROWS: Rows = [
  ['Zoë', '5 €\r\n|𝄞'],
  [null, '東京'],
];
const WITHOUT_HEADER = TEXT.replace('a|b\r\n', '');

/** Files that are read as their bytes say. */
const FILES: Readonly<Record<string, { format: string; text: string; warning?: RegExp }>> = {
  'UTF-16 with its mark, as of bcp -w': { format: 'encoding: UTF16LE', text: UTF16LE(`\ufeff${TEXT}`) },
  'UTF-16 without a mark': { format: 'encoding: UTF-16', text: UTF16LE(TEXT) },
  'UTF-16 of the other byte order': { format: 'encoding: utf16be', text: UTF16BE(TEXT) },
  'UTF-16 without a header': {
    format: 'header: false, encoding: utf-16le',
    text: UTF16LE(`\ufeff${WITHOUT_HEADER}`),
  },
  'a mark of UTF-16 over another encoding': {
    format: '',
    text: UTF16LE(`\ufeff${TEXT}`),
    warning: /^the file was read as UTF16LE.* not as LATIN1: set spec\.format\.encoding to UTF16LE$/,
  },
  'a mark of UTF-16BE over UTF16LE': {
    format: 'encoding: UTF16LE',
    text: UTF16BE(`\ufeff${TEXT}`),
    warning: /to UTF16BE$/,
  },
  'a mark of UTF-16BE, where the order is left open': { format: 'encoding: UTF16', text: UTF16BE(`\ufeff${TEXT}`) },
  'a mark of UTF-8': { format: 'encoding: unicode', text: UTF8(`\ufeff${TEXT}`) },
  'a mark of UTF-8 over another encoding': {
    format: 'encoding: WIN1252',
    text: UTF8(`\ufeff${TEXT}`),
    warning: /to UTF8$/,
  },
  'a mark of UTF-8 over UTF-16, without a header': {
    format: 'header: false, encoding: UTF16LE',
    text: UTF8(`\ufeff${WITHOUT_HEADER}`),
    warning: /to UTF8$/,
  },
};

/** Files that are refused, with the message that says why. */
const REFUSED: Readonly<Record<string, Scene & { code: string; line?: number; message: RegExp }>> = {
  'a file that looks like UTF-16': {
    text: UTF16LE('a|b\n1|2\n'),
    ...{ code: 'EncodingContradicted', message: /without a byte order mark: set spec\.format\.encoding to UTF16LE$/ },
  },
  'a file that looks like UTF-16BE': {
    text: UTF16BE('a|b\n1|2\n'),
    spec: 'format: { encoding: UTF8 }',
    ...{ code: 'EncodingContradicted', message: /set spec\.format\.encoding to UTF16BE$/ },
  },
  'UTF-16BE as UTF16LE': {
    text: UTF16BE('a|b\n1|2\n'),
    spec: 'format: { encoding: UTF16LE }',
    ...{ code: 'EncodingContradicted', message: /set spec\.format\.encoding to UTF16BE$/ },
  },
  'UTF-8 as UTF-16': {
    text: 'a\n1\n',
    spec: 'format: { encoding: UTF16LE, header: false }',
    ...{ code: 'EncodingContradicted', message: /so it is not UTF16LE: set spec\.format\.encoding/ },
  },
  'a high surrogate alone': {
    text: UTF16LE('\ufeffa|b\n1|2\n3|\ud834\n'),
    ...{ code: 'NotInEncoding', line: 3, message: /surrogate D834 lacks its other half: recreate the dump/ },
  },
  'a low surrogate alone': {
    text: UTF16BE('a|b\n\udd1e|2\n'),
    spec: 'format: { encoding: UTF16BE }',
    ...{ code: 'NotInEncoding', line: 2, message: /surrogate DD1E .*: check spec\.format\.encoding/ },
  },
  'a byte that the encoding does not have': {
    text: 'a|b\n1|2\n3|\x80 \x81\n',
    spec: 'format: { encoding: WIN1252 }',
    ...{ code: 'NotInEncoding', line: 3, message: /^the byte 0x81 is no character of WIN1252: check/ },
  },
  'a quoted byte that the encoding does not have': {
    text: 'a|b\n1|2\n3|`\x80 \x81`\n',
    mother: 'rides',
    spec: 'format: { encoding: WIN1252 }',
    ...{ code: 'NotInEncoding', line: 3, message: /^the byte 0x81 is no character of WIN1252: check/ },
  },
  'a byte that the encoding of its column does not have': {
    text: 'a|b\n1|\x81\n\x81|\x81\n',
    spec: 'format: { columnEncodings: { a: WIN1252 } }',
    ...{ code: 'NotInEncoding', line: 3, message: /^the byte 0x81 is no character of WIN1252: check/ },
  },
  'a header with a byte that the encoding does not have': {
    text: 'a|\xff\n1|2\n',
    spec: 'format: { encoding: ISO_8859_6 }',
    ...{ code: 'NotInEncoding', line: 1, message: /^the byte 0xFF is no character of ISO_8859_6/ },
  },
  'a header in another encoding': {
    text: 'a|gr\xf6\xdfe\n1|2\n',
    spec: 'format: { encoding: UTF8 }',
    ...{
      code: 'NotInEncoding',
      line: 1,
      message: /^the header has bytes that are not UTF8: set spec\.format\.encoding/,
    },
  },
  'a header with a NUL byte': {
    text: 'a|b\0\n1|2\n',
    spec: 'format: { encoding: UTF8 }',
    ...{ code: 'ColumnName', line: 1, message: /^column 2 of the header has a NUL character/ },
  },
  'a character that UTF-8 has no equivalent of': {
    text: 'a|b\n1|\xf0\x40\n',
    spec: 'format: { encoding: SJIS }',
    ...{ code: 'Sql22P05', line: 2, message: /: check spec\.format\.encoding, or change the value/ },
  },
  'half a code unit at the end': {
    text: `${UTF16LE('\ufeffa|b\n1|2\n')}3`,
    ...{ code: 'NotInEncoding', line: 3, message: /ends in the middle of a UTF-16 character/ },
  },
  'half a character at the end': {
    text: UTF16LE('\ufeffa|b\n1|\ud834'),
    ...{ code: 'NotInEncoding', line: 2, message: /ends in the middle of a UTF-16 character/ },
  },
};

/** All bytes from 0x80 on that are characters, in records of several lengths, quoted and not. */
function allCharacters(encoding: string): { text: string; rows: Rows } {
  const characters = Array.from(highCharacters(encoding) ?? '').filter((character) => character !== '\ufffd');
  const rows = characters.flatMap((character, index) => [
    [character, `${'x'.repeat(index % 20)}${character}\\\t${character.repeat(index % 5)}`],
    [characters.slice(index).join(''), characters.slice(0, index + 1).join('-')],
  ]);
  const records = rows.map(([a = '', b = ''], index) => (index % 3 === 0 ? `${a}|${b}\n` : `\`${a}\`|\`${b}\`\n`));
  return { text: encodeText(records.join(''), encoding)?.toString('latin1') ?? '', rows };
}

const SINGLE_BYTE = ['LATIN1', 'iso-8859-15', 'WIN1252', 'WIN1258', 'WIN874', 'KOI8U', 'CP437', 'CP850', 'macintosh'];

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable of files in other encodings on PostgreSQL ${version}`, async () => {
    const { database, loadAnew, loaded } = await encodingsScene(version);

    for (const [title, { format, text, warning }] of Object.entries(FILES)) {
      for (const [way, mother] of Object.entries({ binary: undefined, text: 'rides' })) {
        test(`reads ${title}, in ${way}`, async () => {
          const result = await loadAnew({ text, mother, spec: `format: { ${format} }` });
          assert.deepEqual(await loaded(), ROWS);
          const warnings = result.warnings.filter((each) => !each.includes('in the mother'));
          if (warning === undefined) assert.deepEqual(warnings, []);
          else assert.match(warnings.join('\n'), warning);
        });
      }
    }

    for (const encoding of SINGLE_BYTE) {
      for (const [way, mother] of Object.entries({ binary: undefined, text: 'rides' })) {
        test(`reads every character of ${encoding}, in ${way}`, async () => {
          const { text, rows } = allCharacters(encoding);
          await loadAnew({ text, mother, spec: `format: { header: false, encoding: ${encoding} }` });
          assert.deepEqual(await loaded(), rows);
        });
      }
    }

    test('reads header and null marker in the encoding of the file', async () => {
      const text = 'gr\xf6\xdfe|b\n\x96|\x96x\nz|`\x96`\n';
      const spec = 'format: { encoding: WIN1252, nullMarker: \u2013 }';
      await loadAnew({ text, columns: { größe: 'varchar', b: 'varchar' }, mother: undefined, spec });
      const rows = await database.query('SELECT größe, b FROM v1_rides ORDER BY ctid');
      assert.deepEqual(rows, [
        { größe: null, b: '–x' },
        { größe: 'z', b: '–' },
      ]);
    });

    test('keeps to the length of a column by characters', async () => {
      const spec = 'format: { encoding: WIN1252 }';
      const columns = { a: 'varchar(2)', b: 'varchar(2)' };
      await loadAnew({ text: 'a|b\n\x80\x80|`\x80\x80`\n', columns, mother: undefined, spec });
      assert.deepEqual(await loaded(), [['€€', '€€']]);
    });

    test('reads UTF-16 whose characters lie across the borders of chunks', async () => {
      const rows = Array.from({ length: 60_000 }, (_, index) => [`𝄞${index}`, '中€é'.repeat(index % 9)]);
      for (const filling of ['', 'x', 'xy', 'xyz']) {
        const text = UTF16LE(`\ufeffa|b\n${filling}|\n${rows.map((row) => `${row.join('|')}\n`).join('')}`);
        assert(text.length > 4 * CHUNK_BYTES);
        await loadAnew({ text, mother: undefined });
        assert.deepEqual(await loaded(), [[filling, ''], ...rows]);
      }
    });

    test('names line and record of a file in UTF-16', async () => {
      const text = UTF16LE('\ufeffride_id|rider\r\n1|Zoë\r\ntwo|€\r\n');
      await database.query('DROP TABLE IF EXISTS v1_rides');
      const failure = await failureOf(load(database, { text, mother: undefined }));
      assert.deepEqual([failure.line, failure.record], [3, 'two|€']);
    });

    test('refuses a null marker that the encoding cannot have', async () => {
      const scene = { text: 'a|b\n1|2\n', columns: COLUMNS, mother: undefined, spec: 'format: { nullMarker: \u2013 }' };
      const failure = await failureOf(load(database, scene));
      assert.deepEqual([failure.kind, failure.code], ['Manifest', 'NullMarkerNotInEncoding']);
    });

    for (const [title, { code, line, message, ...scene }] of Object.entries(REFUSED)) {
      test(`refuses ${title}`, async () => {
        await database.query('DROP TABLE IF EXISTS v1_rides');
        const failure = await failureOf(load(database, { columns: COLUMNS, mother: undefined, ...scene }));
        assert.deepEqual([failure.kind, failure.code, failure.line], ['Data', code, line]);
        assert.match(failure.message, message);
      });
    }
  });
}
