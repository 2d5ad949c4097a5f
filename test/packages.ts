import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './cluster/commands.ts';

/**
 * Installs missing packages, given by a program of each and the name of the Debian package. Installed ones are not changed, and none is removed at
 * the end. `without` is what an error says to somebody who cannot install packages.
 */
export async function installPackages(needed: Readonly<Record<string, string>>, without: string): Promise<void> {
  const lacking = Object.entries(needed).filter(([program]) => !isInstalled(program));
  if (lacking.length === 0) return;
  const names = lacking.map(([, name]) => name);
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(`installing ${names.join(' ')} needs root on Linux; ${without}`);
  console.error(`Installing ${names.join(' ')}`);
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await runCommand(['apt-get', ...wait, 'update', '-qq'], { environment });
  await runCommand(['apt-get', ...wait, 'install', '-y', '-qq', '--no-install-recommends', ...names], { environment });
}

function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return program.startsWith('/') ? existsSync(program) : folders.some((folder) => existsSync(join(folder, program)));
}
