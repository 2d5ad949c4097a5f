import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runCommand, runDownload } from './cluster/commands.ts';

/** Test files run two at a time, and apt-get does not wait for its lists. flock is of util-linux, which every Debian has. */
const ONE_AFTER_THE_OTHER = ['flock', join(tmpdir(), `motherload-packages-${process.getuid?.()}.lock`)];

/**
 * Installs missing packages, given by a program of each and the name of the Debian package. Installed ones are not changed, and none is removed at
 * the end. `without` is what an error says to somebody who cannot install packages.
 */
export async function installPackages(needed: Readonly<Record<string, string>>, without: string): Promise<void> {
  // A program that another test file is installing is there before what it needs.
  if (process.platform === 'linux') await runCommand([...ONE_AFTER_THE_OTHER, 'true']);
  const lacking = Object.entries(needed).filter(([program]) => !isInstalled(program));
  if (lacking.length === 0) return;
  const names = lacking.map(([, name]) => name);
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(`installing ${names.join(' ')} needs root on Linux; ${without}`);
  console.error(`Installing ${names.join(' ')}`);
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const get = [...ONE_AFTER_THE_OTHER, 'apt-get', ...wait];
  await runDownload([...get, 'update', '-qq'], { environment });
  await runDownload([...get, 'install', '-y', '-qq', '--no-install-recommends', ...names], { environment });
}

function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return program.startsWith('/') ? existsSync(program) : folders.some((folder) => existsSync(join(folder, program)));
}
