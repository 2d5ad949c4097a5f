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

  it('say how many records keep a carriage return where LF ends them', () => {
    const warningsOf = (file: string, lengths = [3]) =>
      convertAll(
        planOf({ a: 'integer', b: 'text' }, { ...REFERENCE, recordTerminator: '\n' }),
        'text',
        Buffer.from(file),
        lengths,
      ).warnings;
    for (const lengths of [[1], [3], [100]])
      assert.match(
        warningsOf('1|b\r\n2|d\r\n3|f\n', lengths).join(),
        /^2 of 3 records end with a carriage return, which was loaded .* set spec\.format\.recordTerminator to "\\r\\n"/,
      );
    // A text may end so by itself.
    for (const file of ['1|b\r\n2|d\n3|f\n', '1|b\n2|d\n', '1|`b\r`\n', ''])
      assert.deepEqual(warningsOf(file), [], file);
  });

  it('say how many records lose a backslash that escapes nothing', () => {
    const tabs = { ...REFERENCE, delimiter: '\t', quote: '', escape: '\\', nullMarker: '\\N' };
    for (const backslash of ['Escapes', 'EscapesLikeCopy'] as const)
      for (const format of ['text', 'binary'] as const)
        for (const lengths of [[1], [100]]) {
          const plan = planOf({ a: 'text', b: 'text' }, { ...tabs, backslash });
          const warningsOf = (file: string) => convertAll(plan, format, Buffer.from(file), lengths).warnings;
          assert.match(
            warningsOf('a\t^\\d{3}\\w$\nb\t\\\\d\nC:\\data\t\\N\n').join(),
            /^2 records were loaded without a backslash, .* set spec\.format\.escape to ''/,
          );
          assert.match(warningsOf('a\t\\/\n').join(), /^1 record was loaded without a backslash/);
          // What exporters write: of control characters, the delimiter, quotes, NULL and the backslash itself.
          const written = 'a\\\tb\\\nc\\td\\ne\\rf\\bg\\\\h\\\'i\\"\t\\N\n\\N\tx\n';
          assert.deepEqual(warningsOf(written), [], backslash);
        }
    const csv = { ...REFERENCE, delimiter: ',', quote: '"', escape: '\\', backslash: 'Escapes' } as const;
    const warnings = convertAll(planOf({ a: 'text' }, csv), 'text', Buffer.from('"a\\"b\\,c"\n"\\d"\n')).warnings;
    assert.match(warnings.join(), /^1 record was .* set spec\.format\.escape to the quote/);
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
