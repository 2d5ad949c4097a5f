import { appendFileSync, chownSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { dataFolderError, holdsData, socketFolder, claimFolder, UNFINISHED, type ServerUser } from './data-folder.ts';

/** Lines of postgresql.conf. */
export type Settings = Readonly<Record<string, string>>;

const INITDB_OPTIONS = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'];

/** Creates the data directory completely or not at all. Of several processes that do so at once the first one wins, and the others use its. */
export async function createData(
  folder: string,
  settings: Settings,
  binaries: Binaries,
  user: ServerUser,
): Promise<void> {
  claimFolder(folder, user);
  let unfinished: string | undefined;
  try {
    unfinished = mkdtempSync(join(folder, UNFINISHED));
    if (user.uid !== undefined && user.gid !== undefined) chownSync(unfinished, user.uid, user.gid);
    await initialize(unfinished, { ...settings, ...socketSettings(join(folder, 'data')) }, binaries);
    renameSync(unfinished, join(folder, 'data'));
  } catch (error) {
    if (unfinished !== undefined) rmSync(unfinished, { recursive: true, force: true });
    if (!holdsData(folder)) throw dataFolderError(folder, error);
  }
  // Left by processes that were killed, or still in use by others, which then find that this one was first.
  for (const name of readdirSync(folder)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 10 });
  }
}

async function initialize(directory: string, settings: Settings, binaries: Binaries): Promise<void> {
  const cwd = join(directory, '..');
  await binaries.run('initdb', ['-D', directory, ...INITDB_OPTIONS], { cwd });
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  appendFileSync(join(directory, 'postgresql.conf'), lines.join(''));
  const input = 'CREATE DATABASE motherload;\n';
  await binaries.run('postgres', ['--single', '-D', directory, 'postgres'], { cwd, input });
}

/** A Unix socket in the data directory (mode 0700) and nothing else, which is why no password is needed. */
function socketSettings(data: string): Settings {
  const sockets = socketFolder(data);
  return { listen_addresses: '', unix_socket_directories: sockets === data ? '.' : sockets };
}
