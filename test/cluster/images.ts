import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBaseImages } from './base-images.ts';
import { buildProgram } from './binaries.ts';
import { buildah, buildahCommand, buildFromFolder } from './buildah.ts';
import { runCommand, runDownload } from './commands.ts';

export const PAUSE_IMAGE = 'localhost/motherload-pause:1';
const root = join(import.meta.dirname, '..', '..');

/**
 * Builds one of the project's images with its Dockerfile, on base images that are created here, since no registry is used. The tag is a
 * digest of the content, so a changed image is never confused with the one that a node already has.
 */
export async function buildProjectImage(folder: string, target: 'operator' | 'runner' | 'cli'): Promise<string> {
  const options = [
    'bud',
    '--quiet',
    '--isolation',
    'chroot',
    '--layers',
    '--force-rm',
    '--pull-never',
    '--target',
    target,
  ];
  const bases = Object.entries(await buildBaseImages(folder));
  const given = bases.flatMap(([name, image]) => ['--build-arg', `${name}=${image}`]);
  // Its `npm ci` downloads.
  const id = await runDownload([...buildahCommand(folder), ...options, ...given, root], { folder: '/' });
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
