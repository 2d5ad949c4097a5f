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

  it('may be any character that encloses all values of columns, and none of others', () => {
    const foods = ['~01001~^~0100~^~Butter, salted~^^6.38', '~01002~^~0100~^~Milk~^~Y~^', '~01003~^~0100~^~^~^^1'];
    const layoutOf = (lines: readonly string[], end: string) =>
      findLayout(lines.map((line) => line + end).join(''), 5)?.layout;
    for (const end of ['\n', '\r\n']) {
      const layout = layoutOf(foods, end);
      assert.deepEqual([layout?.delimiter, layout?.quote, layout?.terminator], ['^', '~', '']);
    }
    assert.equal(quoteOf(['%a%&%b%', '%c%&%d%', '%e%&%f%']), '%');
    assert.equal(quoteOf(['1,%a,b%', '2,%c%', '3,%d%']), '%');
  });

  it('is no such character where values have it themselves', () => {
    for (const [one, other] of [
      ['/1/', '/1/2/'],
      ['%a%', '%b%'],
      ['*', '**'],
    ])
      assert.equal(quoteOf([`1,${one}`, `2,${other}`, `3,${one}`]), '', one);
    assert.equal(quoteOf(['*a*|1', 'b|*2*', '*c|3*', '*d*|4']), '');
  });
});

describe('the delimiter of a file', () => {
  it('is found within what stands between values: quotes, and values of punctuation', () => {
    const text = ['~A~^~a~', '~B~^~b~', '~C~^~c~'].map((line) => `${line}\r\n`).join('');
    assert.equal(findLayout(text, 2)?.layout.delimiter, '^');
  });

  it('is that of another table where it explains every record, however rare it is', () => {
    const plain = { quote: '', escape: '', lineEndsInFields: false };
    const known = [
      { ...plain, delimiter: '\t', terminator: '' },
      { ...plain, delimiter: '+|', terminator: '&|\n' },
    ];
    const text = [1, 2, 3]
      .map((id) => `${id}+|<a href="http://x/${id}">\n${'<b>; </b>\n'.repeat(500)}</a>+|x&|\n`)
      .join('');
    assert.deepEqual(findLayout(text, 3, known)?.layout, known[1]);
  });
});

describe('the end of records', () => {
  const endOf = (value: string, end = '\n') =>
    findLayout([1, 2, 3].map((id) => `${id}\tx\t${value}${end}`).join(''), 3)?.layout.terminator;

  it('may be punctuation before the line feed, also where texts have line ends', () => {
    assert.equal(endOf('x', '&|\n'), '&|\n');
    assert.equal(endOf('x', '|\r\n'), '|\r\n');
    assert.equal(endOf('a;\nb;\nc', '&|\n'), '&|\n');
  });

  it('is not what all values of the last column end with', () => {
    for (const value of [
      '{"a":1}',
      '[1]',
      '<a>b</a>',
      '<b/>',
      'One. Two.',
      'No!',
      'Who?',
      '(c)',
      '50%',
      '"q"',
      '5 $',
      'a:',
    ])
      assert.equal(endOf(value), '', value);
  });
});
