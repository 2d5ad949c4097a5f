import type { ValidateFunction } from 'ajv';
import { parseCronExpression } from './cron-expression.ts';
import type { DumpIngestionSpec, ScheduledDumpIngestionSpec, TableIngestionSpec } from './generated.ts';
import { ManifestError, MotherloadError } from './errors.ts';
import { compileSchema } from './compile-schema.ts';
import { describeProblems, type ManifestProblem } from './cel-rules.ts';
import { findFormatProblems } from './format-rules.ts';
import { configMapTexts, secretBytes, type DataObject } from './manifest-data.ts';
import { problemsOf } from './schema-problems.ts';
import { timeZoneFormat } from './time-zone-format.ts';
import { yamlDocuments } from './yaml-documents.ts';
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

/** A ScheduledDumpIngestion as a manifest has it: defaulted and valid. */
export interface ScheduledDumpIngestionManifest {
  readonly metadata: ObjectMetadata;
  readonly spec: ScheduledDumpIngestionSpec;
}

/** The objects in a set of manifest files that `motherload` knows. Secrets and ConfigMaps are keyed by `namespace/name`, then by key. */
export interface Manifests {
  readonly ingestions: readonly DumpIngestionManifest[];
  readonly schedules: readonly ScheduledDumpIngestionManifest[];
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, Buffer>>>;
}

interface AnyObject extends DataObject {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown; namespace?: unknown };
}

const validateTable = lazily(() =>
  compileSchema(openApiSchemaOf(readCustomResourceDefinition('TableIngestion')).properties?.['spec'] ?? {}),
);

/** By the part of the schema that they check, which similar manifests share. */
const validators = new Map<string, ValidateFunction>();

/** The whole schema takes 0.1 s to compile; a manifest without pod settings needs a third of it. */
function validatorFor(schema: JsonSchema, document: AnyObject): ValidateFunction {
  const part = schemaPartFor(schema, document);
  const key = JSON.stringify(part);
  const validate = validators.get(key) ?? compileSchema(part);
  validators.set(key, validate);
  return validate;
}

/** The settings of a manifest for its Jobs. */
export type JobTemplate = DumpIngestionSpec['jobTemplate'];

/** What `motherload` reads of a manifest; other kinds are ignored. */
export const KNOWN_KINDS: ReadonlySet<string> = new Set([
  'DumpIngestion',
  'ScheduledDumpIngestion',
  'ConfigMap',
  'Secret',
]);

/** Reads the documents of manifest files; throws a ManifestError that names every problem of the first that is not valid. */
export function readManifests(files: readonly { readonly name: string; readonly text: string }[]): Manifests {
  const ingestions: DumpIngestionManifest[] = [];
  const schedules: ScheduledDumpIngestionManifest[] = [];
  const configMaps = new Map<string, Record<string, string>>();
  const secrets = new Map<string, Record<string, Buffer>>();
  const seen = new Map<string, string>();
  for (const file of files) {
    for (const document of parse(file.name, file.text)) {
      const { kind } = document;
      if (typeof kind !== 'string' || !KNOWN_KINDS.has(kind)) continue;
      const name = nameOf(file.name, document);
      const key = keyOf(namespaceOf(file.name, document), name);
      refuseDuplicate(seen, `${kind} ${key}`, file.name);
      if (kind === 'DumpIngestion') ingestions.push(readIngestion(file.name, name, document));
      else if (kind === 'ScheduledDumpIngestion') schedules.push(readSchedule(file.name, name, document));
      else if (kind === 'ConfigMap') configMaps.set(key, configMapTexts(file.name, document));
      else secrets.set(key, secretBytes(file.name, document));
    }
  }
  return { ingestions, schedules, configMaps, secrets };
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
  return yamlDocuments(file, text) as AnyObject[];
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

function readIngestion(file: string, name: string, document: AnyObject): DumpIngestionManifest {
  const { spec } = checked('DumpIngestion', file, name, document, ({ spec }: { spec: DumpIngestionSpec }) =>
    findFormatProblems(spec.format),
  );
  return { metadata: metadataOf(name, document), spec };
}

function readSchedule(file: string, name: string, document: AnyObject): ScheduledDumpIngestionManifest {
  const { spec } = checked(
    'ScheduledDumpIngestion',
    file,
    name,
    document,
    ({ spec }: ScheduledDumpIngestionManifest) => [
      ...problemOf('spec.schedule', () => parseCronExpression(spec.schedule)),
      ...problemOf('spec.timeZone', () => timeZoneFormat(spec.timeZone)),
      ...findFormatProblems(spec.ingestionTemplate.spec.format, 'spec.ingestionTemplate.spec.format'),
    ],
  );
  return { metadata: metadataOf(name, document), spec };
}

/** The document with its defaults, once it satisfies the CRD and then these further rules. */
function checked<Valid>(
  kind: 'DumpIngestion' | 'ScheduledDumpIngestion',
  file: string,
  name: string,
  document: AnyObject,
  findProblems: (valid: Valid) => readonly ManifestProblem[],
): Valid {
  const definition = definitions[kind]();
  const schema = openApiSchemaOf(definition);
  const expected = apiVersionOf(definition);
  const problems: ManifestProblem[] =
    document.apiVersion === expected
      ? problemsOf(validatorFor(schema, document), schema, document)
      : [{ path: 'apiVersion', message: `must be ${expected}` }];
  // What is wrong by itself is not repeated as wrong with the preset.
  if (problems.length === 0) problems.push(...findProblems(document as Valid));
  if (problems.length > 0)
    throw new ManifestError('InvalidManifest', describeProblems(`${kind} ${name}`, problems), { file });
  return document as Valid;
}

const definitions = {
  DumpIngestion: dumpIngestionDefinition,
  ScheduledDumpIngestion: lazily(() => readCustomResourceDefinition('ScheduledDumpIngestion')),
};

function problemOf(path: string, check: () => unknown): ManifestProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof MotherloadError)) throw error;
    return [{ path, message: error.message }];
  }
}

function metadataOf(name: string, { metadata }: AnyObject): ObjectMetadata {
  const known = metadata as Partial<ObjectMetadata>;
  return { ...known, name, namespace: known.namespace ?? 'default' };
}
