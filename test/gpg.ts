import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { installPackages } from './packages.ts';

const PACKAGES = { gpg: 'gpg', 'gpg-agent': 'gpg-agent', gpgconf: 'gpgconf' };

/** A key as a file, and for whom dumps are encrypted with it. */
export interface TestKey {
  readonly recipient: string;
  /** With the secret key, armoured. */
  readonly file: string;
  readonly publicFile: string;
}

/** A home of GnuPG with keys of its own, which is removed after the tests. */
export class Gpg {
  readonly home: string;
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.home = join(folder, 'h');
    mkdirSync(this.home, { mode: 0o700 });
  }

  static async create(): Promise<Gpg> {
    await installPackages(PACKAGES, 'tests of encrypted dumps need GnuPG');
    const gpg = new Gpg(mkdtempSync(join(tmpdir(), 'ml-gpg-')));
    after(() => {
      spawnSync('gpgconf', ['--homedir', gpg.home, '--kill', 'gpg-agent']);
      rmSync(gpg.folder, { recursive: true, force: true });
    });
    return gpg;
  }

  /** Elliptic curves, since a key of RSA takes seconds. `expires` is gpg's; `options`, too. */
  createKey(name: string, { passphrase = '', expires = 'never', options = [] as readonly string[] } = {}): TestKey {
    const recipient = `${name}@example.com`;
    const secret = [...options, '--pinentry-mode', 'loopback', '--passphrase', passphrase];
    this.run([...secret, '--quick-generate-key', recipient, 'ed25519', 'cert,sign', expires]);
    const listed = this.run(['--list-keys', '--with-colons', recipient]).toString();
    const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
    this.run([...secret, '--quick-add-key', fingerprint, 'cv25519', 'encr', expires]);
    const file = join(this.folder, `${name}.asc`);
    const publicFile = join(this.folder, `${name}.public.asc`);
    writeFileSync(file, this.run([...secret, '--armor', '--export-secret-keys', recipient]), { mode: 0o600 });
    writeFileSync(publicFile, this.run(['--armor', '--export', recipient]));
    return { recipient, file, publicFile };
  }

  /** For a key. */
  encrypt(plain: Buffer, { recipient }: Pick<TestKey, 'recipient'>, options: readonly string[] = []): Buffer {
    return this.run([...options, '--recipient', recipient, '--encrypt'], plain);
  }

  /** By a passphrase alone. */
  encryptSymmetrically(plain: Buffer, passphrase: string, options: readonly string[] = []): Buffer {
    const secret = ['--pinentry-mode', 'loopback', '--passphrase', passphrase];
    return this.run([...options, ...secret, '--symmetric'], plain);
  }

  passphraseFile(passphrase: string): string {
    const file = join(mkdtempSync(join(this.folder, 'p-')), 'passphrase');
    writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
    return file;
  }

  run(parameters: readonly string[], input?: Buffer): Buffer {
    const all = ['--homedir', this.home, '--batch', '--yes', '--no-tty', '--trust-model', 'always', ...parameters];
    const { status, stdout, stderr } = spawnSync('gpg', all, {
      ...(input === undefined ? {} : { input }),
      maxBuffer: 2 ** 30,
    });
    if (status !== 0) throw new Error(`gpg ${parameters.join(' ')}: ${stderr.toString()}`);
    return stdout;
  }
}
