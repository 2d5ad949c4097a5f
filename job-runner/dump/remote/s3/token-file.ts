import { readFile } from 'node:fs/promises';
import { ManifestError } from '../../../../crds/contract/errors.ts';

/** The token that `variable` names the file of: read each time, since the kubelet replaces it before it expires. */
export async function readToken(file: string, variable: string): Promise<string> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    // What no header can carry is no token, and Node would throw.
    if (/^[!-~]+$/.test(token)) return token;
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    const message = `the token of the ServiceAccount cannot be read (${code}): check ${variable}`;
    throw new ManifestError('SourceCredentials', message, { file }, { cause: error });
  }
  throw new ManifestError('SourceCredentials', `the file is empty or has no token: check ${variable}`, { file });
}
