import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { buildProgram, CACHE } from './binaries.ts';
import { runCommand, succeeds } from './commands.ts';

export const PAUSE_IMAGE = 'localhost/motherload-pause:1';
const root = join(import.meta.dirname, '..', '..');

/**
 * Builds one of the project's images with its Dockerfile, on a base image that is created here, since no registry is used. The tag is a
 * digest of the content, so a changed image is never confused with the one that a node already has.
 */
export async function buildProjectImage(folder: string, target: 'operator' | 'runner'): Promise<string> {
  const id = await buildah(
    folder,
    ...['bud', '--quiet', '--isolation', 'chroot', '--layers', '--pull-never', '--target', target],
    ...['--build-arg', `NODE_IMAGE=${await buildNodeImage(folder)}`, root],
  );
  const image = `localhost/motherload-${target}:${id.trim().slice(0, 12)}`;
  await buildah(folder, 'tag', id.trim(), image);
  return image;
}

export async function buildPauseImage(folder: string): Promise<string> {
  const program = await buildProgram('pause');
  return await buildFromFolder(
    folder,
    PAUSE_IMAGE,
    ['--entrypoint', '["/pause"]', '--user', '65535:65535'],
    (content) => {
      copyFileSync(program, join(content, 'pause'));
    },
  );
}

/** Imports an image from buildah's store into the node unless it is already there. */
export async function importImage(folder: string, image: string): Promise<void> {
  const ctr = ['ctr', '--address', join(folder, 'run', 'containerd.sock'), '--namespace', 'k8s.io', 'images'];
  if ((await runCommand([...ctr, 'ls', '-q'])).split('\n').includes(image)) return;
  const archive = join(folder, `${image.replaceAll(/[^a-z0-9]+/g, '-')}.tar`);
  rmSync(archive, { force: true });
  await buildah(folder, 'push', '--quiet', image, `docker-archive:${archive}:${image}`);
  await runCommand([...ctr, 'import', archive]);
  rmSync(archive);
}

/**
 * Replaces the public `node` image, from what npm and Debian installed on this machine: Node with the C library that it is linked to, npm, and a
 * shell (busybox) for the Dockerfile's RUN lines.
 */
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
    for (const applet of ['sh', 'cp', 'find', 'rm', 'ls', 'cat', 'mkdir', 'sleep', 'wget', 'nslookup', 'id', 'touch']) {
      symlinkSync('busybox', join(content, 'bin', applet));
    }
    symlinkSync('../../bin/busybox', join(content, 'usr/bin/env'));
    copyFileSync(node, join(content, 'usr/local/bin/node'));
    for (const library of libraries) {
      mkdirSync(join(content, dirname(library)), { recursive: true });
      copyFileSync(library, join(content, library));
    }
    cpSync(npm, join(content, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(content, 'usr/local/bin/npm'));
    writeFileSync(
      join(content, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    );
    trustLikeThisMachine(content);
  });
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

/** An image with one layer, the content of a folder. It is built once; its name contains a digest of the content. */
async function buildFromFolder(
  folder: string,
  image: string,
  settings: readonly string[],
  fill: (content: string) => void,
): Promise<string> {
  if (await succeeds([...buildahCommand(folder), 'inspect', '--type', 'image', image])) return image;
  const content = mkdtempSync(join(folder, 'image-'));
  const container = (await buildah(folder, 'from', 'scratch')).trim();
  try {
    chmodSync(content, 0o755);
    fill(content);
    await buildah(folder, 'copy', '--quiet', container, content, '/');
    await buildah(folder, 'config', ...settings, container);
    await buildah(folder, 'commit', '--quiet', container, image);
  } finally {
    await buildah(folder, 'rm', container);
    rmSync(content, { recursive: true, force: true });
  }
  return image;
}

/** Layers are cached, so that a new test bed does not download all npm packages again. */
function buildahCommand(folder: string): string[] {
  return [
    'buildah',
    '--root',
    join(CACHE, 'images'),
    '--runroot',
    join(folder, 'run', 'images'),
    '--storage-driver',
    'overlay',
  ];
}

async function buildah(folder: string, ...parameters: string[]): Promise<string> {
  return await runCommand([...buildahCommand(folder), ...parameters], { folder: '/' });
}
