import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { loadAll } from 'js-yaml';
import type { DumpIngestionSpec, TableIngestionSpec } from './generated.ts';
import { ManifestError } from './errors.ts';
import { failedRules } from './cel-rules.ts';
import { apiVersionOf, openApiSchemaOf, readCustomResourceDefinition, tightenSchema, type JsonSchema } from './schema.ts';

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

/** What a set of manifest files holds that `motherload` understands. Secrets and ConfigMaps are by name, then key. */
export interface Manifests {
  readonly ingestions: readonly DumpIngestionManifest[];
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** A problem of a manifest: where in it, and what to write instead. */
export interface ManifestProblem {
  readonly path: string;
  readonly message: string;
}

interface AnyObject {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown; namespace?: unknown };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

const definition = readCustomResourceDefinition('DumpIngestion');
const schema = openApiSchemaOf(definition);
const validate = compileSchema(schema);

/** What a manifest says about its Jobs. */
export type JobTemplate = DumpIngestionSpec['jobTemplate'];

/** Reads the documents of manifest files; throws a ManifestError that names every problem of every DumpIngestion. */
export function readManifests(files: readonly { readonly name: string; readonly text: string }[]): Manifests {
  const ingestions: DumpIngestionManifest[] = [];
  const configMaps = new Map<string, Record<string, string>>();
  const secrets = new Map<string, Record<string, string>>();
  for (const file of files) {
    for (const document of parse(file.name, file.text)) {
      const name = nameOf(file.name, document);
      if (document.kind === 'DumpIngestion') ingestions.push(readIngestion(file.name, name, document));
      else if (document.kind === 'ConfigMap') configMaps.set(name, document.data ?? {});
      else if (document.kind === 'Secret') secrets.set(name, secretData(document));
    }
  }
  return { ingestions, configMaps, secrets };
}

const validateTable = compileSchema(openApiSchemaOf(readCustomResourceDefinition('TableIngestion')).properties?.['spec'] ?? {});

/** Whether an entry of a catalogue, which comes from a runner's log, is what a TableIngestion can be made of. */
export function isTableIngestionSpec(value: unknown): value is TableIngestionSpec {
  return validateTable(value);
}

/** A `spec.jobTemplate` that stands alone, such as an installation's, checked as one in a manifest is. */
export function readJobTemplate(yaml: string): JobTemplate {
  const { jobTemplate = {} } = schema.properties?.['spec']?.properties ?? {};
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

function nameOf(file: string, document: AnyObject): string {
  const name = typeof document === 'object' ? document.metadata?.name : undefined;
  if (typeof name === 'string' && /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) return name;
  throw new ManifestError('NoName', 'a document needs metadata.name: lower-case letters, digits, - and .', { file });
}

function secretData(document: AnyObject): Record<string, string> {
  const decoded = Object.entries(document.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
  return { ...(Object.fromEntries(decoded) as Record<string, string>), ...document.stringData };
}

function readIngestion(file: string, name: string, document: AnyObject): DumpIngestionManifest {
  const expected = apiVersionOf(definition);
  const problems: ManifestProblem[] =
    document.apiVersion === expected ? problemsOf(validate, schema, document) : [{ path: 'apiVersion', message: `must be ${expected}` }];
  if (problems.length > 0) {
    throw new ManifestError('InvalidManifest', describeProblems(`DumpIngestion ${name}`, problems), { file });
  }
  const valid = document as unknown as { metadata: Partial<ObjectMetadata>; spec: DumpIngestionSpec };
  return { metadata: { ...valid.metadata, name, namespace: valid.metadata.namespace ?? 'default' }, spec: valid.spec };
}

function describeProblems(what: string, problems: readonly ManifestProblem[]): string {
  return `${what} is not valid:\n  ${problems.map(({ path, message }) => `${path}: ${message}`).join('\n  ')}`;
}

/** Defaults the value in place, as the apiserver does, and checks it against a part of the CRD: its schema and its CEL rules. */
function problemsOf(validatePart: ValidateFunction, part: JsonSchema, value: unknown): ManifestProblem[] {
  if (validatePart(value)) return failedRules(part, value);
  const problems = plainErrors(validatePart.errors ?? []).map(describe);
  return [...new Map(problems.map((problem) => [problem.path + problem.message, problem])).values()];
}

/** A check by a part of a CRD that fills in its defaults; what does not keep the schema is told in `errors`. */
export function compileSchema(openApiSchema: JsonSchema): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true, strictRequired: false, allowUnionTypes: true });
  for (const keyword of [
    'x-kubernetes-validations',
    'x-kubernetes-int-or-string',
    'x-kubernetes-list-type',
    'x-kubernetes-list-map-keys',
  ]) {
    ajv.addKeyword(keyword);
  }
  for (const format of ['int32', 'int64', 'date-time']) ajv.addFormat(format, true);
  return ajv.compile(tightenSchema(openApiSchema));
}

/** Of a value that may be a number or a text, one error in place of one for each of the two and one for both. */
function plainErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const plain = errors.filter(({ keyword, schemaPath }) => keyword !== 'type' || !schemaPath.includes('/anyOf/'));
  const paths = new Set(plain.filter(({ keyword }) => keyword !== 'anyOf').map(({ instancePath }) => instancePath));
  return plain.filter(({ keyword, instancePath }) => keyword !== 'anyOf' || !paths.has(instancePath));
}

function describe(error: ErrorObject): ManifestProblem {
  const path = error.instancePath
    .slice(1)
    .replaceAll('/', '.')
    .replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  const parameters = error.params as { additionalProperty?: string; allowedValues?: unknown[]; missingProperty?: string };
  const at = path === '' ? 'the document' : path;
  if (parameters.additionalProperty !== undefined) return { path: at, message: `unknown field "${parameters.additionalProperty}"` };
  if (parameters.allowedValues !== undefined) return { path: at, message: `must be one of ${parameters.allowedValues.join(', ')}` };
  if (parameters.missingProperty !== undefined) return { path: at, message: `"${parameters.missingProperty}" is missing` };
  if (error.keyword === 'anyOf') return { path: at, message: 'must be a whole number, or text in quotes' };
  return { path: at, message: error.message ?? error.keyword };
}
