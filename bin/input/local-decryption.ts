import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';
import { SOURCE_FILES, type Decryption, type GpgDecryption } from '../../crds/contract/task.ts';
import { fileProblem } from './file-problem.ts';
import { referencedContent } from './referenced-content.ts';

export interface DecryptionOptions {
  /** A file with a secret key, in place of the manifest's Secret. */
  readonly gpgKey?: string | undefined;
  readonly gpgPassphraseFile?: string | undefined;
  readonly zipPasswordFile?: string | undefined;
}

/** A folder for keys: in memory where this machine has a place there, by a short path, and only once something asks for it. */
export class KeysFolder {
  #path: string | undefined;

  get path(): string {
    return (this.#path ??= mkdtempSync(join(isWritable('/dev/shm') ? '/dev/shm' : tmpdir(), 'ml-')));
  }

  remove(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
  }
}

/**
 * What the encrypted dumps of a manifest are decrypted with: the files of the options, the Secrets among the files given with -f, or else, by gpg, the
 * user's own keys. Undefined if neither the manifest nor an option says that there are any.
 */
export function localDecryption(
  manifest: DumpIngestionManifest,
  manifests: Manifests,
  options: DecryptionOptions,
  keysFolder: KeysFolder,
): Decryption | undefined {
  const { gpg, zip } = manifest.spec.source.decryption ?? {};
  const { name, namespace } = manifest.metadata;
  const write = ({ name: secret, key }: SecretRef, file: string): string => {
    const reference = { kind: 'Secret', name: secret, key } as const;
    const content = referencedContent(manifest, manifests, reference, 'spec.source.decryption', 'SourceSecret');
    const path = join(keysFolder.path, `${namespace}-${name}-${file}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const writeGiven = (ref: SecretRef | undefined, file: string): string | undefined =>
    ref !== undefined && manifests.secrets.has(keyOf(namespace, ref.name)) ? write(ref, file) : undefined;
  const { gpgKey, gpgPassphraseFile, zipPasswordFile } = givenFiles(options);
  const hasGpg = [gpg, gpgKey, gpgPassphraseFile].some((one) => one !== undefined);
  const keyFile = gpgKey ?? writeGiven(gpg?.keySecretRef, SOURCE_FILES.gpgKey);
  const passphraseFile = gpgPassphraseFile ?? writeGiven(gpg?.passphraseSecretRef, SOURCE_FILES.gpgPassphrase);
  const password = zipPasswordFile ?? (zip && write(zip.passwordSecretRef, SOURCE_FILES.zipPassword));
  if (!hasGpg && password === undefined) return undefined;
  return {
    ...(hasGpg ? { gpg: withHome(keyFile, passphraseFile, keysFolder) } : {}),
    ...(password === undefined ? {} : { zipPasswordFile: password }),
  };
}

/** What one dump is decrypted with, if it is encrypted: the options' files, or else, by gpg, the user's own keys. */
export function decryptionOf(options: DecryptionOptions, keysFolder: KeysFolder): Decryption {
  const { gpgKey, gpgPassphraseFile, zipPasswordFile } = givenFiles(options);
  return { gpg: withHome(gpgKey, gpgPassphraseFile, keysFolder), zipPasswordFile };
}

function givenFiles({ gpgKey, gpgPassphraseFile, zipPasswordFile }: DecryptionOptions): DecryptionOptions {
  return {
    gpgKey: givenFile(gpgKey, '--gpg-key'),
    gpgPassphraseFile: givenFile(gpgPassphraseFile, '--gpg-passphrase-file'),
    zipPasswordFile: givenFile(zipPasswordFile, '--zip-password-file'),
  };
}

function withHome(
  keyFile: string | undefined,
  passphraseFile: string | undefined,
  keysFolder: KeysFolder,
): GpgDecryption {
  return { keyFile, passphraseFile, homeFolder: keyFile === undefined ? undefined : keysFolder.path };
}

interface SecretRef {
  readonly name: string;
  readonly key: string;
}

function givenFile(file: string | undefined, option: string): string | undefined {
  if (file === undefined) return undefined;
  try {
    accessSync(file, constants.R_OK);
    return resolve(file);
  } catch (error) {
    const message = `the file of ${option} cannot be read: ${fileProblem(error)}`;
    throw new ManifestError('SourceSecret', message, { file }, { cause: error });
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
