import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../crds/contract/errors.ts';
import { parseHeader } from '../../../job-runner/plan/header.ts';
import { REFERENCE } from '../copy/plans.ts';
import { readRecords } from '../copy/reference-reader.ts';
import { format } from './fixtures.ts';
import { fuzz } from '../../fuzz.ts';

describe('parseHeader', () => {
  it('splits at the delimiter and folds to lower case', () => {
    assert.deepEqual(parseHeader('User_ID|EMAIL|Straße', format), ['user_id', 'email', 'straße']);
  });

  it('removes quotes, keeps delimiters inside them and undoubles them', () => {
    assert.deepEqual(parseHeader('`a|b`|`c``d`|e', format), ['a|b', 'c`d', 'e']);
  });

  it('understands a separate escape character', () => {
    const escaping = { ...format, delimiter: ',', quote: '"', escape: '\\' };
    assert.deepEqual(parseHeader('"a\\"b","c\\\\d","e\\f"', escaping), ['a"b', 'c\\d', 'e\\f']);
  });

  it('keeps quotes where nothing is quoted', () => {
    assert.deepEqual(parseHeader('`a`|"b"', { ...format, quote: '' }), ['`a`', '"b"']);
  });

  it('ignores a carriage return', () => {
    assert.deepEqual(parseHeader('a|b\r', format), ['a', 'b']);
  });

  it('keeps line ends inside quotes', () => {
    assert.deepEqual(parseHeader('`a\rb`|c', format), ['a\rb', 'c']);
  });

  it('keeps blanks, reserved words and injection attempts as odd names', () => {
    const names = ['select', ' a b ', 'x"; drop table users; --', "it's"];
    assert.deepEqual(parseHeader(names.join('|'), format), names);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a||b', 'EmptyColumnName', /^column 2 of the header has no name/],
    ['a|b|', 'EmptyColumnName', /^the header ends with a delimiter .* set spec\.format\.trailingDelimiter to true/],
    ['`a`x|b', 'TextBehindQuote', /^field 1 of the header has text behind its closing quote/],
    ['', 'EmptyColumnName', /empty line/],
    ['a|`b', 'UnclosedQuote', /not closed/],
    ['Name|b|NAME', 'DuplicateColumn', /^columns 1 and 3 .* name /],
    ['a|b\0', 'ColumnName', /NUL/],
    ['a|b\r1|x\r2|y', 'CarriageReturn', /must end in LF or CRLF/],
    ['a|b\r\r', 'CarriageReturn', /must end in LF or CRLF/],
  ];
  for (const [line, code, message] of refused) {
    it(`refuses ${JSON.stringify(line)} as ${code}`, () => {
      assert.throws(
        () => parseHeader(line, format),
        (error) =>
          error instanceof DataError && error.code === code && message.test(error.message) && error.location.line === 1,
      );
    });
  }

  it('leaves out the delimiter at the line end, where every line has one', () => {
    assert.deepEqual(parseHeader('a|b|\r', { ...format, trailingDelimiter: true }), ['a', 'b']);
  });

  it('keeps a quote that does not open a name', () => {
    assert.deepEqual(parseHeader('7` tablet|b`c`', format), ['7` tablet', 'b`c`']);
  });

  it('reads any line as records are read', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', '`', '\\', '|', '"'), minLength: 1, maxLength: 12 });
    const property = fc.property(line, fc.constantFrom('`', '\\'), (text, escape) => {
      const records = readRecords(text, { ...REFERENCE, escape, nullMarker: '\0' });
      const expected = Array.isArray(records) ? (records[0] ?? []) : records;
      if (typeof expected === 'string') {
        const code = expected === 'UnterminatedQuote' ? 'UnclosedQuote' : expected;
        assert.throws(() => parseHeader(text, { ...format, escape }), { code });
      } else if (!expected.includes('') && new Set(expected).size === expected.length)
        assert.deepEqual(parseHeader(text, { ...format, escape }), expected);
    });
    fc.assert(property, fuzz(20240229, 3000));
  });
});
