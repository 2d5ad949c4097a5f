import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  openApiSchemaOf,
  readCustomResourceDefinition,
  RESOURCE_KINDS,
  type JsonSchema,
} from '../../crds/contract/schema.ts';

type Field = [path: string, schema: JsonSchema];

/** All fields of a part of a CRD, items of lists and values of maps included. */
function fieldsOf(schema: JsonSchema, path: string): Field[] {
  const { properties = {}, items, additionalProperties } = schema;
  const below: Field[] = [
    ...Object.entries(properties).map(([name, part]): Field => [`${path}.${name}`, part]),
    ...(items === undefined ? [] : [[`${path}[]`, items] satisfies Field]),
    ...(typeof additionalProperties === 'object' ? [[`${path}{}`, additionalProperties] satisfies Field] : []),
  ];
  return [[path, schema], ...below.flatMap(([name, part]) => fieldsOf(part, name))];
}

const fieldsOfPart = (part: 'spec' | 'status'): Field[] =>
  RESOURCE_KINDS.flatMap((kind) => {
    const { properties } = openApiSchemaOf(readCustomResourceDefinition(kind));
    return fieldsOf(properties?.[part] ?? {}, `${kind}.${part}`);
  });
const SPECS = fieldsOfPart('spec');
const ALL = [...SPECS, ...fieldsOfPart('status')];

const pathsWhere = (fields: readonly Field[], isWrong: (schema: JsonSchema) => boolean) =>
  fields.filter(([, schema]) => isWrong(schema)).map(([path]) => path);

describe('the CRDs', () => {
  it('declare for each list how server-side apply merges it, and by keys that each item has', () => {
    const lists = ALL.filter(([, { type }]) => type === 'array');
    assert(lists.length > 10);
    assert.deepEqual(
      pathsWhere(lists, (schema) => schema['x-kubernetes-list-type'] === undefined),
      [],
    );
    const isKeyless = ({ items, ...list }: JsonSchema) => {
      const keys = (list['x-kubernetes-list-map-keys'] ?? []) as string[];
      const isMap = list['x-kubernetes-list-type'] === 'map';
      return isMap !== keys.length > 0 || !keys.every((key) => items?.required?.includes(key));
    };
    assert.deepEqual(pathsWhere(lists, isKeyless), []);
  });

  it('limit every string, list, map and number of a manifest', () => {
    const isUnbounded = (schema: JsonSchema) => {
      const has = (...keywords: string[]) => keywords.some((keyword) => schema[keyword] !== undefined);
      if (schema.type === 'string') return !has('maxLength', 'pattern', 'enum');
      if (schema.type === 'array') return !has('maxItems');
      if (schema.type === 'integer') return !has('minimum');
      return schema.type === 'object' && typeof schema.additionalProperties === 'object' && !has('maxProperties');
    };
    const ofManifests = SPECS.filter(([path]) => path.startsWith('DumpIngestion'));
    assert.deepEqual(pathsWhere(ofManifests, isUnbounded), []);
  });

  it('describe what a manifest may have by rules with messages, not by patterns, which the apiserver shows as they are', () => {
    const ofManifests = SPECS.filter(([path]) => path.startsWith('DumpIngestion'));
    assert.deepEqual(
      pathsWhere(ofManifests, ({ pattern }) => pattern !== undefined),
      [],
    );
  });

  it('have defaults within their own bounds', () => {
    const withDefaults = SPECS.filter(([, schema]) => schema.default !== undefined && schema.enum !== undefined);
    assert.deepEqual(
      pathsWhere(withDefaults, (schema) => !schema.enum?.includes(schema.default)),
      [],
    );
  });
});
