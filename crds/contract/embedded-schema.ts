import type { JsonSchema } from './json-schema.ts';

/** Where a definition has this, the spec of a DumpIngestion belongs: it is written once, in crds/dumpingestion.yaml. */
const EMBEDDED_SPEC = 'dumpingestion.yaml#spec';

export function isEmbeddedSpec(schema: JsonSchema): boolean {
  return schema['$ref'] === EMBEDDED_SPEC;
}

/** The schema with the spec in place of each reference to it. */
export function embedSpec(schema: JsonSchema, spec: () => JsonSchema, path = ''): JsonSchema {
  if (isEmbeddedSpec(schema)) {
    const { description } = schema;
    return { ...templateOf(spec(), path), ...(description === undefined ? {} : { description }) };
  }
  if (schema.properties === undefined) return schema;
  const entries = Object.entries(schema.properties).map(([name, property]) => [
    name,
    embedSpec(property, spec, path === '' ? name : `${path}.${name}`),
  ]);
  return { ...schema, properties: Object.fromEntries(entries) as Record<string, JsonSchema> };
}

/**
 * A template may be changed at any time, so what is immutable in a DumpIngestion is not in a template, and rules speak of the template's fields.
 * Parts that occur several times in the original do so in the copy, which YAML can then write as aliases.
 */
function templateOf(spec: JsonSchema, path: string): JsonSchema {
  const copies = new Map<unknown, unknown>();
  const copy = (value: unknown, key = ''): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (!copies.has(value)) copies.set(value, copyOf(value, key));
    return copies.get(value);
  };
  const copyOf = (value: object, key: string): unknown => {
    if (key === 'x-kubernetes-validations') return rulesOf(value as Rules, path);
    if (Array.isArray(value)) return value.map((item) => copy(item));
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copy(part, name)]));
  };
  return copy(spec) as JsonSchema;
}

type Rules = NonNullable<JsonSchema['x-kubernetes-validations']>;

function rulesOf(rules: Rules, path: string): Rules {
  return rules
    .filter(({ rule }) => !/\boldSelf\b/.test(rule))
    .map((rule) => ({ ...rule, message: rule.message.replaceAll(/\bspec\.(?=[a-z])/g, `${path}.`) }));
}
