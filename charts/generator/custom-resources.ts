import { openApiSchemaOf, readCustomResourceDefinition, type JsonSchema } from '../../crds/contract/schema.ts';
import { escapeTemplate } from './template-text.ts';

/**
 * A template in place of a file in the chart's crds/, since Helm never upgrades those. The release owns the CRD; `keep` has its uninstallation
 * leave it, and the resources with it.
 */
export function renderCustomResourceDefinition(kind: string, yaml: string): string {
  const head = /^metadata:\n {2}name: (\S+)\n(?! )/m;
  if (!head.test(yaml))
    throw new Error(
      `crds/${kind}.yaml must have metadata with a name alone, for the chart gives it labels and annotations`,
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

/** The JSON Schema of `runner.jobTemplate`: that of spec.jobTemplate in the CRD, by which the operator checks it, too. */
export function renderJobTemplateSchema(): JsonSchema {
  const schema = openApiSchemaOf(readCustomResourceDefinition('DumpIngestion')).properties?.['spec']?.properties?.[
    'jobTemplate'
  ];
  if (schema === undefined) throw new Error('crds/dumpingestion.yaml has no spec.jobTemplate');
  return strict(schema);
}

/** Without what JSON Schema does not know, and without room for fields that nobody knows. */
function strict(schema: JsonSchema): JsonSchema {
  const known = Object.entries(schema).filter(
    ([keyword]) => !keyword.startsWith('x-kubernetes-') && keyword !== 'format' && keyword !== 'default',
  );
  const { properties, items, additionalProperties, ...rest } = Object.fromEntries(known) as JsonSchema;
  return {
    ...rest,
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
