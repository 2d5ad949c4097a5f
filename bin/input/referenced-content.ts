import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { ManifestError, shorten } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';

/** How much of a list of keys a message has. */
const MAX_KEYS_LENGTH = 100;

/** What a manifest refers to. */
export interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key: string;
}

/** What is in a key of a ConfigMap or Secret in the files. Throws a ManifestError with this code if it is missing; `referrer` is who needs it. */
export function referencedContent(
  { metadata }: DumpIngestionManifest,
  { configMaps, secrets }: Manifests,
  { kind, name, key }: Reference,
  referrer: string,
  code: ErrorCode<'Manifest'>,
): string | Buffer {
  const entries = (kind === 'Secret' ? secrets : configMaps).get(keyOf(metadata.namespace, name));
  const content = entries?.[key];
  if (content !== undefined) return content;
  const what =
    entries === undefined
      ? `the ${kind} ${name} of namespace ${metadata.namespace}, which none of the files contains: add its file with -f`
      : `the key ${key}, which the ${kind} ${name} does not have: ${keysOf(entries)}`;
  throw new ManifestError(code, `DumpIngestion ${metadata.name}: ${referrer} refers to ${what}`);
}

function keysOf(entries: object): string {
  const keys = Object.keys(entries);
  return keys.length === 0 ? 'it has no data' : `it has ${shorten(keys.join(', '), MAX_KEYS_LENGTH)}`;
}
