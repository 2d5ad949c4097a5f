/** Writes docs/reference.md from the CRDs: `node docs/generate-reference.ts`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isEmbeddedSpec } from '../crds/contract/embedded-schema.ts';
import { FORMAT_PRESETS, type PresetFields } from '../crds/contract/format-presets.ts';
import {
  apiVersionOf,
  dumpIngestionSchema,
  openApiSchemaOf,
  readDefinitionSource,
  RESOURCE_KINDS,
  type JsonSchema,
  type ResourceKind,
} from '../crds/contract/schema.ts';

export const REFERENCE_FILE = join(import.meta.dirname, 'reference.md');

const HEADER = `<!-- Generated from crds/*.yaml by docs/generate-reference.ts. Do not edit. -->
# The resources, field by field

Fields without a default are optional unless marked as *required*; where it says *preset*, the [preset](#presets-of-specformat) decides.
\`motherload validate -f FILE\` checks a manifest against this schema.
`;

export function renderReference(): string {
  return [HEADER, ...RESOURCE_KINDS.map(renderKind), renderPresets()].join('\n');
}

function renderKind(kind: ResourceKind): string {
  const definition = readDefinitionSource(kind);
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

interface Part {
  readonly schema: JsonSchema;
  readonly path: string;
}

/** A field that the object `around` has, too (the CRD repeats it by a YAML alias) is described there. */
function fieldRows(schema: JsonSchema, path: string, around?: Part): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = `${path}.${name}`;
    const required = schema.required?.includes(name) === true;
    const isRepeated = around !== undefined && isDeepStrictEqual(around.schema.properties?.[name], property);
    const meaning = isRepeated ? `As \`${around.path}.${name}\`.` : (property.description ?? '');
    const standard = path === 'spec.format' && isPresetField(name) ? '*preset*' : defaultOf(property, required);
    const row = tableRow([`\`${field}\``, typeOf(property), standard, meaning]);
    const [part, partPath] = property.items === undefined ? [property, field] : [property.items, `${field}[]`];
    const below = fieldRows(part, partPath, { schema, path });
    return [row, ...below];
  });
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function renderPresets(): string {
  const presets = Object.entries(FORMAT_PRESETS);
  const { properties = {} } = dumpIngestionSchema().properties?.['spec']?.properties?.['format'] ?? {};
  const rows = Object.keys(properties)
    .filter(isPresetField)
    .map((field) =>
      tableRow([`\`${field}\``, ...presets.map(([, preset]) => valueText(preset[field as keyof PresetFields]))]),
    );
  return [
    '## Presets of spec.format',
    '',
    'What `spec.format.preset` decides where a field is not set. [formats.md](formats.md) has the command that makes such a dump.',
    '',
    tableRow(['field', ...presets.map(([name]) => `\`${name}\``)]),
    tableRow(['---', ...presets.map(() => '---')]),
    ...rows,
    '',
  ].join('\n');
}

function isPresetField(field: string): boolean {
  return Object.values(FORMAT_PRESETS).some((preset) => field in preset);
}

function valueText(value: unknown): string {
  return value === undefined ? '' : `\`\` ${JSON.stringify(value)} \`\``;
}

function typeOf(schema: JsonSchema): string {
  if (isEmbeddedSpec(schema)) return '[DumpIngestion spec](#dumpingestion-spec)';
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
  return valueText(schema.default);
}

function rulesOf(schema: JsonSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const { properties = {}, items, additionalProperties } = schema;
  const below = [...Object.values(properties), items, additionalProperties].filter((part) => typeof part === 'object');
  return [...own, ...below.flatMap(rulesOf)];
}

if (import.meta.main) writeFileSync(REFERENCE_FILE, renderReference());
