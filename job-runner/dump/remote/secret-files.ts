import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { SOURCE_FILES } from '../../../crds/contract/task.ts';

/** The authority of spec.source's caSecretRef, as PEM. */
export async function readAuthority(folder: string): Promise<string> {
  const text = await readSecretFile(folder, SOURCE_FILES.authority, 'caSecretRef');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ManifestError(
    'SourceTls',
    'the authority of caSecretRef is not a certificate in PEM: put one into the Secret',
  );
}

export async function readSecretFile(folder: string, file: string, field: string): Promise<string> {
  try {
    return await readFile(join(folder, file), 'utf8');
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    const message = `the Secret of ${field} cannot be read (${code}): it must exist and have the key that the manifest names`;
    throw new ManifestError('SourceSecret', message, {}, { cause: error });
  }
}
