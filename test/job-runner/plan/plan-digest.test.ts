import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format, mother, plan, postgresql, schemaColumns } from './fixtures.ts';

describe("a plan's digest", () => {
  const users = mother('users', 'a integer');
  const { digest } = plan({ schemaColumns: schemaColumns('a int', 'b varchar'), mother: users });

  it('stays the same when the mother gains a column or the version table has another name', () => {
    const grown = mother('users', 'a integer', 'z text');
    const other = plan({
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: grown,
      versionTable: { schema: 's', name: 't' },
    });
    assert.equal(other.digest, digest);
  });

  const changes: Record<string, Parameters<typeof plan>[0]> = {
    'a type': { schemaColumns: schemaColumns('a int', 'b int'), mother: users },
    "the mother's type": { schemaColumns: schemaColumns('a int', 'b varchar'), mother: mother('users', 'a text') },
    'the order': { schemaColumns: schemaColumns('b varchar', 'a int'), mother: users },
    'a header in place of a first line of data': {
      header: ['a', 'b'],
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
    },
    'the delimiter': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      format: { ...format, delimiter: ',' },
    },
    'what surrounds the records, which may be a record': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      format: { ...format, frame: 'Sqlcmd' },
    },
    'a delimiter at the end of each record': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      format: { ...format, trailingDelimiter: true },
    },
    'the separator of decimals': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      format: { ...format, decimalSeparator: '.' },
    },
    'a source that has other values of the same types': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      typeMap: postgresql,
    },
    'the encoding': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      format: { ...format, encoding: 'LATIN1' },
    },
    'the encoding of a column': {
      schemaColumns: schemaColumns('a int', 'b varchar'),
      mother: users,
      format: { ...format, columnEncodings: { B: 'LATIN1' } },
    },
  };

  it('changes when the schema file gains a column that the header lacks, and not when the mother takes it over', () => {
    const input = { header: ['a', 'b'], schemaColumns: schemaColumns('a int', 'b varchar', 'new int'), mother: users };
    const { digest: grown } = plan(input);
    assert.notEqual(grown, plan({ ...input, schemaColumns: schemaColumns('a int', 'b varchar') }).digest);
    assert.notEqual(grown, plan({ ...input, schemaColumns: schemaColumns('a int', 'b varchar', 'other int') }).digest);
    assert.equal(grown, plan({ ...input, mother: mother('users', 'a integer', 'New integer') }).digest);
    assert.equal(grown, plan({ ...input, schemaColumns: schemaColumns('new int', 'b varchar', 'a int') }).digest);
  });

  it('changes where a backslash is data and no longer refused', () => {
    const input = { schemaColumns: schemaColumns('a int', 'b varchar'), mother: users };
    const refused = plan({ ...input, format: { ...format, quote: '', nullMarker: '\\N' } });
    const taken = plan({ ...input, format: { ...format, quote: '', nullMarker: '\\N', escape: '' } });
    assert.notEqual(refused.digest, taken.digest);
  });

  for (const [title, input] of Object.entries(changes)) {
    it(`changes with ${title}`, () => assert.notEqual(plan(input).digest, digest));
  }
});
