/** Writes the TypeScript types of the CRDs: `npm run generate`. With `--check` it writes nothing and fails if they are stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { isEmbeddedSpec } from './embedded-schema.ts';
import { openApiSchemaOf, readDefinitionSource, RESOURCE_KINDS, tightenSchema, type JsonSchema } from './schema.ts';

const TARGET = new URL('./generated.ts', import.meta.url);

/** The text that `generated.ts` must have. */
export async function generateTypes(): Promise<string> {
  const banner = '// Generated from crds/*.yaml by `npm run generate`. Do not edit.\n';
  const texts = [];
  for (const kind of RESOURCE_KINDS) {
    const schema = withoutKubernetesKeywords(tightenSchema(openApiSchemaOf(readDefinitionSource(kind))));
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
  const text = await generateTypes();
  if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, 'utf8') !== text) {
    console.error('crds/contract/generated.ts is stale: run `npm run generate` and commit the result');
    process.exitCode = 1;
  }
}
