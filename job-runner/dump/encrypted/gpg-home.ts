import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { ManifestError, shorten, TransientError } from '../../../crds/contract/errors.ts';
import type { GpgDecryption } from '../../../crds/contract/task.ts';
import { readSecret, readSecretLine, type SecretName } from './secret-line.ts';

/** How gpg is to be called: with which keys, and which passphrase. */
export interface GpgSettings {
  /** Undefined for the user's own keys. */
  readonly home: string | undefined;
  readonly passphrase: Buffer | undefined;
}

const PASSPHRASE: SecretName = { field: 'passphraseSecretRef', word: 'passphrase', code: 'DecryptionPassphrase' };

/** The last one: the tasks of a runner share its keys and its agent. */
let last: { readonly key: string; readonly settings: Promise<GpgSettings> } | undefined;

export async function prepareGpg(decryption: GpgDecryption): Promise<GpgSettings> {
  const key = JSON.stringify(decryption);
  if (last?.key === key) return await last.settings;
  const settings = createSettings(decryption);
  last = { key, settings };
  try {
    return await settings;
  } catch (error) {
    // A Secret that was not there may be by the next attempt.
    last = undefined;
    throw error;
  }
}

async function createSettings({ keyFile, passphraseFile, homeFolder }: GpgDecryption): Promise<GpgSettings> {
  const passphrase = passphraseFile === undefined ? undefined : await readSecretLine(passphraseFile, PASSPHRASE);
  if (homeFolder === undefined) return { home: undefined, passphrase };
  const home = createHome(homeFolder);
  if (keyFile !== undefined) await importKey(home, keyFile);
  return { home, passphrase };
}

/** In a folder of its own, which goes with the process, and the agent with it: several runners of this machine share `parent`. */
function createHome(parent: string): string {
  try {
    const home = mkdtempSync(join(parent, 'g'));
    process.once('exit', () => {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], { stdio: 'ignore', timeout: 5000 });
      rmSync(home, { recursive: true, force: true });
    });
    return home;
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new TransientError(
      'GpgFailed',
      `the folder for gpg's keys cannot be written (${code})`,
      {},
      { cause: error },
    );
  }
}

async function importKey(home: string, keyFile: string): Promise<void> {
  await readSecret(keyFile, 'keySecretRef');
  await chmod(home, 0o700);
  const { status, errors } = await runImport(home, keyFile);
  // DETAILS: the tenth count is that of secret keys that were read.
  const secretKeys = Number(/^\[GNUPG:\] IMPORT_RES (?:\d+ ){9}(\d+)/m.exec(status)?.[1] ?? 0);
  if (secretKeys > 0) return;
  const said = shorten(errors.trim().split('\n')[0] ?? '');
  const message = `the key of keySecretRef or --gpg-key has no secret key (${said}): export it with gpg --export-secret-keys --armor`;
  throw new ManifestError('DecryptionKeyInvalid', message);
}

async function runImport(home: string, keyFile: string): Promise<{ status: string; errors: string }> {
  const parameters = ['--homedir', home, '--batch', '--no-tty', '--status-fd', '1', '--import', '--', keyFile];
  return await new Promise((resolve, reject) => {
    execFile('gpg', parameters, { env: gpgEnvironment() }, (error, status, errors) => {
      if (error !== null && (error as NodeJS.ErrnoException).code === 'ENOENT') reject(gpgMissing());
      else resolve({ status, errors });
    });
  });
}

/** Nothing of the runner's own, such as the database's URI. */
export function gpgEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'USER', 'TMPDIR', 'GNUPGHOME', 'GPG_TTY', 'DISPLAY', 'XDG_RUNTIME_DIR', 'SystemRoot'];
  const inherited = names.map((name) => [name, process.env[name]] as const).filter(([, value]) => value !== undefined);
  // Its messages are quoted.
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}

export function gpgMissing(): ManifestError {
  const message = 'the dumps are encrypted, and there is no gpg on the PATH: install GnuPG 2.2 or later';
  return new ManifestError('GpgMissing', message);
}
