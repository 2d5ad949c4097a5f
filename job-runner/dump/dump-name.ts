import { ManifestError } from '../../crds/contract/errors.ts';

/** What a dump's file name says. */
export interface DumpName {
  readonly app?: string;
  readonly version: string;
}

type Placeholder = 'app' | 'version';

/**
 * A pattern such as `{app}_{version}.zip` as a function that parses a file name, or returns undefined where it does not match.
 *
 * The version is the shortest text that matches, so `my_app_v1.zip` is version `v1` of `my_app`. The text between the placeholders is
 * literal; the extension matches in any case. File names are hostile input, so this searches for literal text and uses no regular expression
 * that could be made to backtrack.
 */
export function compileNamePattern(pattern: string): (fileName: string) => DumpName | undefined {
  const parts = pattern.split(/\{(app|version)\}/);
  const problem = findPatternProblem(pattern, parts);
  if (problem !== undefined) {
    throw new ManifestError(
      'DumpNamePattern',
      `spec.format.dumpName (${pattern}) ${problem}, for instance {app}_{version}.zip`,
    );
  }
  const [prefix, first, middle, second, suffix] = parts as [string, Placeholder, string, Placeholder?, string?];
  const end = suffix ?? middle;
  return (fileName) => {
    const inner = innerPart(fileName, prefix, end);
    if (inner === undefined || inner === '') return undefined;
    if (second === undefined) return { version: inner };
    return first === 'app' ? splitAtLast(inner, middle) : splitAtFirst(inner, middle);
  };
}

function findPatternProblem(pattern: string, parts: readonly string[]): string | undefined {
  const placeholders = parts.filter((_, index) => index % 2 === 1);
  const versions = placeholders.filter((name) => name === 'version').length;
  if (pattern.includes('/')) return 'is a file name and cannot contain a /';
  if (versions !== 1) return 'must contain {version} once';
  if (placeholders.length - versions > 1) return 'may contain {app} only once';
  if (placeholders.length === 2 && parts[2] === '') return 'must have text between {app} and {version}';
  return undefined;
}

/** The name without the pattern's literal beginning and end. */
function innerPart(fileName: string, prefix: string, suffix: string): string | undefined {
  if (fileName.length < prefix.length + suffix.length || !fileName.startsWith(prefix)) return undefined;
  const end = fileName.slice(fileName.length - suffix.length);
  const dot = suffix.lastIndexOf('.') < 0 ? suffix.length : suffix.lastIndexOf('.');
  if (end.slice(0, dot) !== suffix.slice(0, dot) || end.slice(dot).toLowerCase() !== suffix.slice(dot).toLowerCase())
    return undefined;
  return fileName.slice(prefix.length, fileName.length - suffix.length);
}

/** `my_app_v1`: the version follows the last separator with text behind it. */
function splitAtLast(inner: string, separator: string): DumpName | undefined {
  const at = inner.lastIndexOf(separator, inner.length - separator.length - 1);
  return at <= 0 ? undefined : { app: inner.slice(0, at), version: inner.slice(at + separator.length) };
}

/** `v1_my_app`: the version ends before the first separator. */
function splitAtFirst(inner: string, separator: string): DumpName | undefined {
  const at = inner.indexOf(separator, 1);
  const app = at < 0 ? '' : inner.slice(at + separator.length);
  return app === '' ? undefined : { app, version: inner.slice(0, at) };
}
