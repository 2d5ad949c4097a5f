import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './binaries.ts';
import { runCommand, succeeds } from './commands.ts';

/** Layers are cached, so that a new test bed does not download all npm packages again. */
export function buildahCommand(folder: string): string[] {
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

export async function buildah(folder: string, ...parameters: string[]): Promise<string> {
  return await runCommand([...buildahCommand(folder), ...parameters], { folder: '/' });
}

/** buildah mounts its folder of layers onto itself, and then nobody can delete it. Nothing happens while a build has mounts in it. */
export async function unmountStorage(): Promise<void> {
  await succeeds(['umount', join(CACHE, 'images', 'overlay')]);
}

/** Whether the image, or the list of images, has been built before. */
export async function isBuilt(folder: string, image: string): Promise<boolean> {
  return await succeeds([...buildahCommand(folder), 'inspect', '--type', 'image', image]);
}

/** An image with one layer, the content of a folder. It is built once for its name. */
export async function buildFromFolder(
  folder: string,
  image: string,
  settings: readonly string[],
  fill: (content: string) => void | Promise<void>,
): Promise<string> {
  if (await isBuilt(folder, image)) return image;
  const content = mkdtempSync(join(folder, 'image-'));
  const container = (await buildah(folder, 'from', 'scratch')).trim();
  try {
    chmodSync(content, 0o755);
    await fill(content);
    await buildah(folder, 'copy', '--quiet', container, content, '/');
    await buildah(folder, 'config', ...settings, container);
    await buildah(folder, 'commit', '--quiet', container, image);
  } finally {
    await buildah(folder, 'rm', container);
    rmSync(content, { recursive: true, force: true });
  }
  return image;
}
