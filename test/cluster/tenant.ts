import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { load } from 'js-yaml';
import pg from 'pg';
import type { DumpIngestionStatus, TableIngestionSpec, TableIngestionStatus } from '../../crds/contract/generated.ts';
import { exampleDumps } from '../../examples/generate-dumps.ts';
import { LABELS } from '../../crds/contract/names.ts';
import { lockStagingTable } from '../../job-runner/database/staging-table.ts';
import { stagingTable } from '../../job-runner/plan/staging-table.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { offerExamples } from './installation.ts';

type Fields = Readonly<Record<string, unknown>>;
type Condition = NonNullable<DumpIngestionStatus['conditions']>[number];
interface Table {
  readonly name: string;
  readonly spec: TableIngestionSpec;
  readonly status: TableIngestionStatus;
}

const quickstart = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'quickstart.yaml'), 'utf8');

/** The rows of the example dumps by version table, as `make demo` loads them. */
export const EXAMPLE_ROWS = Object.fromEntries(
  exampleDumps()
    .flatMap(({ file, tables }) =>
      tables.map(({ name, rows }) => [`${/_(\w+)\.zip$/.exec(file)?.[1] ?? ''}_${name}`, rows.length] as const),
    )
    .toSorted(([one], [other]) => (one < other ? -1 : 1)),
);
/** Those of one dump, a tenant's default: five tables, two at a time. */
export const SOME_ROWS = rowsOf('v2');
const SOME_DUMPS = ['velo_v2.zip'];

/** The rows of the example dumps of these versions by version table. */
export function rowsOf(...versions: string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(EXAMPLE_ROWS).filter(([name]) => versions.some((version) => name.startsWith(`${version}_`))),
  );
}

/** A namespace that admits only restricted pods, with the example dumps and the database's Secret. */
export async function makeTenant(cluster: Cluster, namespace: string): Promise<Tenant> {
  const tenant = await makeEmptyTenant(cluster, namespace);
  await offerExamples(cluster, namespace);
  return tenant;
}

/** A namespace without anything that the quickstart's manifest refers to. */
export async function makeEmptyTenant(cluster: Cluster, namespace: string): Promise<Tenant> {
  const metadata = { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }));
  return new Tenant(cluster, namespace);
}

/** Loads example dumps into a schema named after its namespace, since all tenants share one database. */
export class Tenant {
  readonly namespace: string;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
  }

  kubectl(...parameters: string[]): Promise<string> {
    return this.#cluster.kubectl(['-n', this.namespace, ...parameters]);
  }

  /** Applies an object of the core group. */
  async apply(kind: string, name: string, fields: Fields): Promise<void> {
    const metadata = { name, namespace: this.namespace };
    await this.#cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind, metadata, ...fields }));
  }

  /** Applies the quickstart's manifest with fewer dumps and one Job a table, and with these fields in the parts of its spec. */
  async ingest(changes: Fields = {}, name = 'quickstart'): Promise<void> {
    const { spec, ...manifest } = load(quickstart) as { spec: Record<string, Fields> };
    const own = {
      source: { include: SOME_DUMPS },
      loading: { tablesPerJob: 1 },
      target: { schema: this.namespace, ledgerSchema: `${this.namespace}_ledger` },
    };
    for (const [part, fields] of [...Object.entries<Fields>(own), ...Object.entries(changes)]) {
      spec[part] = typeof fields === 'object' ? { ...spec[part], ...fields } : (fields as never);
    }
    const text = JSON.stringify({ ...manifest, metadata: { name, namespace: this.namespace }, spec });
    await this.#cluster.kubectl(['apply', '-f', '-'], text);
  }

  async patch(spec: Fields): Promise<void> {
    await this.kubectl('patch', 'di', 'quickstart', '--type=merge', '-p', JSON.stringify({ spec }));
  }

  async status(name = 'quickstart'): Promise<DumpIngestionStatus> {
    const { status = {} } = JSON.parse(await this.kubectl('get', 'di', name, '-o', 'json')) as {
      status?: DumpIngestionStatus;
    };
    return status;
  }

  async tables(): Promise<Table[]> {
    type Item = Partial<Table> & Pick<Table, 'spec'> & { readonly metadata: { readonly name: string } };
    const { items } = JSON.parse(await this.kubectl('get', 'ti', '-o', 'json')) as { items: Item[] };
    return items.map(({ metadata: { name }, spec, status = {} }) => ({ name, spec, status }));
  }

  /** The tasks of the Jobs of the run that exists now. */
  async tasksOfJobs(name = 'quickstart'): Promise<string[]> {
    type Job = { readonly metadata: { labels: Record<string, string>; ownerReferences: readonly { uid: string }[] } };
    const uid = await this.kubectl('get', 'di', name, '-o', 'jsonpath={.metadata.uid}');
    const { items } = JSON.parse(await this.kubectl('get', 'jobs', '-o', 'json')) as { items: Job[] };
    const own = items.filter(({ metadata }) => metadata.ownerReferences.some((owner) => owner.uid === uid));
    return own.map(({ metadata }) => metadata.labels[LABELS.task] ?? '');
  }

  /** The names of the Jobs that are neither complete nor failed, with or without a running pod. */
  async unfinishedJobs(): Promise<string[]> {
    type Job = {
      readonly metadata: { readonly name: string };
      readonly status: { readonly conditions?: readonly Condition[] };
    };
    const { items } = JSON.parse(await this.kubectl('get', 'jobs', '-o', 'json')) as { items: Job[] };
    const isFinished = ({ status: { conditions = [] } }: Job): boolean =>
      conditions.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'));
    return items.filter((job) => !isFinished(job)).map(({ metadata: { name } }) => name);
  }

  /** Waits for an event that says this; events follow their status. */
  async hasEvent(text: RegExp): Promise<void> {
    await eventually(`the event ${text}`, 60, async () => assert.match(await this.kubectl('get', 'events'), text));
  }

  /** Waits until the DumpIngestion has ended, and returns its status. */
  async ended(name = 'quickstart', seconds = 600): Promise<DumpIngestionStatus> {
    return await eventually(`the end of ${this.namespace}/${name}`, seconds, async () => {
      const status = await this.status(name);
      if (status.phase !== 'Complete' && status.phase !== 'Failed') throw new Error(JSON.stringify(status, null, 1));
      return status;
    });
  }

  /** Changes spec.trigger, waits until the run that follows has ended, and returns its status. */
  async runsAgain(fields: Fields): Promise<DumpIngestionStatus> {
    const { run } = await this.status();
    await this.patch(fields);
    await eventually('the start of the next run', 120, async () => {
      assert.equal((await this.status()).run?.number, (run?.number ?? 1) + 1);
    });
    return await this.ended();
  }

  /** Waits until the DumpIngestion is complete, and checks the rows in its status and in the version tables. */
  async completes(rows: Readonly<Record<string, number>> = SOME_ROWS, seconds = 600): Promise<DumpIngestionStatus> {
    const status = await this.ended('quickstart', seconds);
    const sum = Object.values(rows).reduce((one, other) => one + other, 0);
    assert.deepEqual(
      [status.phase, status.rows, status.failures],
      ['Complete', sum, undefined],
      JSON.stringify(status, null, 1),
    );
    assert.deepEqual(await this.rows(), rows);
    return status;
  }

  /**
   * Keeps these tables from being loaded until the returned function is called: their runners wait for a lock, as behind another runner. It also ends with
   * the database.
   */
  async holds(versionTables: readonly string[]): Promise<() => Promise<void>> {
    const client = new pg.Client(this.#cluster.database.ownerUri);
    client.on('error', () => undefined);
    await client.connect();
    for (const name of versionTables)
      await lockStagingTable(client, stagingTable(`${this.namespace}_ledger`, { schema: this.namespace, name }));
    return async () => await client.end().catch(() => undefined);
  }

  /**
   * Begins a run of these versions, and waits until its largest table is loaded, which comes first. A Job waits in each slot then, and the other tables
   * have none, until the returned function is called: a test acts in the middle, however long it takes.
   */
  async startsInTheMiddle(...versions: string[]): Promise<() => Promise<void>> {
    const [, ...others] = Object.entries(rowsOf(...versions)).toSorted(([, one], [, other]) => other - one);
    const release = await this.holds(others.map(([name]) => name));
    await this.ingest({ source: { include: versions.map((version) => `velo_${version}.zip`) } });
    await this.isInTheMiddle();
    return release;
  }

  /** Waits until a table is loaded while others are not. */
  async isInTheMiddle(): Promise<void> {
    await eventually(`the first table of ${this.namespace}`, 180, async () => {
      assert((await this.tables()).some(({ status }) => status.phase === 'Loaded'));
    });
    assert.notEqual((await this.status()).phase, 'Complete');
  }

  /** Waits until Progressing has this reason, and returns the condition's message. */
  async waitsBecause(reason: string, seconds = 60, message = /(?:)/): Promise<string> {
    return await eventually(`the reason ${reason}`, seconds, async () => {
      const progressing = conditionOf(await this.status(), 'Progressing');
      assert.deepEqual([progressing?.status, progressing?.reason], ['False', reason], JSON.stringify(progressing));
      assert.match(progressing?.message ?? '', message);
      return progressing?.message ?? '';
    });
  }

  /** Waits until the scheduler says this: what it says at first may be about a moment that is over. */
  async isUnschedulable(message: RegExp): Promise<void> {
    await this.waitsBecause('Unschedulable', 120, message);
  }

  /** Rows by version table, counted in PostgreSQL. */
  async rows(schema = this.namespace): Promise<Record<string, number>> {
    const client = new pg.Client(this.#cluster.database.ownerUri);
    await client.connect();
    try {
      const children = await client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
         WHERE relnamespace = to_regnamespace($1) ORDER BY 1`,
        [pg.escapeIdentifier(schema)],
      );
      const counts: [string, number][] = [];
      for (const { name } of children.rows) {
        const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
        const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
        counts.push([name, Number(rows[0]?.count)]);
      }
      return Object.fromEntries(counts);
    } finally {
      await client.end();
    }
  }
}

export function conditionOf({ conditions = [] }: DumpIngestionStatus, type: string): Condition | undefined {
  return conditions.find((one) => one.type === type);
}
