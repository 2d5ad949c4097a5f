import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../cluster/commands.ts';
import { ROOT, temporaryFolder } from './cli.ts';

/** The example dumps. */
export const DUMPS = join(ROOT, 'examples', 'dumps');

/** What packs ZIPs with a password, for installPackages. */
export const PACKERS = { '7zz': '7zip', bsdtar: 'libarchive-tools' };
export const PASSWORD = 'correct horse battery staple';
export const SEVEN_ZIP = '7zz a -tzip -mem=AES256 -p"$SECRET" "$OUT" .';
export const BSDTAR = 'bsdtar -cf "$OUT" --format zip --options zip:encryption=aes256 --passphrase "$SECRET" *';

const folder = temporaryFolder();

/** A folder with the example dumps as `encrypt` makes them. */
export function encrypted(encrypt: (zip: Buffer) => Buffer, extension = '.gpg', only = /\.zip$/): string {
  const dumps = join(folder, crypto.randomUUID());
  mkdirSync(dumps);
  for (const file of readdirSync(DUMPS).filter((name) => only.test(name)))
    writeFileSync(join(dumps, file + extension), encrypt(readFileSync(join(DUMPS, file))));
  return dumps;
}

/** A folder with the example dumps, packed again by a shell command, with the password. */
export async function packed(command: string, only = /\.zip$/): Promise<string> {
  const dumps = join(folder, crypto.randomUUID());
  mkdirSync(dumps);
  for (const file of readdirSync(DUMPS).filter((name) => only.test(name))) {
    const content = join(folder, crypto.randomUUID());
    mkdirSync(content);
    await runCommand(['bsdtar', '-xf', join(DUMPS, file), '-C', content]);
    await runCommand(['bash', '-euo', 'pipefail', '-c', command], {
      folder: content,
      environment: { OUT: join(dumps, file), SECRET: PASSWORD },
    });
  }
  return dumps;
}
