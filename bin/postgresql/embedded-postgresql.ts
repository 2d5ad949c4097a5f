import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { findBinaries } from './binaries.ts';
import { createData, type Settings } from './create-data.ts';
import { holdsData, makeSocketFolder, socketFolder, type ServerUser } from './data-folder.ts';
import { ensureRunning, stop } from './server.ts';

export interface EmbeddedPostgresql {
  /** A libpq URI of the database `motherload`, by a Unix socket that only the server's user and root can reach. */
  readonly uri: string;
  /** Where the data is kept. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresqlOptions {
  readonly folder: string;
  /** The npm package with the binaries, without the platform's name; tests name an older one. */
  readonly npmPackage?: string;
  /** Written to postgresql.conf when the data directory is created. */
  readonly settings?: Settings;
}

/** Where the embedded server keeps its data by default: the user that root runs the server as cannot reach root's home. */
export function defaultPostgresqlFolder(): string {
  if (process.getuid?.() === 0) return '/var/lib/motherload/postgresql-18';
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'motherload', 'postgresql-18');
}

/**
 * Starts the PostgreSQL that npm installed, with its data in a folder that is created if needed. It listens on a Unix socket only. PostgreSQL
 * refuses to run as root, so root starts it as `nobody`.
 */
export async function startEmbeddedPostgresql(options: EmbeddedPostgresqlOptions): Promise<EmbeddedPostgresql> {
  const user: ServerUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const binaries = await findBinaries(options.npmPackage, user);
  const folder = resolve(options.folder);
  const data = join(folder, 'data');
  if (!holdsData(folder)) await createData(folder, options.settings ?? {}, binaries, user);
  const sockets = socketFolder(data);
  if (sockets !== data) makeSocketFolder(sockets, user);
  await ensureRunning(data, binaries);
  return {
    uri: `postgresql://postgres@/motherload?host=${encodeURIComponent(sockets)}`,
    folder,
    stop: async () => await stop(data, binaries),
  };
}
