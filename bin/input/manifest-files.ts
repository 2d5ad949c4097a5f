import { readFileSync } from 'node:fs';
import { ManifestError } from '../../crds/contract/errors.ts';
import {
  KNOWN_KINDS,
  readManifests,
  type DumpIngestionManifest,
  type Manifests,
  type ScheduledDumpIngestionManifest,
} from '../../crds/contract/manifest.ts';
import { yamlDocuments } from '../../crds/contract/yaml-documents.ts';
import { fileProblem } from './file-problem.ts';

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
    const more = (error as NodeJS.ErrnoException).code === 'EISDIR' ? '; name its files' : '';
    const message = `the manifest cannot be read: ${fileProblem(error)}${more}`;
    throw new ManifestError('ManifestFile', message, { file: path }, { cause: error });
  }
}

/** The manifests in the files, with at least one DumpIngestion; that of a schedule is its template, as for `kubectl create job --from`. */
export function readIngestions(paths: readonly string[]): Manifests {
  const manifests = readManifests(readManifestFiles(paths));
  const ingestions = [...manifests.ingestions, ...manifests.schedules.map(templateOf)];
  if (ingestions.length === 0) {
    throw new ManifestError('NoIngestion', 'it contains no DumpIngestion; see examples/quickstart.yaml', {
      file: paths.join(', '),
    });
  }
  return { ...manifests, ingestions };
}

function templateOf({ metadata, spec }: ScheduledDumpIngestionManifest): DumpIngestionManifest {
  const { name, namespace } = metadata;
  process.stderr.write(
    `${name}: the template of ScheduledDumpIngestion ${name}, once and now; only a cluster starts runs on its schedule\n`,
  );
  return { metadata: { ...spec.ingestionTemplate.metadata, name, namespace }, spec: spec.ingestionTemplate.spec };
}

/** What `motherload` ignores in a file, in the form `apps/v1 Deployment`. */
export function unknownKinds(file: ManifestFile): string[] {
  const documents = yamlDocuments(file.name, file.text) as { apiVersion?: unknown; kind?: unknown }[];
  return documents
    .filter(({ kind }) => typeof kind !== 'string' || !KNOWN_KINDS.has(kind))
    .map(({ apiVersion, kind }) =>
      typeof kind === 'string'
        ? `${typeof apiVersion === 'string' ? apiVersion : '?'} ${kind}`
        : 'a document without a kind',
    );
}
