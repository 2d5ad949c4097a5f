import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { parseTypeMap } from '../../../job-runner/plan/type-map.ts';
import type { Mother } from '../../../job-runner/plan/table-plan.ts';
import { mother, mssql, mysql, plan, schemaColumns } from './fixtures.ts';
import { checkAll } from './type-map-cases.ts';

describe('a type map of the user', () => {
  it('extends a built-in one and replaces its rules with the same pattern', () => {
    const map = parseTypeMap(
      'ours',
      'types: { "tinyint(1)": boolean, phone: "varchar(20)", "decimal(x, y)": numeric }',
      mysql,
    );
    checkAll(map, {
      'tinyint(1)': 'boolean',
      phone: 'varchar(20)',
      'decimal(10,2)': 'numeric',
      'decimal(5)': 'numeric(5)',
      int: 'integer',
    });
  });

  it('says which floating-point columns have numbers whose digits count in the source', () => {
    const types =
      '"decimal(p,s)": real, decimal: double precision, money: real, bigint: double precision, amount: real';
    const typeMap = parseTypeMap('ours', `types: { ${types} }`, mssql);
    const exactOf = (columns: string[], inherited?: Mother) =>
      plan({ schemaColumns: schemaColumns(...columns), typeMap, mother: inherited })
        .columns.filter(({ isExact }) => isExact)
        .map(({ name }) => name);
    const own = [
      'a decimal(6,2)',
      'b decimal(7,2)',
      'c decimal',
      'd money',
      'e bigint',
      'f amount',
      'g float',
      'h real',
    ];
    assert.deepEqual(exactOf(own), ['b', 'c', 'd', 'e']);
    const below = mother('users', ...['a', 'b', 'c'].map((name) => `${name} real`));
    assert.deepEqual(exactOf(['a smallint', 'b varchar(9)', 'c float'], below), ['b']);
  });

  it('has only its own rules if it extends nothing', () => {
    checkAll(parseTypeMap('ours', 'types: { number: numeric }'), { number: 'numeric', int: 'unknown text' });
  });

  it('prefers literals to ranges, ranges to names and names to a bare word', () => {
    const map = parseTypeMap(
      'ours',
      'types: { n: text, "n(p)": "numeric(p)", "n(1-9)": integer, "n(5)": boolean, "n(max)": bytea }',
    );
    checkAll(map, {
      n: 'text',
      'n(10)': 'numeric(10)',
      'n(4)': 'integer',
      'n(5)': 'boolean',
      'n(max)': 'bytea',
      'n(1,2)': 'text',
    });
  });

  const refused: Record<string, string> = {
    'a list': '[a, b]',
    'another key': 'types: {}\nrules: {}',
    'no types': 'types: text',
    'broken YAML': 'types: {',
    'a duplicate key': 'types: { a: text, a: date }',
    'a target that is a number': 'types: { a: 5 }',
    'a target with a statement': 'types: { a: "text); DROP TABLE users; --" }',
    'a target with a default': 'types: { a: "text default now" }',
    'a target with a constraint': 'types: { a: text primary key }',
    'a target with a quote': `types: { a: '"text"' }`,
    'a target with a comment': 'types: { a: text /**/ }',
    'a target that is a shorthand': 'types: { a: bigserial }',
    'a parameter that is not captured': 'types: { "a(p)": "numeric(p,s)" }',
    'parameters that PostgreSQL refuses': 'types: { a: "numeric(5000)" }',
    'a conversion of another type': 'types: { a: { type: text, conversion: hex } }',
    'an unknown conversion': 'types: { a: { type: bytea, conversion: base64 } }',
    'an unknown key of a type': 'types: { a: { type: bytea, convert: hex } }',
    'a pattern with two lists': 'types: { "a(p)(s)": text }',
    'too long a text': `types: { a: text } # ${'x'.repeat(300_000)}`,
    'too many types': `types: { ${Array.from({ length: 2001 }, (_, number) => `a${number}: text`).join(', ')} }`,
  };
  for (const [title, yaml] of Object.entries(refused)) {
    it(`is refused with ${title}`, () => {
      assert.throws(
        () => parseTypeMap('ours', yaml),
        (error) => error instanceof ManifestError && error.code === 'TypeMap' && error.message.includes('dialect ours'),
      );
    });
  }
});
