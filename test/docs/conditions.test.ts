import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { CONDITIONS_FILE, renderConditionsPage } from '../../docs/generate-conditions.ts';

it('docs/conditions.md is the output of docs/generate-conditions.ts', () => {
  assert.equal(readFileSync(CONDITIONS_FILE, 'utf8'), renderConditionsPage(), 'run `make generate`');
});
