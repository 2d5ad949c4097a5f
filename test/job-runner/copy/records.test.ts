import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CharacterMask } from '../../../job-runner/copy/character-mask.ts';
import { RecordScanner, type RecordRules } from '../../../job-runner/copy/records.ts';

const byteOf = (character: string) => character.charCodeAt(0);
const RULES: Readonly<Record<string, RecordRules>> = {
  'doubled quotes': { quote: byteOf('`'), escape: byteOf('`') },
  'an escape of its own': { quote: byteOf('"'), escape: byteOf('\\') },
  'no quotes': { quote: -1, escape: -1 },
};

/** Any bytes, most of them such as mean something. */
const bytes = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...'`"\\\n\r'.split('').map(byteOf)) },
      fc.integer({ min: 0, max: 255 }),
    ),
    {
      maxLength: 200,
    },
  )
  .map((list) => Uint8Array.from(list));
const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 });

function chunksOf(input: Uint8Array, lengths: readonly number[]): { start: number; chunk: Uint8Array }[] {
  const chunks = [];
  for (let start = 0, index = 0; start < input.length; index++) {
    // A chunk of nothing now and then, but not for ever.
    const length = index > 1000 ? input.length : (lengths[index % lengths.length] ?? 1);
    chunks.push({ start, chunk: input.subarray(start, start + length) });
    start += length;
  }
  return chunks;
}

/** CopyReadLineText of PostgreSQL's copyfromparse.c, a byte at a time: the offsets after the records' ends. */
function recordEnds(input: Uint8Array, { quote, escape }: RecordRules): { ends: number[]; inQuotes: boolean } {
  const escapeCharacter = escape === quote ? -1 : escape;
  const ends: number[] = [];
  let [inQuotes, lastWasEscape] = [false, false];
  for (const [index, c] of input.entries()) {
    if (inQuotes && c === escapeCharacter) lastWasEscape = !lastWasEscape;
    if (c === quote && !lastWasEscape) inQuotes = !inQuotes;
    if (c !== escapeCharacter) lastWasEscape = false;
    if (c === 0x0a && !inQuotes) ends.push(index + 1);
  }
  return { ends, inQuotes };
}

describe('RecordScanner', () => {
  for (const [title, rules] of Object.entries(RULES)) {
    it(`finds the ends of records as PostgreSQL does, whatever the bytes and the chunks (${title})`, () => {
      fc.assert(
        fc.property(bytes, cuts, (input, lengths) => {
          const { ends, inQuotes } = recordEnds(input, rules);
          const scanner = new RecordScanner(rules);
          for (const { start, chunk } of chunksOf(input, lengths)) {
            const last = ends.findLast((end) => end > start && end <= start + chunk.length);
            assert.equal(scanner.scan(chunk), last === undefined ? 0 : last - start);
          }
          assert.equal(scanner.records, ends.length);
          assert.equal(scanner.lines, input.filter((byte) => byte === 0x0a).length);
          assert.equal(scanner.inQuotes, inQuotes);
        }),
        { seed: 5, numRuns: 5000 },
      );
    });
  }
});

/** Characters of the encoding, among them multibyte ones that contain a back-tick, pipe, backslash or digit. */
const CHARACTERS: Readonly<Record<string, readonly string[]>> = {
  SJIS: ['\x83\x5c', '\x8d\x60', '\x83\x7c', '\xb1', '\xe0\x60', '\xfc\x40'],
  BIG5: ['\xa4\x60', '\xa5\x5c', '\xa4\x7c'],
  GBK: ['\x81\x60', '\x81\x7c', '\xfe\x5c'],
  UHC: ['\x81\x61', '\xb0\xa1'],
  JOHAB: ['\x88\x61', '\x8f\xa1\x60', '\x88\x7c'],
  GB18030: ['\x81\x30\x81\x30', '\x81\x60', '\x90\x30\x81\x39', '\x81\x7c', '\xfe\x39\xfe\x39'],
};

describe('CharacterMask', () => {
  for (const [encoding, characters] of Object.entries(CHARACTERS)) {
    it(`hides the multibyte characters of ${encoding} and no others, whatever the chunks`, () => {
      const pieces = fc.array(fc.constantFrom(...characters, '`', '|', '\n', 'a', '0', '\\'), { maxLength: 60 });
      fc.assert(
        fc.property(pieces, cuts, (list, lengths) => {
          const mask = new CharacterMask(encoding);
          const chunks = chunksOf(Buffer.from(list.join(''), 'latin1'), lengths);
          const masked = Buffer.concat(chunks.map(({ chunk }) => mask.mask(chunk))).toString('latin1');
          // eslint-disable-next-line no-control-regex -- ASCII is meant
          const ascii = (text: string) => text.replaceAll(/[^\x00-\x7f]/g, '');
          assert.equal(
            ascii(masked),
            list
              .filter((character) => character.length === 1)
              .join('')
              .replaceAll('\xb1', ''),
          );
          assert.equal(masked.length, list.join('').length);
        }),
        { seed: 3, numRuns: 1000 },
      );
    });
  }

  it('returns the chunk itself where no character needs a mask', () => {
    const chunk = Buffer.from('\x83\x60', 'latin1');
    for (const encoding of ['LATIN1', 'UTF8', 'EUC_JP', 'WIN1252'])
      assert.equal(new CharacterMask(encoding).mask(chunk), chunk);
  });

  it('accepts all names of the encodings', () => {
    for (const encoding of [
      'sjis',
      'Shift_JIS',
      'shift-jis-2004',
      'mskanji',
      'win932',
      'Windows936',
      'gb18030',
      'win950',
      'UHC',
      'johab',
    ]) {
      assert.equal(new CharacterMask(encoding).mask(Buffer.from([0x8f, 0x60]))[1], 0x80, encoding);
    }
  });
});
