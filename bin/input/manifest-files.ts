import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { ManifestError } from '../../crds/contract/errors.ts';
import { readManifests, type Manifests } from '../../crds/contract/manifest.ts';

export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

/** The files given with -f; `-` is standard input. */
export function readManifestFiles(paths: readonly string[]): ManifestFile[] {
  return paths.map((path) =>
    path === '-' ? { name: 'standard input', text: readFileSync(0, 'utf8') } : { name: path, text: readText(path) },
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'no such file'
        : code === 'EISDIR'
          ? 'it is a folder; name its files'
          : (error as Error).message;
    throw new ManifestError('ManifestFile', `the manifest cannot be read: ${reason}`, { file: path }, { cause: error });
  }
}

/** The manifests in the files, with at least one DumpIngestion. */
export function readIngestions(paths: readonly string[]): Manifests {
  const manifests = readManifests(readManifestFiles(paths));
  if (manifests.ingestions.length === 0) {
    throw new ManifestError('NoIngestion', 'it contains no DumpIngestion; see examples/quickstart.yaml', {
      file: paths.join(', '),
    });
  }
  return manifests;
}

/** Kinds in a file that `motherload` ignores, in the form `apps/v1 Deployment`. */
export function unknownKinds(file: ManifestFile): string[] {
  const documents = loadAll(file.text) as ({ apiVersion?: unknown; kind?: unknown } | null)[];
  return documents
    .filter((document) => document !== null)
    .filter(({ kind }) => kind !== 'DumpIngestion' && kind !== 'ConfigMap' && kind !== 'Secret')
    .map(({ apiVersion, kind }) => [apiVersion, kind].map((part) => (typeof part === 'string' ? part : '?')).join(' '));
}
