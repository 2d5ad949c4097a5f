import type { ErrorObject, ValidateFunction } from 'ajv';
import { loadAll } from 'js-yaml';
import type { DumpIngestionSpec, TableIngestionSpec } from './generated.ts';
import { ManifestError } from './errors.ts';
import { compileSchema } from './compile-schema.ts';
import { describeProblems, failedRules, type ManifestProblem } from './cel-rules.ts';
import { findFormatProblems } from './format-rules.ts';
import {
  apiVersionOf,
  dumpIngestionDefinition,
  dumpIngestionSchema,
  lazily,
  openApiSchemaOf,
  readCustomResourceDefinition,
  schemaPartFor,
  type JsonSchema,
} from './schema.ts';

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A DumpIngestion as a manifest has it: defaulted and valid. */
export interface DumpIngestionManifest {
  readonly metadata: ObjectMetadata;
  readonly spec: DumpIngestionSpec;
}

/** The objects in a set of manifest files that `motherload` knows. Secrets and ConfigMaps are keyed by `namespace/name`, then by key. */
export interface Manifests {
  readonly ingestions: readonly DumpIngestionManifest[];
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

interface AnyObject {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown; namespace?: unknown };
  data?: Record<string, unknown>;
  stringData?: Record<string, unknown>;
}

const validateTable = lazily(() =>
  compileSchema(openApiSchemaOf(readCustomResourceDefinition('TableIngestion')).properties?.['spec'] ?? {}),
);

/** By the part of the schema that they check, which similar manifests share. */
const validators = new Map<string, ValidateFunction>();

/** The whole schema takes 0.1 s to compile; a manifest without pod settings needs a third of it. */
function validatorFor(document: AnyObject): ValidateFunction {
  const part = schemaPartFor(dumpIngestionSchema(), document);
  const key = JSON.stringify(part);
  const validate = validators.get(key) ?? compileSchema(part);
  validators.set(key, validate);
  return validate;
}

/** The settings of a manifest for its Jobs. */
export type JobTemplate = DumpIngestionSpec['jobTemplate'];

/** Reads the documents of manifest files; throws a ManifestError that names every problem of every DumpIngestion. */
export function readManifests(files: readonly { readonly name: string; readonly text: string }[]): Manifests {
  const ingestions: DumpIngestionManifest[] = [];
  const configMaps = new Map<string, Record<string, string>>();
  const secrets = new Map<string, Record<string, string>>();
  const seen = new Map<string, string>();
  for (const file of files) {
    for (const document of parse(file.name, file.text)) {
      const { kind } = document;
      if (kind !== 'DumpIngestion' && kind !== 'ConfigMap' && kind !== 'Secret') continue;
      const name = nameOf(file.name, document);
      const key = keyOf(namespaceOf(file.name, document), name);
      refuseDuplicate(seen, `${kind} ${key}`, file.name);
      if (kind === 'DumpIngestion') ingestions.push(readIngestion(file.name, name, document));
      else if (kind === 'ConfigMap') configMaps.set(key, textsOf(file.name, document, 'data'));
      else secrets.set(key, secretData(file.name, document));
    }
  }
  return { ingestions, configMaps, secrets };
}

/** The key of an object that a DumpIngestion of this namespace refers to by name. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** `kubectl apply` would silently keep the last one. Here it is most likely a mistake, and nothing says which one was meant. */
function refuseDuplicate(seen: Map<string, string>, what: string, file: string): void {
  const first = seen.get(what);
  if (first !== undefined)
    throw new ManifestError('DuplicateObject', `${what} is defined twice, first in ${first}: remove one`, { file });
  seen.set(what, file);
}

/** Whether a TableIngestion can be created from an entry of a catalogue, which comes from a runner's log. */
export function isTableIngestionSpec(value: unknown): value is TableIngestionSpec {
  return validateTable()(value);
}

/** A `spec.jobTemplate` on its own, such as the installation's, with the same checks as in a manifest. */
export function readJobTemplate(yaml: string): JobTemplate {
  const { jobTemplate = {} } = dumpIngestionSchema().properties?.['spec']?.properties ?? {};
  const part: JsonSchema = { type: 'object', properties: { jobTemplate } };
  const value = { jobTemplate: parse('the Job template', yaml)[0] };
  const problems = problemsOf(compileSchema(part), part, value);
  if (problems.length > 0) throw new ManifestError('InvalidManifest', describeProblems('the Job template', problems));
  return value.jobTemplate as JobTemplate;
}

function parse(file: string, text: string): AnyObject[] {
  try {
    const documents = loadAll(text) as (AnyObject | null | undefined)[];
    return documents.filter((document) => document !== null && document !== undefined);
  } catch (error) {
    throw new ManifestError('NotYaml', `not YAML: ${(error as Error).message}`, { file }, { cause: error });
  }
}

function namespaceOf(file: string, document: AnyObject): string {
  const namespace = document.metadata?.namespace ?? 'default';
  if (typeof namespace === 'string' && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new ManifestError('NoName', 'metadata.namespace must consist of lower-case letters, digits and -', { file });
}

function nameOf(file: string, document: AnyObject): string {
  const name = document.metadata?.name;
  if (typeof name === 'string' && /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) return name;
  throw new ManifestError(
    'NoName',
    'metadata.name is missing or not valid: it must consist of lower-case letters, digits, - and .',
    { file },
  );
}

function secretData(file: string, document: AnyObject): Record<string, string> {
  const decoded = Object.entries(textsOf(file, document, 'data')).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
  return { ...(Object.fromEntries(decoded) as Record<string, string>), ...textsOf(file, document, 'stringData') };
}

/** The entries of a ConfigMap or Secret, all of which must be text. No message contains a value, since it may be a secret. */
function textsOf(file: string, document: AnyObject, field: 'data' | 'stringData'): Record<string, string> {
  const entries = Object.entries(document[field] ?? {});
  for (const [key, value] of entries) {
    if (typeof value === 'string') continue;
    const remedy = typeof value === 'object' ? `write "${key}: |" and indent what follows` : 'put the value in quotes';
    const message = `${String(document.kind)} ${String(document.metadata?.name)}: ${field}.${key} is not text: ${remedy}`;
    throw new ManifestError('NotText', message, { file });
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function readIngestion(file: string, name: string, document: AnyObject): DumpIngestionManifest {
  const expected = apiVersionOf(dumpIngestionDefinition());
  const problems: ManifestProblem[] =
    document.apiVersion === expected
      ? problemsOf(validatorFor(document), dumpIngestionSchema(), document)
      : [{ path: 'apiVersion', message: `must be ${expected}` }];
  const { spec } = document as unknown as { spec: DumpIngestionSpec };
  // What is wrong by itself is not repeated as wrong with the preset.
  if (problems.length === 0) problems.push(...findFormatProblems(spec.format));
  if (problems.length > 0) {
    throw new ManifestError('InvalidManifest', describeProblems(`DumpIngestion ${name}`, problems), { file });
  }
  const { metadata } = document as unknown as { metadata: Partial<ObjectMetadata> };
  return { metadata: { ...metadata, name, namespace: metadata.namespace ?? 'default' }, spec };
}

/** Fills in defaults in place, as the apiserver does, and checks the value against a part of the CRD: its schema and its CEL rules. */
function problemsOf(validatePart: ValidateFunction, part: JsonSchema, value: unknown): ManifestProblem[] {
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
  if (error.keyword === 'anyOf') return { path: at, message: 'must be an integer, or text in quotes' };
  return { path: at, message: error.message ?? error.keyword };
}
