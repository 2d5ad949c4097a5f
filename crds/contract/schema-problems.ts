import type { ErrorObject, ValidateFunction } from 'ajv';
import { failedRules, type ManifestProblem } from './cel-rules.ts';
import type { JsonSchema } from './schema.ts';

/** Fills in defaults in place, as the apiserver does, and checks the value against a part of the CRD: its schema and its CEL rules. */
export function problemsOf(validatePart: ValidateFunction, part: JsonSchema, value: unknown): ManifestProblem[] {
  if (validatePart(value)) return failedRules(part, value);
  const problems = plainErrors(validatePart.errors ?? []).map(describe);
  return [...new Map(problems.map((problem) => [problem.path + problem.message, problem])).values()];
}

/** For a value that may be a number or a text, Ajv reports an error for each of the two and one for `anyOf`; one is enough. */
function plainErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const plain = errors.filter(({ keyword, schemaPath }) => keyword !== 'type' || !schemaPath.includes('/anyOf/'));
  const paths = new Set(plain.filter(({ keyword }) => keyword !== 'anyOf').map(({ instancePath }) => instancePath));
  return plain.filter(({ keyword, instancePath }) => keyword !== 'anyOf' || !paths.has(instancePath));
}

/** A regular expression does not tell a user what to write; the description of the field does. */
function describedValue({ parentSchema }: ErrorObject): string {
  return (parentSchema as JsonSchema | undefined)?.description ?? 'see its description';
}

/** YAML takes NULL, yes and 1 for values of other types. */
function unquotedText(value: unknown): string {
  const [kind, text] = value === null ? ['null', 'NULL'] : [`a ${typeof value}`, JSON.stringify(value)];
  return `must be text, and is ${kind} without quotes: put it in quotes, for example '${text}'`;
}

/** In YAML's words. Nothing below a field is most often a field that is indented too little. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list (- or [])',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a field with fields below it',
};

function otherType(type: string, value: unknown): string {
  const wanted = `must be ${TYPES[type] ?? type}`;
  if (value !== null) return `${wanted}, and is ${kindOf(value)}`;
  const remedy = type === 'object' || type === 'array' ? 'indent what belongs to it' : 'write a value';
  return `${wanted}, and is empty: ${remedy}, or remove it`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'a field with fields below it' : `a ${typeof value}`;
}

/** Of texts, lists and maps with too much or too little in them; Ajv's own words would be those of a specification. */
function countProblem(keyword: string, limit = 0): string | undefined {
  const [, bound, what = ''] = /^(min|max)(Length|Items|Properties)$/.exec(keyword) ?? [];
  if (bound === undefined) return undefined;
  if (bound === 'min' && limit === 1) return 'must not be empty';
  const unit = { Length: 'characters', Items: 'items', Properties: 'entries' }[what] ?? what;
  return `must have at ${bound === 'min' ? 'least' : 'most'} ${limit} ${unit}`;
}

function describe(error: ErrorObject): ManifestProblem {
  const path = error.instancePath
    .slice(1)
    .replaceAll('/', '.')
    .replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  const parameters = error.params as {
    additionalProperty?: string;
    allowedValues?: unknown[];
    missingProperty?: string;
    format?: string;
    limit?: number;
    type?: string;
  };
  const at = path === '' ? 'the document' : path;
  if (parameters.additionalProperty !== undefined)
    return { path: at, message: `unknown field "${parameters.additionalProperty}"` };
  if (parameters.allowedValues !== undefined)
    return { path: at, message: `must be one of ${parameters.allowedValues.join(', ')}` };
  if (parameters.missingProperty !== undefined)
    return { path: at, message: `"${parameters.missingProperty}" is missing` };
  if (parameters.format !== undefined) return { path: at, message: `is out of range for ${parameters.format}` };
  if (error.keyword === 'pattern') return { path: at, message: `is not valid: ${describedValue(error)}` };
  if (parameters.type === 'string' && (error.data === null || typeof error.data !== 'object'))
    return { path: at, message: unquotedText(error.data) };
  if (error.keyword === 'type') return { path: at, message: otherType(parameters.type ?? '', error.data) };
  if (error.keyword === 'anyOf') return { path: at, message: 'must be an integer, or text in quotes' };
  return { path: at, message: countProblem(error.keyword, parameters.limit) ?? error.message ?? error.keyword };
}
