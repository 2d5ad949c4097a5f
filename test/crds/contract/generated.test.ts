import { Ajv } from 'ajv';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { generateTypes } from '../../../crds/contract/generate.ts';
import {
  openApiSchemaOf,
  readCustomResourceDefinition,
  RESOURCE_KINDS,
  tightenSchema,
} from '../../../crds/contract/schema.ts';

it('the TypeScript types are those of the CRDs: after a change run `npm run generate`', async () => {
  const committed = readFileSync(new URL('../../../crds/contract/generated.ts', import.meta.url), 'utf8');
  assert.equal(committed, await generateTypes());
});

it('the tightened schemas of the CRDs are JSON Schema', () => {
  const ajv = new Ajv();
  for (const kind of RESOURCE_KINDS) {
    const schema = tightenSchema(openApiSchemaOf(readCustomResourceDefinition(kind)));
    assert.equal(ajv.validateSchema(schema), true, ajv.errorsText());
  }
});
