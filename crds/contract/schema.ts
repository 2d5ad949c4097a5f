import { readFileSync } from 'node:fs';
import { embedSpec } from './embedded-schema.ts';
import type { JsonSchema } from './json-schema.ts';

export type { JsonSchema } from './json-schema.ts';

export interface CustomResourceDefinition {
  metadata: { name: string };
  spec: {
    group: string;
    names: { kind: string; plural: string; shortNames: string[] };
    versions: { name: string; schema: { openAPIV3Schema: JsonSchema } }[];
  };
}

export const RESOURCE_KINDS = ['DumpIngestion', 'TableIngestion', 'ScheduledDumpIngestion'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** The CRD of a kind, as the apiserver gets it. */
export function readCustomResourceDefinition(kind: ResourceKind): CustomResourceDefinition {
  const definition = readDefinitionSource(kind);
  const version = servedVersion(definition);
  const schema = { openAPIV3Schema: embedSpec(version.schema.openAPIV3Schema, dumpIngestionSpecSchema) };
  return { ...definition, spec: { ...definition.spec, versions: [{ ...version, schema }] } };
}

/** The CRD of a kind as it is written in `crds/`: a template refers to the schema of a DumpIngestion there. */
export function readDefinitionSource(kind: ResourceKind): CustomResourceDefinition {
  return definitions()[kind];
}

/** What `npm run generate` makes of the YAML, since parsing that takes 30 to 50 ms at each start. */
const definitions = lazily(
  () =>
    JSON.parse(readFileSync(new URL('generated.json', import.meta.url), 'utf8')) as Record<
      ResourceKind,
      CustomResourceDefinition
    >,
);

/** Compiling the schemas takes 30 ms and more, which a command that reads no manifest should not pay. */
export const dumpIngestionDefinition = lazily(() => readCustomResourceDefinition('DumpIngestion'));
export const dumpIngestionSchema = lazily(() => openApiSchemaOf(dumpIngestionDefinition()));

function dumpIngestionSpecSchema(): JsonSchema {
  const spec = dumpIngestionSchema().properties?.['spec'];
  if (spec === undefined) throw new Error('crds/dumpingestion.yaml has no spec');
  return spec;
}

export function lazily<Value>(create: () => Value): () => Value {
  let created: { readonly value: Value } | undefined;
  return () => (created ??= { value: create() }).value;
}

/** The group and version that manifests name, for instance `motherload.dev/v1alpha1`. */
export function apiVersionOf(definition: CustomResourceDefinition): string {
  return `${definition.spec.group}/${servedVersion(definition).name}`;
}

/** The OpenAPI schema of the one version that is served. */
export function openApiSchemaOf(definition: CustomResourceDefinition): JsonSchema {
  return servedVersion(definition).schema.openAPIV3Schema;
}

function servedVersion(definition: CustomResourceDefinition) {
  const [version] = definition.spec.versions;
  if (version === undefined) throw new Error(`${definition.metadata.name} has no version`);
  return version;
}

/**
 * A CRD's schema made strict: a field with a default is always set after defaulting, so it is required, and unknown fields are rejected, as the
 * apiserver does with `--validate=strict`. An object without properties, such as metadata, stays open.
 */
export function tightenSchema(schema: JsonSchema): JsonSchema {
  const tightened: JsonSchema = { ...schema };
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties);
    tightened.properties = Object.fromEntries(entries.map(([name, property]) => [name, tightenSchema(property)]));
    const defaulted = entries.filter(([, property]) => property.default !== undefined).map(([name]) => name);
    tightened.required = [...new Set([...(schema.required ?? []), ...defaulted])];
    tightened.additionalProperties = false;
  }
  if (schema['x-kubernetes-int-or-string'] === true) tightenIntegerOrString(tightened);
  if (schema.items !== undefined) tightened.items = tightenSchema(schema.items);
  if (typeof schema.additionalProperties === 'object')
    tightened.additionalProperties = tightenSchema(schema.additionalProperties);
  return tightened;
}

/**
 * The part of a schema that applies to a value: optional fields that are not set and have no default are left out, with everything below them.
 * For most manifests that is a tenth of a DumpIngestion's schema, most of which is about pods.
 */
export function schemaPartFor(schema: JsonSchema, value: unknown): JsonSchema {
  const fields = value === undefined ? schema.default : value;
  if (schema.properties === undefined || typeof fields !== 'object' || fields === null) return schema;
  const parts = Object.entries(schema.properties).flatMap(([name, property]) => {
    const field = Object.hasOwn(fields, name) ? (fields as Record<string, unknown>)[name] : undefined;
    return field === undefined && property.default === undefined
      ? []
      : [[name, schemaPartFor(property, field)] as const];
  });
  return { ...schema, properties: Object.fromEntries(parts) };
}

/** A structural schema has the bounds of the text beside `anyOf`; Ajv's strict mode requires them in the branch of their type. */
function tightenIntegerOrString(schema: JsonSchema): void {
  const { pattern, maxLength, description } = schema;
  delete schema['pattern'];
  delete schema['maxLength'];
  const bounds = {
    ...(pattern === undefined ? {} : { pattern, ...(description === undefined ? {} : { description }) }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
  schema.anyOf = (schema.anyOf ?? []).map((branch) => (branch.type === 'string' ? { ...branch, ...bounds } : branch));
}
