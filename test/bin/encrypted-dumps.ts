import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, temporaryFolder } from './cli.ts';

/** The example dumps. */
export const DUMPS = join(ROOT, 'examples', 'dumps');

const folder = temporaryFolder();

/** A folder with the example dumps as `encrypt` makes them. */
export function encrypted(encrypt: (zip: Buffer) => Buffer, extension = '.gpg', only = /\.zip$/): string {
  const dumps = join(folder, crypto.randomUUID());
  mkdirSync(dumps);
  for (const file of readdirSync(DUMPS).filter((name) => only.test(name)))
    writeFileSync(join(dumps, file + extension), encrypt(readFileSync(join(DUMPS, file))));
  return dumps;
}
