import { ManifestError } from './errors.ts';

/** What a ConfigMap or Secret in a file consists of. */
export interface DataObject {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown };
  readonly data?: unknown;
  readonly stringData?: unknown;
}

/** As Go's decoder takes it, which the apiserver uses: https://pkg.go.dev/encoding/base64#StdEncoding */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The entries of a ConfigMap. */
export function configMapTexts(file: string, object: DataObject): Record<string, string> {
  return textsOf(file, object, 'data');
}

/** The entries of a Secret as bytes, since a key of gpg may be binary; those of `stringData` replace those of `data`. */
export function secretBytes(file: string, object: DataObject): Record<string, Buffer> {
  const encoded = Object.entries(textsOf(file, object, 'data')).map(
    ([key, value]) => [key, decode(file, object, key, value)] as const,
  );
  const plain = Object.entries(textsOf(file, object, 'stringData')).map(
    ([key, value]) => [key, Buffer.from(value)] as const,
  );
  return Object.fromEntries([...encoded, ...plain]);
}

/** Node decodes any text to some bytes, which would be taken for the password. */
function decode(file: string, object: DataObject, key: string, value: string): Buffer {
  const text = value.replace(/[\r\n]/g, '');
  if (BASE64.test(text)) return Buffer.from(text, 'base64');
  const message = `${nameOf(object)}: data.${key} is not base64: write it as it is below stringData`;
  throw new ManifestError('NotText', message, { file });
}

/** All of which must be text. No message contains a value, since it may be a secret. */
function textsOf(file: string, object: DataObject, field: 'data' | 'stringData'): Record<string, string> {
  const given: unknown = object[field] ?? {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const message = `${nameOf(object)}: ${field} must have keys below it, each with its text`;
    throw new ManifestError('NotText', message, { file });
  }
  const entries = Object.entries(given as Record<string, unknown>);
  for (const [key, value] of entries) {
    if (typeof value === 'string') continue;
    const remedy = typeof value === 'object' ? `write "${key}: |" and indent what follows` : 'put the value in quotes';
    throw new ManifestError('NotText', `${nameOf(object)}: ${field}.${key} is not text: ${remedy}`, { file });
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function nameOf({ kind, metadata }: DataObject): string {
  return `${String(kind)} ${String(metadata?.name)}`;
}
