import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { DumpIngestionManifest, Manifests } from '../../crds/contract/manifest.ts';
import type { CatalogueTask, Decryption, LoadTask } from '../../crds/contract/task.ts';
import { buildCatalogueTask, buildLoadTask } from '../../operator/build/task.ts';
import { writeDialectFiles } from './dialect-files.ts';
import { readIngestions } from './manifest-files.ts';
import { volumeFolderOf, withDumpsOption } from './dumps-source.ts';
import { KeysFolder, localDecryption, type DecryptionOptions } from './local-decryption.ts';
import { writeSourceSecrets } from './source-secrets.ts';
import { uriOfSecret, type DatabaseOptions } from './target-database.ts';

/** What a command says of the dumps. */
export interface DumpsOptions extends DecryptionOptions {
  readonly dumps?: string;
}

/** A DumpIngestion with everything that a cluster would provide to its Jobs. */
export interface PreparedIngestion {
  readonly manifest: DumpIngestionManifest;
  /** Takes the place of the manifest's volume. */
  readonly volumeFolder: string;
  /** The Secrets of a bucket or a server as files, if there are any among the files. */
  readonly sourceSecretsFolder: string | undefined;
  /** What its encrypted dumps are decrypted with. */
  readonly decryption: Decryption | undefined;
  readonly dialectFiles: Readonly<Record<string, string>>;
  /** From the manifest's Secret if it is in the files, and the command has no database of its own. */
  readonly secretUri: string | undefined;
}

/** The tasks that the operator would give to the runners, for a command that is not a run; `run` takes the place of its uid. */
export function tasksOf(
  { manifest: { metadata, spec }, volumeFolder, sourceSecretsFolder, decryption, dialectFiles }: PreparedIngestion,
  run: string,
): { readonly catalogue: CatalogueTask; readonly loadOf: (table: TableIngestionSpec) => LoadTask } {
  const { namespace, name } = metadata;
  const ingestion = { metadata: { namespace, name, uid: run, generation: 1 }, spec, status: {} };
  const context = { volumeFolder, sourceSecretsFolder, decryption, dialectFiles, records: 'Shown' as const };
  return {
    catalogue: buildCatalogueTask(ingestion, context),
    loadOf: (table) => buildLoadTask(ingestion, { kind: 'Load', tableName: table.table, table }, context),
  };
}

/** The DumpIngestions of the files. What is written for them is removed when the work has ended. */
export async function withIngestions<Result>(
  options: DatabaseOptions & DumpsOptions & { readonly file: readonly string[] },
  work: (ingestions: readonly PreparedIngestion[]) => Promise<Result>,
): Promise<Result> {
  const workFolder = mkdtempSync(join(tmpdir(), 'motherload-work-'));
  const keysFolder = new KeysFolder();
  try {
    return await work(prepareIngestions(readIngestions(options.file), options, { workFolder, keysFolder }));
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
    keysFolder.remove();
  }
}

/** Prepares all DumpIngestions before the first one starts, so that an error in the last one is not reported an hour later. */
function prepareIngestions(
  manifests: Manifests,
  { dumps, database, dataFolder, ...given }: DatabaseOptions & DumpsOptions,
  { workFolder, keysFolder }: { readonly workFolder: string; readonly keysFolder: KeysFolder },
): PreparedIngestion[] {
  return manifests.ingestions.map((ingestion) => {
    const { namespace, name } = ingestion.metadata;
    const hasDatabase = database !== undefined || dataFolder !== undefined;
    const folder = (kind: string) => join(workFolder, kind, namespace, name);
    const { manifest, folder: sourceSecretsFolder } = writeSourceSecrets(
      withDumpsOption(ingestion, dumps),
      manifests,
      folder('source'),
    );
    return {
      manifest,
      sourceSecretsFolder,
      decryption: localDecryption(manifest, manifests, given, keysFolder),
      volumeFolder: volumeFolderOf(manifest, dumps),
      dialectFiles: writeDialectFiles(manifest, manifests, folder('dialects')),
      secretUri: hasDatabase ? undefined : uriOfSecret(manifest, manifests, folder('database')),
    };
  });
}
