import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findLayout } from '../../../job-runner/sniff/find-layout.ts';

function quoteOf(lines: readonly string[], columns = 2): string | undefined {
  return findLayout(lines.map((line) => `${line}\n`).join(''), columns)?.layout.quote;
}

describe('the quote of a file', () => {
  it('is that of values which would be read otherwise without it', () => {
    for (const value of ['"a,b"', '""', '" a"', '"a ""b"""'])
      assert.equal(quoteOf(['1,a', `2,${value}`, '3,b']), '"', value);
    assert.equal(quoteOf(['1\ta', '2\t"a\nb"', '3\tc']), '"');
  });

  it('is that of a column in which all values have it, NULL left out', () => {
    assert.equal(quoteOf(['1,"a"', '2,"b"', '3,', '4,"c"']), '"');
    assert.equal(quoteOf(['id|name', '1|`a`', '2|NULL', '3|`b`', '4|`c`']), '`');
    assert.equal(quoteOf(['1,"a"']), '"');
  });

  it('is not that of a text with quotes of its own', () => {
    for (const text of ['"Bob"', '`tick`', "'n'"]) {
      assert.equal(quoteOf(['1\tann', `2\t${text}`, '3\tcarl']), '', text);
      assert.equal(quoteOf([`1\t${text}`, '2\tann', `3\t${text}`, `4\t${text}`, '5\tcarl']), '', text);
    }
  });
});
