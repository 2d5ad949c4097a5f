import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseDebianPackage, type DebianPackage } from './bill-of-materials.ts';
import { runProgram } from './command.ts';
import type { Revision } from './revision.ts';

export const TARGETS = ['operator', 'runner'] as const;
export type Target = (typeof TARGETS)[number];
export const PLATFORMS = ['amd64', 'arm64'] as const;

/** The images that the Dockerfile starts from, by the names of its arguments. */
export interface Bases {
  readonly NODE_IMAGE: string;
  readonly BASE_IMAGE: string;
  /** Absent: the stage of the Dockerfile. */
  readonly GNUPG_FILES?: string;
}

/** How buildah is called. */
export interface Builder {
  /** Parameters before the command, for example `--root` of another storage. */
  readonly storage: readonly string[];
  /** Images of this machine, which replace those of the Dockerfile and are not pulled. */
  readonly localBases: Bases | undefined;
}

export interface Image {
  readonly target: Target;
  /** The name of the OCI archive in the folder of the release. */
  readonly archive: string;
  /** Of the index of all platforms, `sha256:…`: the digest that the image has in a registry, too. */
  readonly digest: string;
  /** What Debian's part of it consists of, for all platforms. */
  readonly packages: readonly DebianPackage[];
}

type Buildah = (...parameters: string[]) => Promise<string>;

/** The bases that the Dockerfile names. */
export function basesOf(revision: Revision): Bases {
  const dockerfile = readFileSync(join(revision.folder, 'Dockerfile'), 'utf8');
  const base = (name: 'NODE_IMAGE' | 'BASE_IMAGE') => {
    const [, image] = new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile) ?? [];
    if (image === undefined) throw new Error(`the Dockerfile has no ARG ${name}`);
    return image;
  };
  return { NODE_IMAGE: base('NODE_IMAGE'), BASE_IMAGE: base('BASE_IMAGE') };
}

/**
 * Builds an image for all platforms into one OCI archive. Nothing of another platform runs: the RUN lines of the Dockerfile are those of stages
 * from BUILD_IMAGE, which is of this machine's platform. BuildKit knows that by `FROM --platform=$BUILDPLATFORM`; buildah 1.28 of Debian 12
 * ignores it.
 */
export async function buildImage(revision: Revision, target: Target, builder: Builder, folder: string): Promise<Image> {
  const buildah: Buildah = (...parameters) => runProgram(revision.folder, 'buildah', ...builder.storage, ...parameters);
  const pull = builder.localBases === undefined ? [] : ['--pull-never'];
  const bases = builder.localBases ?? basesOf(revision);
  const settings = { ...bases, BUILD_IMAGE: await idForThisMachine(buildah, bases.NODE_IMAGE, pull) };
  const name = `motherload-${target}`;
  const list = `localhost/${name}:release-${process.pid}`;
  await buildah('manifest', 'create', list);
  try {
    const packages: DebianPackage[] = [];
    for (const platform of PLATFORMS) {
      const id = await buildah(
        ...['bud', '--quiet', '--isolation', 'chroot', '--layers', '--force-rm', ...pull],
        ...['--platform', `linux/${platform}`, '--target', target],
        ...Object.entries(settings).flatMap(([key, image]) => ['--build-arg', `${key}=${image}`]),
        '.',
      );
      packages.push(...(await withMounted(buildah, [id.trim()], readDebianPackages)));
      await buildah('manifest', 'add', list, `containers-storage:${id.trim()}`);
    }
    const archive = `${name}-${revision.version}.oci.tar`;
    const path = join(folder, archive);
    rmSync(path, { force: true });
    await buildah(
      ...['manifest', 'push', '--quiet', '--all', '--format', 'oci', list, `oci-archive:${path}:${revision.version}`],
    );
    return { target, archive, digest: await digestOf(path), packages };
  } finally {
    await buildah('manifest', 'rm', list);
  }
}

async function idForThisMachine(buildah: Buildah, image: string, pull: readonly string[]): Promise<string> {
  const container = (await buildah('from', '--quiet', ...pull, image)).trim();
  try {
    return (await buildah('inspect', '--format', '{{.FromImageID}}', container)).trim();
  } finally {
    await buildah('rm', container);
  }
}

async function withMounted<Result>(
  buildah: Buildah,
  image: readonly string[],
  read: (folder: string) => Result,
): Promise<Result> {
  const container = (await buildah('from', '--quiet', '--pull-never', ...image)).trim();
  try {
    return read((await buildah('mount', container)).trim());
  } finally {
    await buildah('rm', container);
  }
}

/** Distroless images have a file for each package in place of dpkg's database. */
function readDebianPackages(image: string): DebianPackage[] {
  const folder = join(image, 'var', 'lib', 'dpkg', 'status.d');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => !name.endsWith('.md5sums'));
  return files.sort().map((name) => parseDebianPackage(readFileSync(join(folder, name), 'utf8')));
}

async function digestOf(archive: string): Promise<string> {
  const text = await runProgram('.', 'tar', '--extract', '--to-stdout', '--file', archive, 'index.json');
  const { manifests } = JSON.parse(text) as { manifests: readonly { digest: string }[] };
  if (manifests.length !== 1 || manifests[0] === undefined) throw new Error(`${archive} must have one index of images`);
  return manifests[0].digest;
}
