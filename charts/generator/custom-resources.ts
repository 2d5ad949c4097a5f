import { readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import {
  openApiSchemaOf,
  readCustomResourceDefinition,
  type JsonSchema,
  type ResourceKind,
} from '../../crds/contract/schema.ts';
import { QUANTITY_PATTERN } from '../../crds/contract/quantity.ts';
import { escapeTemplate } from './template-text.ts';

/** A CRD as YAML: as it is written, or with the schema that it refers to in its place. */
export function definitionText(kind: ResourceKind): string {
  const source = readFileSync(new URL(`../../crds/${kind.toLowerCase()}.yaml`, import.meta.url), 'utf8');
  return source.includes('$ref:') ? dump(readCustomResourceDefinition(kind), { lineWidth: -1 }) : source;
}

/**
 * A template instead of a file in the chart's crds/, since Helm never upgrades those. The release owns the CRD; with `keep`, uninstalling the
 * release keeps it, and its resources.
 */
export function renderCustomResourceDefinition(kind: string, yaml: string): string {
  const head = /^metadata:\n {2}name: (\S+)\n(?! )/m;
  if (!head.test(yaml))
    throw new Error(
      `crds/${kind}.yaml must have only a name in its metadata, since the chart adds labels and annotations`,
    );
  const metadata = (name: string) =>
    `{{- include "motherload.metadata" (dict "context" . "name" "${name}" "annotations" (include "motherload.keep" . | fromYaml)) | nindent 2 }}`;
  return [
    `{{- /* Generated from crds/${kind}.yaml by charts/generate.ts. Do not edit. */}}`,
    '{{- if .Values.crds.install }}',
    `${escapeTemplate(yaml).replace(head, (_, name: string) => `metadata:\n  ${metadata(name)}\n`)}{{- end }}`,
    '',
  ].join('\n');
}

/** The JSON Schema of `runner.jobTemplate`: that of spec.jobTemplate in the CRD, with which the operator validates it, too. */
export function renderJobTemplateSchema(): JsonSchema {
  const schema = openApiSchemaOf(readCustomResourceDefinition('DumpIngestion')).properties?.['spec']?.properties?.[
    'jobTemplate'
  ];
  if (schema === undefined) throw new Error('crds/dumpingestion.yaml has no spec.jobTemplate');
  return strict(schema);
}

/** A CEL rule that only matches a regular expression, or requires a quantity, as JSON Schema has it. */
function patternOf(schema: JsonSchema): { pattern?: string } {
  const patterns = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }) =>
    rule.includes('isQuantity(self)') ? QUANTITY_PATTERN : (/^self\.matches\('([^'\\]*)'\)$/.exec(rule)?.[1] ?? []),
  );
  return patterns[0] === undefined ? {} : { pattern: patterns[0] };
}

/** Without keywords that JSON Schema does not have, and without additional fields. */
function strict(schema: JsonSchema): JsonSchema {
  const known = Object.entries(schema).filter(
    ([keyword]) => !keyword.startsWith('x-kubernetes-') && keyword !== 'format' && keyword !== 'default',
  );
  const { properties, items, additionalProperties, ...rest } = Object.fromEntries(known) as JsonSchema;
  return {
    ...rest,
    ...patternOf(schema),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: strict(additionalProperties) } : {}),
    ...(properties === undefined
      ? {}
      : {
          additionalProperties: false,
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, property]) => [name, strict(property)]),
          ),
        }),
  };
}
