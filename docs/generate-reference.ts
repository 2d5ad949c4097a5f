/** Writes docs/reference.md from the CRDs: `node docs/generate-reference.ts`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  apiVersionOf,
  openApiSchemaOf,
  readCustomResourceDefinition,
  RESOURCE_KINDS,
  type JsonSchema,
  type ResourceKind,
} from '../crds/contract/schema.ts';

export const REFERENCE_FILE = join(import.meta.dirname, 'reference.md');

const HEADER = `<!-- Generated from crds/*.yaml by docs/generate-reference.ts. Do not edit. -->
# The resources, field by field

Fields without a default are optional unless marked as *required*. \`motherload validate -f FILE\` checks a manifest against this schema.
`;

export function renderReference(): string {
  return [HEADER, ...RESOURCE_KINDS.map(renderKind)].join('\n');
}

function renderKind(kind: ResourceKind): string {
  const definition = readCustomResourceDefinition(kind);
  const schema = openApiSchemaOf(definition);
  const { shortNames, plural } = definition.spec.names;
  const sections = ['spec', 'status'].map((part) => {
    const partSchema = schema.properties?.[part] ?? {};
    const rows = fieldRows(partSchema, part);
    const rules = [...new Set(rulesOf(partSchema))].map((rule) => `- ${rule}`);
    const checks = rules.length === 0 ? [] : ['', 'Further rules:', '', ...rules];
    const table = ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows];
    return [`### ${kind} ${part}`, '', partSchema.description ?? '', '', ...table, ...checks, ''].join('\n');
  });
  const title = `## ${kind} (\`kubectl get ${[...shortNames, plural].join('`, `')}\`)`;
  return [title, '', `\`apiVersion: ${apiVersionOf(definition)}\`. ${schema.description ?? ''}`, '', ...sections].join(
    '\n',
  );
}

function fieldRows(schema: JsonSchema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = `${path}.${name}`;
    const required = schema.required?.includes(name) === true;
    const row = [`\`${field}\``, typeOf(property), defaultOf(property, required), property.description ?? ''];
    const below = property.items === undefined ? fieldRows(property, field) : fieldRows(property.items, `${field}[]`);
    return [`| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`, ...below];
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (schema.items !== undefined)
    return `list of ${schema.items.properties === undefined ? typeOf(schema.items) : 'objects'}`;
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? '';
}

/** The default of a field; the default of an object follows from those of its fields. */
function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required) return '*required*';
  if (schema.default === undefined || schema.type === 'object') return '';
  return `\`\` ${JSON.stringify(schema.default)} \`\``;
}

function rulesOf(schema: JsonSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const { properties = {}, items, additionalProperties } = schema;
  const below = [...Object.values(properties), items, additionalProperties].filter((part) => typeof part === 'object');
  return [...own, ...below.flatMap(rulesOf)];
}

if (import.meta.main) writeFileSync(REFERENCE_FILE, renderReference());
