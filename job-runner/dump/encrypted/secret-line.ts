import { readFile } from 'node:fs/promises';
import type { ErrorCode } from '../../../crds/contract/error-codes.ts';
import { ManifestError } from '../../../crds/contract/errors.ts';

/** How messages call a Secret or file with a passphrase or password, and the error where it has none. */
export interface SecretName {
  readonly field: string;
  readonly word: string;
  readonly code: ErrorCode<'Manifest'>;
}

/** The first line of a Secret or file, which is all that gpg reads of one. */
export async function readSecretLine(file: string, { field, word, code }: SecretName): Promise<Buffer> {
  const bytes = await readSecret(file, field);
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = end === -1 ? bytes : bytes.subarray(0, end);
  if (line.length > 0) return line;
  throw new ManifestError(code, `the ${word} is empty: put it into the first line of its Secret or file`);
}

export async function readSecret(file: string, field: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    const message = `the Secret or file of ${field} cannot be read (${code}): it must exist and have the key that the manifest names`;
    throw new ManifestError('SourceSecret', message, {}, { cause: error });
  }
}
