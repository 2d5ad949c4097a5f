import assert from 'node:assert/strict';
import { compileSchema } from '../../../crds/contract/compile-schema.ts';
import {
  openApiSchemaOf,
  readCustomResourceDefinition,
  RESOURCE_KINDS,
  type ResourceKind,
} from '../../../crds/contract/schema.ts';

const VALIDATORS = Object.fromEntries(
  RESOURCE_KINDS.map((kind) => [
    kind,
    compileSchema(openApiSchemaOf(readCustomResourceDefinition(kind)).properties?.['status'] ?? {}),
  ]),
);

/** The apiserver rejects a status that does not match the schema, and drops fields that are not in it. */
export function checkStatus(kind: ResourceKind, status: object): void {
  const validate = VALIDATORS[kind];
  assert(validate?.(structuredClone(status)), JSON.stringify(validate?.errors));
}
