import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';

/** PostgreSQL's protection against a second server on the same data. https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface LockFile {
  readonly path: string;
  /** The number of the server's process. The file does not show whether that still runs, and is the server. */
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

/** Whether a server listens there. One that recovers from a crash does; one that is just starting does not for a moment. */
export async function listens(socketFile: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(socketFile);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Any other error leaves open whether somebody listens; whoever connects next reports it.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

/**
 * Whether a process is certainly not PostgreSQL, by its command line, which Linux shows to every user (proc_pid_cmdline(5)). One with postgres
 * anywhere in it may be, for instance run by an emulator.
 */
export function isOtherProgram(process: string): boolean {
  try {
    const commandLine = readFileSync(`/proc/${Number(process)}/cmdline`, 'utf8');
    return commandLine !== '' && !commandLine.includes('postgres');
  } catch {
    return false;
  }
}

export function lockFileError({ path, process }: LockFile, isCertain: boolean): ManifestError {
  const finding = isCertain
    ? 'which is not a server of this folder'
    : 'which does not answer as a server of this folder';
  const message = `the lock file names process ${process}, ${finding}. A server that was killed leaves such a file: remove it, or end that process`;
  return new ManifestError('EmbeddedPostgresql', message, { file: path });
}
