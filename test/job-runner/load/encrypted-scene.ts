import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CatalogueReader } from '../../../crds/contract/catalogue-reader.ts';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import type { Progress, ResultsReport, TableResult } from '../../../crds/contract/report.ts';
import { inlineResults, resultsReader } from '../../../crds/contract/table-results.ts';
import type { CatalogueTask, LoadBatchTask } from '../../../crds/contract/task.ts';
import { runCatalogue } from '../../../job-runner/catalogue/run-catalogue.ts';
import { findUnchanged } from '../../../job-runner/load/unchanged-tables.ts';
import { loadBatch } from '../../../job-runner/load/load-batch.ts';
import { buildCatalogueTask, buildTask } from '../../../operator/build/task.ts';
import type { TestDatabase } from '../../database.ts';
import { Gpg, type TestKey } from '../../gpg.ts';
import { manifest } from '../../operator/fixtures.ts';
import { writeZip, type WrittenEntry } from '../dump/encrypted/zip-writer.ts';

/** Dumps that are encrypted for a key, and the tasks for them that an operator would give. */
export class EncryptedScene {
  readonly gpg: Gpg;
  readonly key: TestKey;
  readonly #bin: string;

  private constructor(gpg: Gpg) {
    this.gpg = gpg;
    this.key = gpg.createKey('nightly');
    this.#bin = join(gpg.folder, 'bin');
  }

  static async create(): Promise<EncryptedScene> {
    return new EncryptedScene(await Gpg.create());
  }

  /** A folder with `crm_v1.zip.gpg` of these files. */
  write(files: Readonly<Record<string, string>>, more: Partial<WrittenEntry> = {}): string {
    const folder = join(this.gpg.folder, crypto.randomUUID());
    mkdirSync(folder);
    const entries = Object.entries(files).map(([name, text]): WrittenEntry => ({
      name,
      content: Buffer.from(text, 'latin1'),
      method: 'Deflate',
      ...more,
    }));
    writeFileSync(join(folder, 'crm_v1.zip.gpg'), this.gpg.encrypt(writeZip(entries), this.key));
    return folder;
  }

  tasks(folder: string, spec = '', run = 'run-1') {
    const decryption = { gpg: { keyFile: this.key.file, homeFolder: this.gpg.folder } };
    const context = { volumeFolder: folder, decryption, dialectFiles: {}, records: 'Shown' as const };
    const ingestion = {
      ...manifest(spec),
      metadata: { namespace: 'default', name: 'nightly', uid: run, generation: 1 },
      status: {},
    };
    return {
      catalogue: buildCatalogueTask(ingestion, context),
      batchOf: (tables: readonly TableIngestionSpec[]): LoadBatchTask =>
        buildTask(
          ingestion,
          { kind: 'LoadBatch', tables: tables.map((each) => ({ name: each.table, spec: each })) },
          context,
        ) as LoadBatchTask,
    };
  }

  /** What a run does after its catalogue, with a Job for the dump. */
  async batch(database: TestDatabase, folder: string, spec = '', run = 'run-1'): Promise<LoadBatchTask> {
    const { catalogue, batchOf } = this.tasks(folder, spec, run);
    return batchOf(await entriesOf(database, catalogue));
  }

  /** Counts the messages that are decrypted while the work is done. */
  async countingMessages<Result>(
    work: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly messages: number }> {
    const { PATH = '' } = process.env;
    const log = join(this.gpg.folder, crypto.randomUUID());
    mkdirSync(this.#bin, { recursive: true });
    const script = join(this.#bin, 'gpg');
    const real = PATH.split(delimiter).map((folder) => join(folder, 'gpg'));
    writeFileSync(
      script,
      `#!/bin/sh\necho "$@" >> ${log}\nfor gpg in ${real.join(' ')}; do [ -x "$gpg" ] && exec "$gpg" "$@"; done\n`,
    );
    chmodSync(script, 0o755);
    process.env['PATH'] = `${this.#bin}${delimiter}${PATH}`;
    writeFileSync(log, '');
    try {
      const result = await work();
      const calls = readFileSync(log, 'utf8').split('\n');
      return { result, messages: calls.filter((call) => call.includes('--decrypt')).length };
    } finally {
      process.env['PATH'] = PATH;
    }
  }
}

/** What a run does first: its mothers exist then. */
export async function entriesOf(
  { uri }: TestDatabase,
  catalogue: CatalogueTask,
): Promise<readonly TableIngestionSpec[]> {
  const reader = new CatalogueReader();
  await runCatalogue(catalogue, uri, SILENT_LOG, (report) => reader.add(report), findUnchanged);
  return reader.complete ?? [];
}

export async function runBatch(
  { uri }: TestDatabase,
  task: LoadBatchTask,
  onProgress: (progress: Progress) => void = () => undefined,
) {
  const reports: ResultsReport[] = [];
  const result = await loadBatch(task, uri, SILENT_LOG, (report) => {
    if (report.report === 'progress') onProgress(report.progress);
    else reports.push(report);
  });
  const reader = resultsReader(task.tables.length);
  for (const report of reports) reader.add(report);
  const results = (result.results && inlineResults(result.results, task.tables.length)) ?? reader.complete ?? [];
  return { result, results, byTable: summary(task, results) };
}

function summary({ tables }: LoadBatchTask, results: readonly TableResult[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tables.map(({ table }, index) => {
      const result = results[index] ?? null;
      if (result === null) return [table, 'none'];
      return [table, result.outcome === 'Failed' ? result.failure.code : `${result.outcome} ${result.rows}`];
    }),
  );
}
