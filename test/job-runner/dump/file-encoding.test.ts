import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { markOf, refuseOtherEncoding } from '../../../job-runner/dump/file-encoding.ts';

const utf16 = (text: string) => Buffer.from(text, 'utf16le');

/** What a file without a mark is refused for. */
function refusal(start: Buffer | string, encoding: string): string | undefined {
  try {
    refuseOtherEncoding(Buffer.from(start), encoding, {});
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the first bytes of a file', () => {
  it('are a byte order mark or not', () => {
    assert.deepEqual(markOf(Buffer.from('\ufeffa')), { encoding: 'UTF8', bytes: 3 });
    assert.deepEqual(markOf(utf16('\ufeffa')), { encoding: 'UTF16LE', bytes: 2 });
    assert.deepEqual(markOf(utf16('\ufeffa').swap16()), { encoding: 'UTF16BE', bytes: 2 });
    for (const start of ['', '\xef\xbb', 'a\ufeff']) assert.equal(markOf(Buffer.from(start, 'latin1')), undefined);
  });

  it('show that it is UTF-16', () => {
    for (const text of ['1\n', 'id|name\r\n1|Zoë\r\n', 'a|b\n東|京\n'.repeat(2)]) {
      assert.match(refusal(utf16(text), 'LATIN1') ?? '', /to UTF16LE$/, text);
      assert.match(refusal(utf16(text).swap16(), 'UTF16LE') ?? '', /to UTF16BE$/, text);
      assert.equal(refusal(utf16(text), 'utf-16'), undefined, text);
    }
  });

  it('show that it is UTF-32, with a mark or without', () => {
    const utf32 = (text: string) =>
      Buffer.concat(Array.from(text, (character) => Buffer.from(Uint32Array.of(character.codePointAt(0) ?? 0).buffer)));
    for (const text of ['1\n', 'id|name\r\n1|Zoë\r\n', 'a|😀\n', '\ufeff東|京\n'])
      for (const bytes of [utf32(text), utf32(text).swap32()])
        assert.match(refusal(bytes, 'UTF16LE') ?? '', /^the file is UTF-32 .* iconv/, text);
    // bcp's empty string is the first character behind the mark.
    for (const text of ['\0\r\n', '\0\t1\r\n2\t3\r\n', '\0|\t\r\n', '\0+|x&|\n'.repeat(2000)])
      assert.equal(refusal(Buffer.from(`\ufeff${text}`, 'utf16le'), 'UTF16LE'), undefined, JSON.stringify(text));
    // Of UTF-16 two characters are no number that UTF-32 has, or have no letter.
    for (const text of ['1\t2\t3\n', 'a\0\tb\t\0\t', '1\t\0\t\0\n2\t\0\t\0\n'])
      assert.equal(refusal(utf16(text), 'UTF16LE'), undefined, JSON.stringify(text));
  });

  it('do not show it by the NUL bytes that bcp writes for empty strings, or a few others', () => {
    for (const text of ['\0|\0|\0\n'.repeat(9), '1|\0|\0|\0\n', '\0|ab|\0\n', 'a|b\n\0a\n', '', '\0', 'é'])
      assert.equal(refusal(text, 'LATIN1'), undefined, JSON.stringify(text));
  });

  it('show that it is not UTF-16', () => {
    assert.match(refusal('id\n1\n', 'UTF16LE') ?? '', /line feeds of one byte, so it is not UTF16LE/);
    assert.match(refusal('größe\n', 'UTF16BE') ?? '', /not UTF16BE/);
    for (const text of ['東京', '東\n', '']) assert.equal(refusal(utf16(text), 'UTF16LE'), undefined, text);
  });
});
