/** Writes the TypeScript types of the CRDs, and the CRDs as JSON: `npm run generate`. With `--check` it writes nothing and fails if they are stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { isEmbeddedSpec } from './embedded-schema.ts';
import {
  openApiSchemaOf,
  RESOURCE_KINDS,
  tightenSchema,
  type CustomResourceDefinition,
  type JsonSchema,
  type ResourceKind,
} from './schema.ts';

/** The text that `generated.json` must have: what the programs read in place of the YAML. */
export function generateDefinitions(): string {
  const definitions = Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, readDefinition(kind)]));
  return `${JSON.stringify(definitions, null, 1)}\n`;
}

function readDefinition(kind: ResourceKind): CustomResourceDefinition {
  const file = new URL(`../${kind.toLowerCase()}.yaml`, import.meta.url);
  return load(readFileSync(file, 'utf8')) as CustomResourceDefinition;
}

/** The text that `generated.ts` must have. */
export async function generateTypes(): Promise<string> {
  const banner = '// Generated from crds/*.yaml by `npm run generate`. Do not edit.\n';
  const texts = [];
  for (const kind of RESOURCE_KINDS) {
    const schema = withoutKubernetesKeywords(tightenSchema(openApiSchemaOf(readDefinition(kind))));
    for (const part of ['spec', 'status']) {
      const name = `${kind}${part === 'spec' ? 'Spec' : 'Status'}`;
      texts.push(await compile({ ...schema.properties?.[part], title: name } as JSONSchema, name, compileOptions));
    }
  }
  return banner + texts.join('\n');
}

const compileOptions = {
  bannerComment: '',
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  style: { singleQuote: true, printWidth: 140 },
};

/** They mean nothing to the generator; int-or-string is also an `anyOf`. A template's spec has the type of a DumpIngestion's. */
function withoutKubernetesKeywords(schema: JsonSchema): JsonSchema {
  const simplify = (key: string, value: unknown) => {
    if (key.startsWith('x-kubernetes-')) return undefined;
    const isTemplate = typeof value === 'object' && value !== null && isEmbeddedSpec(value as JsonSchema);
    return isTemplate ? { tsType: 'DumpIngestionSpec', description: (value as JsonSchema).description } : value;
  };
  return JSON.parse(JSON.stringify(schema, simplify)) as JsonSchema;
}

if (import.meta.main) {
  const files = { 'generated.ts': await generateTypes(), 'generated.json': generateDefinitions() };
  for (const [name, text] of Object.entries(files)) {
    const target = new URL(name, import.meta.url);
    if (!process.argv.includes('--check')) writeFileSync(target, text);
    else if (readFileSync(target, 'utf8') !== text) {
      console.error(`crds/contract/${name} is stale: run \`npm run generate\` and commit the result`);
      process.exitCode = 1;
    }
  }
}
