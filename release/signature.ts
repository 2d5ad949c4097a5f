import { join } from 'node:path';
import { runProgram } from './command.ts';

/** Signs a file of the folder by a key of cosign. Its configuration names no service, so nothing is sent to the logs of Sigstore. */
export async function sign(folder: string, file: string, key: string): Promise<string> {
  const bundle = `${file}.sigstore.json`;
  const configuration = join(import.meta.dirname, 'signing-config.json');
  const options = ['--yes', '--key', key, '--signing-config', configuration, '--bundle', bundle];
  await runProgram(folder, 'cosign', 'sign-blob', ...options, file);
  return bundle;
}
