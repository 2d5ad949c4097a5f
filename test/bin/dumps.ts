import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columns, zipDump, type ExampleTable, type Row } from '../../examples/generator/dump.ts';
import { temporaryFolder } from './cli.ts';

/** A folder with dumps of these tables, by the dump's file name. */
export async function dumpsFolder(dumps: Readonly<Record<string, readonly ExampleTable[]>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [file, tables] of Object.entries(dumps))
    writeFileSync(join(folder, file), await zipDump({ file, tables }));
  return folder;
}

export const table = (name: string, lines: readonly string[], rows: readonly Row[]): ExampleTable => ({
  name,
  columns: columns(...lines),
  rows,
});

export const numbered = (count: number, build: (number: string) => Row): Row[] =>
  Array.from({ length: count }, (_, index) => build(String(index + 1)));

/** A manifest that reads its dumps from a local folder. */
export function manifest(folder: string, spec = '', name = 'test'): string {
  return `apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: ${name} }
spec:
  source: { volume: { hostPath: { path: ${folder} } } }
  target: { databaseSecretRef: { name: database } }
${spec}`;
}
