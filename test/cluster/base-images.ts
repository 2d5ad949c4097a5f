/** What replaces the images that the Dockerfile starts from, since no registry is used: they are made of what npm and Debian installed here. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { buildFromFolder } from './buildah.ts';
import { runCommand } from './commands.ts';

/** By the names of the Dockerfile's arguments. */
export interface BaseImages {
  readonly NODE_IMAGE: string;
  readonly BASE_IMAGE: string;
  readonly GNUPG_FILES: string;
}

export async function buildBaseImages(folder: string): Promise<BaseImages> {
  return {
    NODE_IMAGE: await buildNodeImage(folder),
    BASE_IMAGE: await buildDistrolessImage(folder),
    GNUPG_FILES: await buildGnupgImage(folder),
  };
}

/** Replaces the public `node` image: Node with the C library that it is linked to, npm, and a shell (busybox) for the Dockerfile's RUN lines. */
async function buildNodeImage(folder: string): Promise<string> {
  const node = realpathSync(process.execPath);
  const npm = npmFolder();
  const libraries = await librariesOf(node);
  const settings = ['--env', 'PATH=/usr/local/bin:/bin', '--env', 'HOME=/root', '--cmd', 'node'];
  return await buildFromFolder(folder, `localhost/motherload-node:${process.versions.node}`, settings, (content) => {
    for (const path of ['bin', 'etc', 'root', 'tmp', 'usr/local/bin', 'usr/local/etc', 'usr/bin']) {
      mkdirSync(join(content, path), { recursive: true });
    }
    chmodSync(join(content, 'tmp'), 0o1777);
    copyFileSync('/bin/busybox', join(content, 'bin/busybox'));
    for (const applet of ['sh', 'cp', 'find', 'rm', 'mkdir', 'cat'])
      symlinkSync('busybox', join(content, 'bin', applet));
    symlinkSync('../../bin/busybox', join(content, 'usr/bin/env'));
    copyFileSync(node, join(content, 'usr/local/bin/node'));
    copyFiles(content, libraries);
    cpSync(npm, join(content, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(content, 'usr/local/bin/npm'));
    writeFileSync(
      join(content, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    );
    trustLikeThisMachine(content);
  });
}

/** Replaces the distroless image: the libraries of this machine's Node with what is known of their packages, and a user. There is no program in it. */
async function buildDistrolessImage(folder: string): Promise<string> {
  const libraries = await librariesOf(realpathSync(process.execPath));
  const settings = ['--env', 'PATH=/usr/local/bin:/usr/bin:/bin', '--user', '65532', '--workingdir', '/home/nonroot'];
  const image = `localhost/motherload-base:2-${process.versions.node}`;
  return await buildFromFolder(folder, image, settings, async (content) => {
    for (const path of ['etc', 'tmp', 'home/nonroot']) mkdirSync(join(content, path), { recursive: true });
    chmodSync(join(content, 'tmp'), 0o1777);
    copyFiles(content, libraries);
    await describePackages(content, libraries);
    writeFileSync(
      join(content, 'etc/passwd'),
      'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    );
  });
}

/** Replaces what the Dockerfile unpacks from Debian's packages: GnuPG as it is installed here, with its libraries. */
async function buildGnupgImage(folder: string): Promise<string> {
  const programs = ['gpg', 'gpg-agent', 'gpgconf', 'gpg-connect-agent'].map((name) => join('/usr/bin', name));
  const libraries = (await Promise.all(programs.map(librariesOf))).flat();
  return await buildFromFolder(folder, 'localhost/motherload-gnupg:1', [], (content) =>
    copyFiles(content, [...programs, ...libraries]),
  );
}

/** Located by its command, since `npm root --global` searches beside the running Node, which may be one that npm has installed. */
function npmFolder(): string {
  const commands = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const command = commands.find((path) => existsSync(path));
  if (command === undefined) throw new Error('npm is not on PATH');
  return dirname(dirname(realpathSync(command)));
}

/** npm in the image trusts the same certificate authorities as this machine; behind a company's proxy there is an additional one. */
function trustLikeThisMachine(content: string): void {
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  if (!existsSync(authorities)) return;
  mkdirSync(join(content, dirname(authorities)), { recursive: true });
  copyFileSync(authorities, join(content, authorities));
  writeFileSync(join(content, 'usr/local/etc/npmrc'), `cafile=${authorities}\n`);
}

/** The shared libraries of a program and their loader, according to ldd(1). */
async function librariesOf(program: string): Promise<string[]> {
  const lines = (await runCommand(['ldd', program])).split('\n');
  return lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

function copyFiles(content: string, files: readonly string[]): void {
  for (const file of new Set(files)) {
    mkdirSync(join(content, dirname(file)), { recursive: true });
    copyFileSync(file, join(content, file));
  }
}

/** As distroless images do: a file for each package of Debian, with its paragraph of dpkg's database. */
async function describePackages(content: string, libraries: readonly string[]): Promise<void> {
  const folder = join(content, 'var/lib/dpkg/status.d');
  mkdirSync(folder, { recursive: true });
  const owners = await runCommand(['dpkg-query', '--search', ...libraries.map((path) => `*/${basename(path)}`)]);
  for (const name of new Set(owners.split('\n').flatMap((line) => /^([^:]+:[^:]+):/.exec(line)?.[1] ?? []))) {
    writeFileSync(join(folder, name.replace(/:.*/, '')), await runCommand(['dpkg-query', '--status', name]));
  }
}
