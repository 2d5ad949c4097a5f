import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';

/** By which PostgreSQL keeps a second server off its data. https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface LockFile {
  readonly path: string;
  /** The number of the server's process; whether that runs, and is the server, the file does not tell. */
  readonly process: string;
  readonly port: string;
}

export function readLockFile(data: string): LockFile | undefined {
  const path = join(data, 'postmaster.pid');
  try {
    const [process = '', , , port = ''] = readFileSync(path, 'utf8').split('\n');
    // A server in single-user mode has a minus before its number.
    return { path, process: process.trim().replace(/^-/, ''), port: port.trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Whether the server listens there. One that recovers from a crash does, and answers with that; one that is just starting does not yet, for a
 * moment.
 */
export async function listens(socketFile: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(socketFile);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Anything else is no word on whether somebody listens, and is told by whoever connects in earnest.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

/**
 * Whether a process is surely no PostgreSQL, by its command line, which Linux shows to every user (proc_pid_cmdline(5)). One that speaks of
 * postgres anywhere may be one, maybe run by an emulator.
 */
export function isOtherProgram(process: string): boolean {
  try {
    const commandLine = readFileSync(`/proc/${Number(process)}/cmdline`, 'utf8');
    return commandLine !== '' && !commandLine.includes('postgres');
  } catch {
    return false;
  }
}

export function namesNoServer({ path, process }: LockFile, isCertain: boolean): ManifestError {
  const known = isCertain ? 'which is no server of this folder' : 'which does not answer as a server of this folder';
  const message = `the lock file names process ${process}, ${known}: a server that was killed, or a machine that stopped, leaves such a file; remove it, or end that process`;
  return new ManifestError('EmbeddedPostgresql', message, { file: path });
}
