import { Ajv } from 'ajv';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { generateDefinitions, generateTypes } from '../../../crds/contract/generate.ts';
import {
  openApiSchemaOf,
  readCustomResourceDefinition,
  RESOURCE_KINDS,
  tightenSchema,
} from '../../../crds/contract/schema.ts';

const committed = (name: string) => readFileSync(new URL(`../../../crds/contract/${name}`, import.meta.url), 'utf8');

it('the TypeScript types are those of the CRDs: after a change run `npm run generate`', async () => {
  assert.equal(committed('generated.ts'), await generateTypes());
});

it('the JSON that the programs read is that of the CRDs: after a change run `npm run generate`', () => {
  assert.equal(committed('generated.json'), generateDefinitions());
});

it('the tightened schemas of the CRDs are JSON Schema', () => {
  const ajv = new Ajv();
  for (const kind of RESOURCE_KINDS) {
    const schema = tightenSchema(openApiSchemaOf(readCustomResourceDefinition(kind)));
    assert.equal(ajv.validateSchema(schema), true, ajv.errorsText());
  }
});
