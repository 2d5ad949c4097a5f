import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { convertAll, planOf, REFERENCE } from './plans.ts';

describe('the warnings of a DAT file', () => {
  it('say how many records end with CRLF where others end with LF', () => {
    const warningsOf = (file: string) =>
      convertAll(planOf({ a: 'text', b: 'text' }), 'text', Buffer.from(file), [3]).warnings;
    assert.match(warningsOf('a|b\r\nc|d\ne|f\r\n').join(), /^2 of 3 records end with CRLF, the others with LF/);
    for (const file of ['a|b\nc|d\n', 'a|b\r\nc|d\r\n', 'a|b\r\nc|d']) assert.deepEqual(warningsOf(file), [], file);
  });

  it('say what the bytes show of another encoding', () => {
    const warningsOf = (bytes: string, encoding = 'LATIN1', lengths = [1]) =>
      convertAll(planOf({ a: 'text' }, { ...REFERENCE, encoding }), 'text', Buffer.from(bytes, 'latin1'), lengths)
        .warnings;
    for (const lengths of [[1], [7], [100]]) {
      assert.match(
        warningsOf('5 \x80 \x96 ok\n\xe9\n', 'LATIN1', lengths).join(),
        /^2 bytes from 0x80 to 0x9F: set .* WIN1252/,
      );
      assert.match(
        warningsOf('caf\xc3\xa9 \xe2\x82\xac\n', 'WIN1252', lengths).join(),
        /is UTF-8, and was read as WIN1252/,
      );
    }
    for (const plain of ['abc\n', '\xe9\xe8 \xff\n', 'caf\xc3\xa9 \xe9\n'])
      assert.deepEqual(warningsOf(plain), [], plain);
    assert.deepEqual(warningsOf('caf\xc3\xa9\n', 'UTF8'), []);
    assert.match(warningsOf('\xe2\x82\xac\n', 'GBK').join(), /may be UTF-8 as well, and was read as GBK/);
    assert.deepEqual(warningsOf('\xd6\xd0\xce\xc4\n', 'GBK'), []);
  });

  it('say how many records begin with a byte order mark', () => {
    const warningsOf = (bytes: string, length: number) =>
      convertAll(planOf({ a: 'text' }, { ...REFERENCE, encoding: 'UTF8' }), 'text', Buffer.from(bytes), [length])
        .warnings;
    for (const length of [1, 2, 3, 4, 5, 100]) {
      assert.match(warningsOf('a\n\ufeffb\nc\n', length).join(), /^1 record begins with a byte order mark/);
      assert.match(
        warningsOf('\ufeffa\n\ufeffb\n\ufeffc\n', length).join(),
        /^3 records begin with .* remove the marks/,
      );
      assert.deepEqual(warningsOf('a\ufeff\nb \ufeff\n', length), []);
    }
  });
});
