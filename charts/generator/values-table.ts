import { load } from 'js-yaml';
import type { JsonSchema } from '../../crds/contract/schema.ts';

type ValuesSchema = JsonSchema & {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: JsonSchema[];
};
type Values = Readonly<Record<string, unknown>>;

interface Comment {
  readonly path: string;
  readonly text: string;
}

/** A row for each value with a comment in values.yaml; the types come from values.schema.json. */
export function renderValuesTable(yaml: string, schemaText: string): string {
  const values = load(yaml) as Values;
  const schema = JSON.parse(schemaText) as ValuesSchema;
  const comments = readComments(yaml);
  const rows = comments.map(({ path, text }) => {
    const isTable = comments.some((other) => other.path.startsWith(`${path}.`));
    const value = path.split('.').reduce<unknown>((within, name) => (within as Values)[name], values);
    const cells = [
      `\`${path}\``,
      typeOf(schemaAt(schema, path), schema),
      isTable ? '' : `\`${JSON.stringify(value)}\``,
      text,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| value | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The comment above each key. values.yaml has one key per line and is indented by two spaces per level. */
export function readComments(yaml: string): Comment[] {
  const path: string[] = [];
  const comments: Comment[] = [];
  let text: string[] = [];
  for (const line of yaml.split('\n')) {
    const [, comment] = /^ *# ?(.*)$/.exec(line) ?? [];
    const [, indent, key] = /^( *)(\w+):/.exec(line) ?? [];
    if (comment !== undefined) {
      text.push(comment);
      continue;
    }
    if (indent !== undefined && key !== undefined) {
      path.splice(indent.length / 2, Infinity, key);
      if (text.length > 0) comments.push({ path: path.join('.'), text: text.join(' ') });
    }
    text = [];
  }
  return comments;
}

function schemaAt(schema: ValuesSchema, path: string): ValuesSchema {
  return path.split('.').reduce((within, name) => {
    const property = resolve(within, schema).properties?.[name];
    if (property === undefined) throw new Error(`${path} is in values.yaml but not in values.schema.json`);
    return property;
  }, schema);
}

function resolve(schema: ValuesSchema, root: ValuesSchema): ValuesSchema {
  if (schema.$ref === undefined) return schema;
  return schema.$ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((within, name) => (within as Values)[name], root) as ValuesSchema;
}

function typeOf(reference: ValuesSchema, root: ValuesSchema): string {
  const schema = resolve(reference, root);
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.oneOf !== undefined) return schema.oneOf.map((one) => typeOf(one, root)).join(' or ');
  if (schema.items !== undefined)
    return `list of ${schema.items.type === 'object' ? 'objects' : `${typeOf(schema.items, root)}s`}`;
  return schema.type ?? '';
}
