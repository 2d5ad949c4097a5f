import { loadAll, YAMLException } from 'js-yaml';
import { ManifestError } from './errors.ts';

/** The documents of a file, and the items of a List, as `kubectl get -o yaml` prints it; what is wrong with its YAML is said with its line. */
export function yamlDocuments(file: string, text: string): unknown[] {
  try {
    return loadAll(text)
      .flatMap(itemsOf)
      .filter((document) => document !== null && document !== undefined);
  } catch (error) {
    // The cause would quote the lines as well.
    throw new ManifestError('NotYaml', `not YAML: ${describe(error, text)}`, { file });
  }
}

function itemsOf(document: unknown): unknown[] {
  const { kind, items } = (document ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  return kind === 'List' && Array.isArray(items) ? items : [document];
}

/** With the lines around it, unless there may be a secret in them: messages end up in logs. */
function describe(error: unknown, text: string): string {
  if (!(error instanceof YAMLException)) return String(error);
  const { message, reason, mark } = error;
  const mayHaveSecret = /\bkind:\s*["']?Secret\b|:\/\/[^\s/]*@/.test(text);
  if (!mayHaveSecret) return message;
  return mark === undefined ? reason : `${reason} (${mark.line + 1}:${mark.column + 1})`;
}
