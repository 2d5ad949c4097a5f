import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AskedRow } from '../../../job-runner/plan/key-question.ts';
import { refusedKeys } from '../../../job-runner/plan/refused-keys.ts';

const match = (row: number, key: number, group: number, isTaken = false): AskedRow => ({
  ...{ row, rule: null, key, group, isTaken, text: `${key} of ${group}` },
});
const violation = (row: number, rule: number): AskedRow => ({ row, rule, key: null });

const CASES: Readonly<
  Record<string, readonly [readonly AskedRow[], readonly (readonly [row: number, key: number])[]]>
> = {
  'all but the first of a group': [
    [match(0, 0, 0), match(4, 0, 0), match(9, 0, 0)],
    [
      [4, 0],
      [9, 0],
    ],
  ],
  'each row whose key is in the table': [
    [match(3, 0, 3, true), match(5, 0, 3, true)],
    [
      [3, 0],
      [5, 0],
    ],
  ],
  'a row for the first of two keys that it has twice': [
    [match(0, 1, 0), match(1, 0, 1), match(2, 1, 0), match(2, 0, 1)],
    [[2, 0]],
  ],
  'no row for a key that only a refused row has': [
    // Row 1 has the first key of row 0, and the second key of row 2.
    [match(0, 0, 0), match(1, 0, 0), match(1, 1, 1), match(2, 1, 1)],
    [[1, 0]],
  ],
  'the row behind those, which has the key of the one that took it': [
    [match(1, 0, 1, true), match(1, 1, 1), match(2, 1, 1), match(3, 1, 1)],
    [
      [1, 0],
      [3, 1],
    ],
  ],
  'rows in their order, whatever the order of the answers': [
    [match(7, 0, 2), match(2, 0, 2), match(5, 0, 2)],
    [
      [5, 0],
      [7, 0],
    ],
  ],
  'groups of one key apart from those of another': [[match(0, 0, 0), match(1, 1, 0), match(2, 1, 0)], [[2, 1]]],
  'nothing of what violates a rule': [[violation(0, 2), match(1, 0, 1), match(2, 0, 1)], [[2, 0]]],
  'nothing where nothing was asked': [[], []],
};

describe('refusedKeys', () => {
  for (const [what, [asked, refused]] of Object.entries(CASES))
    it(`refuses ${what}`, () => {
      assert.deepEqual(
        Array.from(refusedKeys(asked), ([row, { key }]) => [row, key]),
        refused,
      );
    });
});
