import type { DumpIngestionStatus, TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { Log } from '../../crds/contract/log.ts';
import { buildTask, type TaskContext } from '../build/task.ts';
import type { Action } from '../decide/action.ts';
import { isTrue } from '../decide/conditions.ts';
import { maxParallelLoads, type Observed, type ObservedIngestion, type ObservedTable } from '../decide/observed.ts';
import type { Key, World } from '../engine/reconcile.ts';
import type { Clock } from '../engine/work-queue.ts';
import type { ChildProcesses } from './child-processes.ts';

/** The part of a run that is shown to the user. */
export interface LocalView {
  readonly ingestion: DumpIngestionStatus;
  readonly tables: readonly Omit<ObservedTable, 'generation'>[];
}

export interface LocalWorldOptions {
  readonly ingestion: ObservedIngestion;
  readonly jobs: ChildProcesses;
  readonly taskContext: TaskContext;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

/** The executor on this machine, for one DumpIngestion: objects in memory, Jobs as child processes. */
export class LocalWorld implements World {
  readonly #options: LocalWorldOptions;
  readonly #tables = new Map<string, ObservedTable>();
  #ingestion: ObservedIngestion;

  constructor(options: LocalWorldOptions) {
    this.#options = options;
    this.#ingestion = options.ingestion;
  }

  get key(): Key {
    return `${this.#ingestion.metadata.namespace}/${this.#ingestion.metadata.name}`;
  }

  get view(): LocalView {
    const tables = [...this.#tables.values()].map(({ name, spec, status }) => ({ name, spec, status }));
    return { ingestion: this.#ingestion.status, tables };
  }

  /** Like `kubectl patch` with `spec.suspend: true`. */
  suspend(): void {
    const { metadata, spec, status } = this.#ingestion;
    if (spec.suspend) return;
    this.#ingestion = {
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: { ...spec, suspend: true },
      status,
    };
    this.#options.onChange();
  }

  now(): Date {
    return this.#options.clock.date();
  }

  observe(): Promise<Observed> {
    const { jobs } = this.#options;
    // Nobody can delete a TableIngestion here, so the catalogue is not needed once they all exist.
    const catalogue = isTrue(this.#ingestion.status.conditions, 'Catalogued') ? undefined : jobs.catalogue;
    return Promise.resolve({
      ingestion: this.#ingestion,
      tables: [...this.#tables.values()],
      jobs: jobs.observe(),
      ...(catalogue === undefined ? {} : { catalogue }),
    });
  }

  async act(action: Action): Promise<void> {
    switch (action.type) {
      case 'CreateJob':
        this.#createJob(action);
        break;
      case 'DeleteJob':
        await this.#options.jobs.delete(action.name);
        break;
      case 'DeleteTable':
        this.#tables.delete(action.name);
        break;
      case 'ApplyTables':
        for (const { name, spec } of action.tables) this.#applyTable(name, spec);
        break;
      case 'WriteTableStatus':
        this.#writeTableStatus(action);
        break;
      case 'WriteIngestionStatus':
        this.#ingestion = { ...this.#ingestion, status: action.status };
        break;
      case 'DeleteIngestion':
        return; // A local run ends together with its process.
      case 'EmitEvent':
        // The DumpIngestion has the same event.
        if (action.table !== undefined) return;
        this.#options.log[action.level === 'Warning' ? 'warn' : 'info'](action.message, { reason: action.reason });
        return;
    }
    this.#options.onChange();
  }

  #createJob({ name, work }: Extract<Action, { type: 'CreateJob' }>): void {
    this.#options.jobs.create({
      name,
      task: buildTask(this.#ingestion, work, this.#options.taskContext),
      retryLimit: this.#ingestion.spec.retry.limit,
      ...(work.kind === 'Load' ? { tableName: work.tableName } : {}),
      ...(work.kind === 'LoadBatch' ? { tableNames: work.tables.map((table) => table.name) } : {}),
    });
    // The runners that will load the tables start while the catalogue is created, which uses one core.
    if (work.kind === 'Catalogue') this.#options.jobs.prepare(maxParallelLoads(this.#ingestion.spec));
  }

  #applyTable(name: string, spec: TableIngestionSpec): void {
    if (!this.#tables.has(name)) this.#tables.set(name, { name, generation: 1, spec, status: {} });
  }

  #writeTableStatus({ name, status }: Extract<Action, { type: 'WriteTableStatus' }>): void {
    const table = this.#tables.get(name);
    if (table !== undefined) this.#tables.set(name, { ...table, status });
  }
}
