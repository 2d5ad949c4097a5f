import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { integerColumns } from '../../../job-runner/plan/integer-keys.ts';
import type { TableKey } from '../../../job-runner/plan/key-question.ts';

const TYPES = new Map([
  ['id', 'integer'],
  ['Big', 'bigint'],
  ['name', 'text'],
  ['lower(name)', 'integer'],
]);

const key = (definitions: readonly string[], nullsAreEqual = false): TableKey => ({
  ...{ name: 'key', predicate: null, nullsAreEqual },
  parts: definitions.map((definition) => ({
    ...{ definition, collation: null, operator: '=', above: '>', nulls: 'NULLS FIRST' },
  })),
});

const CASES: Readonly<Record<string, readonly [readonly TableKey[], readonly string[] | undefined]>> = {
  'the integer of each key': [
    [key(['id']), key(['name', '"Big"'])],
    ['id', 'Big'],
  ],
  'a column whose name is in quotes': [[key(['"lower(name)"'])], ['lower(name)']],
  'nothing where a key has none': [[key(['id']), key(['name'])], undefined],
  'no expression': [[key(['(id + 1)'])], undefined],
  'no expression that is written like the name of a column': [[key(['lower(name)'])], undefined],
  'nothing where NULLs are equal': [[key(['id'], true)], undefined],
};

describe('integerColumns', () => {
  for (const [what, [keys, columns]] of Object.entries(CASES))
    it(`has ${what}`, () => {
      assert.deepEqual(integerColumns(keys, TYPES), columns);
    });
});
