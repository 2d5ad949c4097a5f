import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { dataFolderError } from '../../../bin/postgresql/data-folder.ts';
import { exampleRun, motherload, ROOT, temporaryFolder } from '../cli.ts';

const parent = temporaryFolder();
chmodSync(parent, 0o711); // Started by root, the server runs as another user.
/** The user that the server runs as if root starts it. */
const serverUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

describe('the data folder of the embedded PostgreSQL', () => {
  const refuses = async (dataFolder: string, message: RegExp) => {
    const { code, stdout, stderr } = await motherload(exampleRun(dataFolder));
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert(stderr.includes(dataFolder) && stderr.includes('--data-folder'), stderr);
  };
  const ownership = (path: string) => {
    const { uid, gid, mode } = statSync(path);
    return { uid, gid, mode: mode & 0o777 };
  };
  const holding = (name: string, files: readonly string[]) => {
    const path = join(parent, name);
    mkdirSync(path, { mode: 0o755 });
    for (const file of files) writeFileSync(join(path, file), '');
    return path;
  };

  it('is refused and left unchanged if it holds other files', async () => {
    for (const [name, files] of [
      ['documents', ['a.txt', 'b.txt', 'c.txt', 'd.txt']],
      ['logs', ['server.log']],
      ['other-data', ['data']],
    ] as const) {
      const path = holding(name, files);
      const before = ownership(path);
      await refuses(
        path,
        /holds other files \((a\.txt, b\.txt, c\.txt, …|server\.log|data)\): choose an empty or a new folder with --data-folder$/m,
      );
      assert.deepEqual([ownership(path), readdirSync(path)], [before, files]);
    }
  });

  it('may be empty, or left by a command that was killed while it created the data', async () => {
    const killedAt = holding('killed', ['server.log']);
    mkdirSync(join(killedAt, 'data.unfinished-Abc123'));
    if (serverUser.uid !== undefined) chownSync(join(killedAt, 'server.log'), serverUser.uid, serverUser.gid);
    for (const path of [holding('empty', []), killedAt]) {
      const { code, stderr } = await motherload(exampleRun(path));
      assert.equal(code, 0, stderr);
      assert.deepEqual(readdirSync(path).toSorted(), ['data', 'server.log']);
      assert.equal(ownership(path).mode, 0o700);
    }
  });

  it('is created with its parents, accessible to the server whatever the umask; its path may be long and relative', async () => {
    const path = join(parent, 'parent', 'a'.repeat(100), 'postgresql');
    const dataFolder = relative(ROOT, path);
    const command = `umask 077; exec "$0" bin/motherload.js ${exampleRun(`'${dataFolder}'`).join(' ')}`;
    await promisify(execFile)('/bin/sh', ['-c', command, process.execPath], { cwd: ROOT });
    const socketFolder =
      /^unix_socket_directories = '(.*)'$/m.exec(readFileSync(join(path, 'data', 'postgresql.conf'), 'utf8'))?.[1] ??
      '';
    assert.match(socketFolder, /motherload-[0-9a-f]{12}$/);
    rmSync(socketFolder, { recursive: true });
    const afterReboot = await motherload(['query', 'SELECT 1 AS one', '--data-folder', path]);
    assert.deepEqual([afterReboot.code, afterReboot.stdout, afterReboot.stderr], [0, 'one\n1\n', '']);
    rmSync(socketFolder, { recursive: true });
    symlinkSync(holding('elsewhere', []), socketFolder);
    const refused = await motherload(['query', 'SELECT 1 AS one', '--data-folder', path]);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      new RegExp(`cannot create its socket in ${socketFolder}, which belongs to another user.*--data-folder`),
    );
    rmSync(socketFolder);
  });

  it('is created by runs alone: what was loaded is not looked for in a folder whose name is misspelt', async () => {
    const path = join(parent, 'misspelt');
    for (const command of [
      ['status'],
      ['query', 'SELECT 1'],
      ['rejects'],
      ['drift'],
      ['verify', '-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps'],
    ]) {
      const { code, stdout, stderr } = await motherload([...command, '--data-folder', path]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.equal(
        stderr,
        `error: there is no embedded PostgreSQL in ${path}, where motherload run would create it: name the folder of a run with --data-folder, or another database with --database\n`,
      );
    }
    const [, ...example] = exampleRun(path);
    const plan = await motherload(['plan', ...example]);
    assert.equal(plan.code, 0, plan.stderr);
    assert.equal(plan.stderr, `quickstart: there is no database in ${path} yet, so an empty one is assumed\n`);
    assert(!existsSync(path));
  });

  it('is refused with its name if it cannot be created, written or reached', async () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    await refuses(file, /\(it is a file, not a folder\)/);
    await refuses(join(file, 'below'), /\(a part of its path is a file, not a folder\)/);
    await refuses('/proc/motherload', /\(no such file or folder\)/);
    const closed = join(parent, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    if (process.getuid?.() === 0) await refuses(join(closed, 'postgresql'), /Permission denied/);
  });

  it('is refused in words where its disk is full or read-only, whichever program says so', () => {
    const cannotWrite = (reason: string) =>
      Object.assign(new Error('Command failed: pg_ctl start'), { stderr: reason });
    const messageOf = (error: unknown) => dataFolderError('/data', error).message;
    for (const error of [
      Object.assign(new Error('EROFS: read-only file system, mkdir'), { code: 'EROFS' }),
      cannotWrite(
        '/bin/sh: 1: cannot create /data/server.log: Read-only file system\npg_ctl: could not start server\n',
      ),
    ])
      assert.equal(
        messageOf(error),
        'the embedded PostgreSQL cannot keep its data in /data (its file system is read-only): choose a folder that its user can write to with --data-folder',
      );
    for (const error of [
      Object.assign(new Error('ENOSPC: no space left on device, mkdir'), { code: 'ENOSPC' }),
      cannotWrite('initdb: error: could not create directory "/data/base": No space left on device\n'),
      new Error('FATAL:  could not write lock file ".s.PGSQL.5432.lock": No space left on device'),
    ])
      assert.match(
        messageOf(error),
        /in \/data, whose disk is full: free some space, or choose a folder on another disk/,
      );
  });
});
