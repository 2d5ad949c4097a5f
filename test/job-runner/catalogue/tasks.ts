import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { resolveFormat } from '../../../crds/contract/format.ts';
import { readManifests } from '../../../crds/contract/manifest.ts';
import type { CatalogueTask } from '../../../crds/contract/task.ts';

/** A folder of its own, removed when the test file (or the suite in which it is called) ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-dumps-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files in a folder, by their paths below it. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A catalogue task with the CRD's defaults; `spec` are further lines of the manifest's spec. */
export function catalogueTask(dumpsFolder: string, spec = ''): CatalogueTask {
  const text = `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: nightly }
spec:
${spec.replaceAll(/^(?=.)/gm, '  ')}
  ${spec.includes('source:') ? '' : 'source: { volume: { persistentVolumeClaim: { claimName: dumps } } }'}
  ${spec.includes('target:') ? '' : 'target: { databaseSecretRef: { name: database } }'}
`;
  const [ingestion] = readManifests([{ name: 'test.yaml', text }]).ingestions;
  if (ingestion === undefined) throw new Error('no ingestion');
  const { source, format, target, motherTables, limits, loading } = ingestion.spec;
  return {
    kind: 'Catalogue',
    ingestion: { namespace: 'default', name: 'nightly', run: 'run-1' },
    target,
    dumpsFolder,
    format: resolveFormat(format),
    dialectFiles: {},
    limits,
    source: { include: source.include, exclude: source.exclude },
    motherTables,
    onExisting: loading.onExisting,
  };
}
