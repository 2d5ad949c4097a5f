import { describeProblems, failedRules, type ManifestProblem } from './cel-rules.ts';
import { ManifestError } from './errors.ts';
import { resolveFormat, type FormatSpec } from './format.ts';
import { dumpIngestionSchema } from './schema.ts';

const PATH = 'spec.format';

/**
 * The CRD's rules for `spec.format` that it violates once its preset has filled in what is not set, and so for each of its tables. The apiserver
 * checks these rules for the fields that are set: it knows no presets.
 */
export function findFormatProblems(set: FormatSpec, path = PATH): ManifestProblem[] {
  const schema = dumpIngestionSchema().properties?.['spec']?.properties?.['format'] ?? {};
  const format = { ...resolveFormat(set), tables: [] };
  const problems = explain(failedRules(schema, format, path), `preset: ${set.preset}`);
  // What is wrong for all tables is not repeated for each.
  if (problems.length > 0) return problems;
  const { items = {} } = schema.properties?.['tables'] ?? {};
  return set.tables.flatMap(({ match, ...fields }, index) => {
    const failed = failedRules(items, { ...format, ...fields }, `${path}.tables[${index}]`);
    return explain(failed, `match: ${match}, preset: ${set.preset}`);
  });
}

function explain(problems: readonly ManifestProblem[], cause: string): ManifestProblem[] {
  return problems.map(({ path, message }) => ({ path, message: `${message} (${cause})` }));
}

/** The same for a manifest that only the apiserver has checked. */
export function refuseContradictions(set: FormatSpec): void {
  const problems = findFormatProblems(set);
  if (problems.length > 0) throw new ManifestError('InvalidManifest', describeProblems(PATH, problems));
}
