import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { generateTypes } from '../../../crds/contract/generate.ts';

it('the TypeScript types are those of the CRDs: after a change run `npm run generate`', async () => {
  const committed = readFileSync(new URL('../../../crds/contract/generated.ts', import.meta.url), 'utf8');
  assert.equal(committed, await generateTypes());
});
