import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../cluster/commands.ts';

interface Index {
  readonly manifests: readonly { digest: string; platform: { os: string; architecture: string } }[];
}

interface Manifest {
  readonly platform: string;
  /** The digests of its layers, the lowest first. */
  readonly layers: readonly string[];
  readonly config: {
    readonly architecture: string;
    readonly created: string;
    readonly config: { readonly User: string };
  };
}

/** An OCI archive, unpacked into a folder. https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export class Archive {
  readonly #folder: string;
  readonly digest: string;
  readonly manifests: readonly Manifest[];

  static async unpack(archive: string, folder: string): Promise<Archive> {
    mkdirSync(folder);
    await runCommand(['tar', '--extract', '--file', archive], { folder });
    return new Archive(folder);
  }

  private constructor(folder: string) {
    this.#folder = folder;
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
    this.digest = index.manifests[0]?.digest ?? '';
    this.manifests = (this.#blob(this.digest) as Index).manifests.map(({ digest, platform }) => {
      const image = this.#blob(digest) as { config: { digest: string }; layers: { digest: string }[] };
      return {
        platform: `${platform.os}/${platform.architecture}`,
        layers: image.layers.map((layer) => layer.digest),
        config: this.#blob(image.config.digest) as Manifest['config'],
      };
    });
  }

  /** The files of the image of a platform. */
  async files(platform: string): Promise<string> {
    const root = `${this.#folder}-${platform.replace('/', '-')}`;
    if (existsSync(root)) return root;
    mkdirSync(root);
    const { layers } = this.manifests.find((manifest) => manifest.platform === platform) ?? { layers: [] };
    for (const digest of layers) await runCommand(['tar', '--extract', '--file', this.#path(digest)], { folder: root });
    return root;
  }

  #blob(digest: string): unknown {
    return JSON.parse(readFileSync(this.#path(digest), 'utf8'));
  }

  #path(digest: string): string {
    return join(this.#folder, 'blobs', ...digest.split(':'));
  }
}

/** The npm packages in a folder with `node_modules`, as `NAME@VERSION`, each once. */
export function npmPackagesIn(folder: string): string[] {
  const files = globSync('**/node_modules/{*,@*/*}/package.json', { cwd: folder });
  const packages = files.map((file) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { name: string; version: string };
    return `${name}@${version}`;
  });
  return Array.from(new Set(packages)).sort();
}
