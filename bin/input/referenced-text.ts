import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';

/** What a manifest refers to. */
export interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key: string;
}

/** The text of a key of a ConfigMap or Secret in the files. Throws a ManifestError with this code if it is missing; `referrer` is who needs it. */
export function referencedText(
  { metadata }: DumpIngestionManifest,
  { configMaps, secrets }: Manifests,
  { kind, name, key }: Reference,
  referrer: string,
  code: ErrorCode<'Manifest'>,
): string {
  const entries = (kind === 'Secret' ? secrets : configMaps).get(keyOf(metadata.namespace, name));
  const text = entries?.[key];
  if (text !== undefined) return text;
  const what =
    entries === undefined
      ? `the ${kind} ${name} of namespace ${metadata.namespace}, which none of the files contains: add its file with -f`
      : `the key ${key}, which the ${kind} ${name} does not have`;
  throw new ManifestError(code, `DumpIngestion ${metadata.name}: ${referrer} refers to ${what}`);
}
