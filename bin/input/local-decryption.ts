import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';
import { SOURCE_FILES, type Decryption } from '../../crds/contract/task.ts';
import { referencedText } from './referenced-text.ts';

export interface GpgOptions {
  /** A file with a secret key, in place of the manifest's Secret. */
  readonly gpgKey?: string;
  readonly gpgPassphraseFile?: string;
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
 * What the encrypted dumps of a manifest are decrypted with: the files of the options, the Secrets among the files given with -f, or else the
 * user's own keys. Undefined if neither the manifest nor an option says that there are any.
 */
export function localDecryption(
  manifest: DumpIngestionManifest,
  manifests: Manifests,
  { gpgKey, gpgPassphraseFile }: GpgOptions,
  keysFolder: KeysFolder,
): Decryption | undefined {
  const { gpg } = manifest.spec.source.decryption ?? {};
  if (gpg === undefined && gpgKey === undefined && gpgPassphraseFile === undefined) return undefined;
  const write = (ref: SecretRef | undefined, file: string): string | undefined => {
    const { namespace } = manifest.metadata;
    if (ref === undefined || !manifests.secrets.has(keyOf(namespace, ref.name))) return undefined;
    const reference = { kind: 'Secret', ...ref } as const;
    const text = referencedText(manifest, manifests, reference, 'spec.source.decryption', 'SourceSecret');
    const path = join(keysFolder.path, `${namespace}-${manifest.metadata.name}-${file}`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const keyFile = givenFile(gpgKey, '--gpg-key') ?? write(gpg?.keySecretRef, SOURCE_FILES.gpgKey);
  const passphraseFile =
    givenFile(gpgPassphraseFile, '--gpg-passphrase-file') ??
    write(gpg?.passphraseSecretRef, SOURCE_FILES.gpgPassphrase);
  return withHome(keyFile, passphraseFile, keysFolder);
}

/** What one dump is decrypted with, if it is encrypted: the options' files, or else the user's own keys. */
export function decryptionOf({ gpgKey, gpgPassphraseFile }: GpgOptions, keysFolder: KeysFolder): Decryption {
  return withHome(givenFile(gpgKey, '--gpg-key'), givenFile(gpgPassphraseFile, '--gpg-passphrase-file'), keysFolder);
}

function withHome(keyFile: string | undefined, passphraseFile: string | undefined, keysFolder: KeysFolder): Decryption {
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
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new ManifestError(
      'SourceSecret',
      `the file of ${option} cannot be read (${code})`,
      { file },
      { cause: error },
    );
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
