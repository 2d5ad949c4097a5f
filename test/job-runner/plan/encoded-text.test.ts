import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CODE_PAGES_FILE, renderCodePages } from '../../../job-runner/generate-code-pages.ts';
import { encodeText, findUndefinedByte, highCharacters, textDecoder } from '../../../job-runner/plan/encoded-text.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';

const LATIN = Array.from({ length: 10 }, (_, index) => `LATIN${index + 1}`);
const ISO = ['ISO_8859_5', 'ISO_8859_6', 'ISO_8859_7', 'ISO_8859_8'];
const WINDOWS = ['866', '874', '1250', '1251', '1252', '1253', '1254', '1255', '1256', '1257', '1258'];
/** The single-byte encodings that PostgreSQL has. */
const OF_POSTGRESQL = [...LATIN, ...ISO, 'KOI8R', 'KOI8U', ...WINDOWS.map((page) => `WIN${page}`)];

describe('the characters of single-byte encodings', () => {
  it("are iconv-lite's: after a change run `make generate`", () => {
    assert.equal(readFileSync(CODE_PAGES_FILE, 'utf8'), renderCodePages());
  });

  for (const version of SUPPORTED_VERSIONS) {
    it(`are those of PostgreSQL ${version}, for every byte`, async () => {
      const database = await createTestDatabase(version);
      for (const name of OF_POSTGRESQL) {
        const characters = highCharacters(name);
        assert(characters !== undefined, name);
        for (const [index, character] of Array.from(characters).entries()) {
          const byte = Buffer.from([0x80 + index]);
          const read = database.query('SELECT convert_from($1, $2) AS text', [byte, name]);
          if (character === '\ufffd')
            await assert.rejects(read, /invalid byte sequence|no equivalent/, `${name} ${index}`);
          else assert.deepEqual(await read, [{ text: character }], `${name} ${index}`);
        }
      }
    });

    it(`are found by the other names that PostgreSQL ${version} has for them`, async () => {
      const database = await createTestDatabase(version);
      for (const name of ['abc', 'alt', 'iso-8859-15', 'ISO88591', 'koi8', 'tcvn', 'vscii', 'win', 'Windows-1252']) {
        const [row] = await database.query('SELECT pg_encoding_to_char(pg_char_to_encoding($1)) AS name', [name]);
        assert.equal(highCharacters(name), highCharacters(row?.['name'] as string), name);
      }
    });
  }

  it('are known for code pages that PostgreSQL does not have', () => {
    const sample = Buffer.from([0x80, 0x9b, 0xd5, 0xe1]);
    const expected: Readonly<Record<string, string>> = {
      ...{ CP437: 'Ç¢╒ß', IBM850: 'Çøıß', 'cp-852': 'ÇŤŇß', CP858: 'Çø€ß', macintosh: 'Äõ’·', cp1252: '€›Õá' },
    };
    for (const [name, text] of Object.entries(expected)) assert.equal(textDecoder(name)(sample), text, name);
  });

  it('are those of Mac OS since it has the euro, as MySQL has them', () => {
    assert.equal(textDecoder('macroman')(Buffer.from([0xbd, 0xdb, 0xf0])), '\u03a9\u20ac\uf8ff');
  });

  it('are not there for other encodings', () => {
    for (const name of ['UTF8', 'UTF16LE', 'SQL_ASCII', 'EUC_JP', 'SJIS', 'WIN932', 'CP', 'constructor', '1252'])
      assert.equal(highCharacters(name), undefined, name);
  });
});

describe('a text', () => {
  it('comes back from its bytes', () => {
    for (const [encoding, text] of [
      ['WIN1252', 'a€Ÿé'],
      ['CP850', 'ıÇ─'],
      ['UTF8', 'a€𝄞'],
    ] as const)
      assert.equal(textDecoder(encoding)(encodeText(text, encoding) ?? Buffer.alloc(0)), text);
  });

  it('has no bytes in an encoding that lacks one of its characters', () => {
    assert.equal(encodeText('a€', 'LATIN1'), undefined);
    assert.equal(encodeText('\ufffd', 'WIN1252'), undefined);
    assert.equal(encodeText('𝄞', 'WIN1252'), undefined);
  });

  it('is not made of bytes that have no character', () => {
    assert.equal(findUndefinedByte(Buffer.from([0x41, 0x80, 0x81]), 'WIN1252'), 0x81);
    assert.equal(findUndefinedByte(Buffer.from([0x41, 0x80]), 'WIN1252'), undefined);
    assert.equal(findUndefinedByte(Buffer.from([0x81]), 'UTF8'), undefined);
  });
});
