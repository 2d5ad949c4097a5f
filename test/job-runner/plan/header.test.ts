import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../crds/contract/errors.ts';
import { parseHeader } from '../../../job-runner/plan/header.ts';
import { createTestDatabase } from '../../database.ts';
import { format } from './fixtures.ts';

describe('parseHeader', () => {
  it('splits at the delimiter and folds to lower case', () => {
    assert.deepEqual(parseHeader('User_ID|EMAIL|Straße', format), ['user_id', 'email', 'straße']);
  });

  it('removes quotes, keeps delimiters inside them and undoubles them', () => {
    assert.deepEqual(parseHeader('`a|b`|`c``d`|e', format), ['a|b', 'c`d', 'e']);
  });

  it('understands a separate escape character', () => {
    const escaping = { delimiter: ',', quote: '"', escape: '\\' };
    assert.deepEqual(parseHeader('"a\\"b","c\\\\d","e\\f"', escaping), ['a"b', 'c\\d', 'e\\f']);
  });

  it('keeps quotes where nothing is quoted', () => {
    assert.deepEqual(parseHeader('`a`|"b"', { delimiter: '|', quote: '' }), ['`a`', '"b"']);
  });

  it('ignores a byte order mark and a carriage return', () => {
    assert.deepEqual(parseHeader('\uFEFFa|b\r', format), ['a', 'b']);
    assert.deepEqual(parseHeader('\u00EF\u00BB\u00BFa|b', format), ['a', 'b']);
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
    ['a|b|', 'EmptyColumnName', /^column 3 .*ends in the delimiter/],
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

  it('reads any line as COPY does', async () => {
    const database = await createTestDatabase();
    await database.query('CREATE TABLE fields (a text, b text)');
    const { from } = await import('pg-copy-streams');
    const { pipeline } = await import('node:stream/promises');
    const field = fc.string({ unit: fc.constantFrom('a', 'b', '`', '\\', '|', '"'), minLength: 0, maxLength: 8 });
    const property = fc.asyncProperty(field, fc.constantFrom('`', '\\'), async (line, escape) => {
      let fields: string[] | undefined;
      try {
        fields = parseHeader(line, { delimiter: '|', quote: '`', escape });
      } catch (error) {
        if (!(error instanceof DataError) || error.code !== 'UnclosedQuote') return; // COPY takes empty and equal fields.
      }
      await database.query('TRUNCATE fields');
      const copy = database.client.query(
        from(`COPY fields FROM STDIN WITH (FORMAT csv, DELIMITER '|', QUOTE '\`', ESCAPE E'\\${escape}', NULL 'NULL')`),
      );
      const loaded = await pipeline([Buffer.from(`${line}\n`)], copy).then(
        () => true,
        (error: unknown) => String(error),
      );
      if (fields?.length === 2)
        assert.deepEqual(await database.query('SELECT a, b FROM fields'), [{ a: fields[0], b: fields[1] }]);
      else
        assert.match(
          String(loaded),
          fields === undefined ? /unterminated CSV quoted field/ : /missing data|extra data/,
        );
    });
    await fc.assert(property, { seed: 20240229, numRuns: 500 });
  });
});
