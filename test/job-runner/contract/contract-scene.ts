/** Releases of one table, rides, catalogued and loaded one run after the other as the operator would have it done. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CatalogueReader } from '../../../crds/contract/catalogue-reader.ts';
import { MotherloadError } from '../../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { loadTaskOf } from '../../../crds/contract/load-task.ts';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { CatalogueResult } from '../../../crds/contract/report.ts';
import { inlineResults } from '../../../crds/contract/table-results.ts';
import type { CatalogueTask, LoadTask, RejectLimits } from '../../../crds/contract/task.ts';
import { catalogueWithoutChanges, runCatalogue } from '../../../job-runner/catalogue/run-catalogue.ts';
import { connect, type Database } from '../../../job-runner/database/connection.ts';
import { loadBatch } from '../../../job-runner/load/load-batch.ts';
import { loadTable } from '../../../job-runner/load/load-table.ts';
import { findUnchanged } from '../../../job-runner/load/unchanged-tables.ts';
import { createTestDatabase, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { catalogueTask, temporaryFolder } from '../catalogue/tasks.ts';

export type Columns = Readonly<Record<string, string>>;

export interface Release {
  readonly columns: Columns;
  /** Lines of the DAT file behind its header. */
  readonly lines?: readonly string[];
}

export class ContractScene {
  readonly database: TestDatabase;
  readonly folder = join(temporaryFolder(), crypto.randomUUID());

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async create(version: PostgresqlVersion): Promise<ContractScene> {
    return new ContractScene(await createTestDatabase(version));
  }

  /** Writes a release's dump, for this run and all later ones. */
  async release(version: string, { columns, lines = [] }: Release): Promise<void> {
    const text = `${[Object.keys(columns).join('|'), ...lines].join('\n')}\n`;
    await writeDump(this.folder, `crm_${version}.zip`, { rides: { columns, rows: [], text } });
  }

  task(spec = '', run: string = crypto.randomUUID()) {
    const task = catalogueTask(this.folder, spec);
    return { ...task, ingestion: { ...task.ingestion, run } };
  }

  /** The catalogue alone. */
  async catalogue(task = this.task()): Promise<{ entries: readonly TableIngestionSpec[]; result: CatalogueResult }> {
    const reader = new CatalogueReader();
    const result = await runCatalogue(task, this.database.uri, SILENT_LOG, (line) => reader.add(line), findUnchanged);
    return { entries: reader.complete ?? [], result };
  }

  /** A whole run: what became of each version, such as `v1 Loaded`, `v2 ContractChangedType` or `v3 OtherContentLoaded`. */
  async run(spec = '', rejects?: RejectLimits): Promise<readonly string[]> {
    const task = this.task(spec);
    const { entries } = await this.catalogue(task);
    const outcomes: string[] = [];
    for (const entry of entries) outcomes.push(`${entry.dump.version} ${await this.#load(task, entry, rejects)}`);
    return outcomes;
  }

  async #load(
    task: ReturnType<ContractScene['task']>,
    entry: TableIngestionSpec,
    rejects: RejectLimits | undefined,
  ): Promise<string> {
    if (entry.decision !== 'Load') return entry.reason;
    const { motherTables, onExisting, ...common } = task;
    const loads = { ...common, indexes: motherTables.indexes, rejects, loading: { streamsPerTable: 1, onExisting } };
    try {
      return (await loadTable(loadTaskOf(loads, entry), this.database.uri, SILENT_LOG, () => undefined)).outcome;
    } catch (error) {
      if (error instanceof MotherloadError && error.code === 'OtherContentLoaded') return error.code;
      throw error;
    }
  }

  /** The same in one shared Job, by a type map of the manifest's own. */
  async runShared(spec: string, dialectFiles: CatalogueTask['dialectFiles']): Promise<readonly string[]> {
    const task = { ...this.task(spec), dialectFiles };
    const { entries } = await this.catalogue(task);
    const loaded = entries.filter(({ decision }) => decision === 'Load');
    const { motherTables, onExisting, ...common } = task;
    const loads = { ...common, indexes: motherTables.indexes, loading: { streamsPerTable: 1, onExisting } };
    const { results } = await loadBatch(
      { ...loads, kind: 'LoadBatch', tables: loaded },
      this.database.uri,
      SILENT_LOG,
      () => undefined,
    );
    const outcomes = results === undefined ? [] : (inlineResults(results, loaded.length) ?? []);
    return entries.map((entry) => {
      const outcome = entry.decision === 'Load' ? outcomes[loaded.indexOf(entry)]?.outcome : entry.reason;
      return `${entry.dump.version} ${outcome ?? 'nothing'}`;
    });
  }

  /** Works with the load of the first version, which the catalogue finds again. */
  async withFirstLoad<Result>(
    work: (task: LoadTask, db: Database) => Promise<Result>,
    rejects?: RejectLimits,
  ): Promise<Result> {
    const { motherTables, onExisting, ...common } = this.task();
    const db = await connect(this.database.uri);
    try {
      const { entries } = await catalogueWithoutChanges(this.task(), db);
      const [entry] = entries;
      assert(entry !== undefined);
      const loads = { ...common, indexes: motherTables.indexes, rejects };
      return await work(loadTaskOf({ ...loads, loading: { streamsPerTable: 1, onExisting } }, entry), db);
    } finally {
      await db.end();
    }
  }

  /** The message of the version that the catalogue does not let load. */
  async refusal(spec = ''): Promise<string> {
    const { entries } = await this.catalogue(this.task(spec));
    const refused = entries.filter(({ decision }) => decision === 'Fail');
    if (refused.length !== 1) throw new Error(`${refused.length} versions are refused`);
    return `${refused[0]?.reason ?? ''}: ${refused[0]?.message ?? ''}`;
  }

  /** `ride_id integer, rider text not null` of a table. */
  async columns(table = 'rides'): Promise<string> {
    const rows = await this.database.query(
      `SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END AS text
         FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [table],
    );
    return rows.map(({ text }) => text).join(', ');
  }

  /** The rows of a query, each as its values. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.database.query(sql)).map((row) => Object.values(row));
  }
}
