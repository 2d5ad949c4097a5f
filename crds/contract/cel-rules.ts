import { Environment } from '@marcbachmann/cel-js';
import { isQuantity } from './quantity.ts';
import type { JsonSchema } from './schema.ts';

/** A problem in a manifest: its path, and what is expected there. */
export interface ManifestProblem {
  readonly path: string;
  readonly message: string;
}

/** With the functions that the apiserver adds to CEL and the CRDs use. */
const environment = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
  'isQuantity(string): bool',
  isQuantity,
);

/**
 * The CEL rules of a schema that a value violates. Rules that compare with `oldSelf` apply only to updates, so a manifest in a file cannot
 * violate them; a test against an apiserver covers them.
 */
export function failedRules(schema: JsonSchema, value: unknown, path = ''): ManifestProblem[] {
  if (value === undefined || value === null) return [];
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => !/\boldSelf\b/.test(rule))
    .filter(({ rule }) => environment.evaluate(rule, { self: withIntegers(value) }) !== true)
    .map(({ message, fieldPath = '' }) => ({
      path: `${path}${fieldPath}`.replace(/^\./, '') || 'the document',
      message,
    }));
  return [...own, ...partsOf(schema, value, path).flatMap((part) => failedRules(part.schema, part.value, part.path))];
}

/** CEL distinguishes integers from doubles; the library represents integers as bigint. */
function withIntegers(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withIntegers(part)]));
}

interface Part {
  schema: JsonSchema;
  value: unknown;
  path: string;
}

function partsOf(schema: JsonSchema, value: unknown, path: string): Part[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.map((item: unknown, index) => ({ schema: items, value: item, path: `${path}[${index}]` }));
  }
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  const { properties = {}, additionalProperties } = schema;
  const schemas =
    typeof additionalProperties === 'object'
      ? Object.keys(fields).map((name) => [name, additionalProperties] as const)
      : Object.entries(properties);
  return schemas.map(([name, property]) => ({
    schema: property,
    value: fields[name],
    path: path === '' ? name : `${path}.${name}`,
  }));
}
