import assert from 'node:assert/strict';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import { eventually } from './commands.ts';
import type { ControlPlane } from './control-plane.ts';

export type Fields = Record<string, unknown>;
export interface Job {
  readonly metadata: {
    readonly uid: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: { readonly suspend?: boolean; readonly template: { readonly spec: Fields } };
}

/** A new namespace with a DumpIngestion named nightly. */
export class NodelessTenant {
  readonly namespace: string;
  readonly #plane: ControlPlane;

  private constructor(plane: ControlPlane, namespace: string) {
    this.#plane = plane;
    this.namespace = namespace;
  }

  static async create(plane: ControlPlane, namespace: string): Promise<NodelessTenant> {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await plane.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }),
    );
    return new NodelessTenant(plane, namespace);
  }

  kubectl(...parameters: string[]): Promise<string> {
    return this.#plane.kubectl(['-n', this.namespace, ...parameters]);
  }

  apply(...objects: Fields[]): Promise<string> {
    const items = objects.map((object) => ({
      ...object,
      metadata: { namespace: this.namespace, ...(object['metadata'] as Fields) },
    }));
    return this.#plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }

  ingest(spec: Fields = {}): Promise<string> {
    return this.apply(manifest(spec));
  }

  patch(spec: Fields): Promise<string> {
    return this.kubectl('patch', 'di', 'nightly', '--type=merge', '-p', JSON.stringify({ spec }));
  }

  async status(): Promise<DumpIngestionStatus> {
    return JSON.parse(await this.kubectl('get', 'di', 'nightly', '-o', 'jsonpath={.status}')) as DumpIngestionStatus;
  }

  /** Waits until Progressing has this reason, and returns the condition's message. */
  async waitsBecause(reason: string, seconds = 60): Promise<string> {
    return await eventually(`the reason ${reason}`, seconds, async () => {
      const { conditions = [] } = await this.status();
      const progressing = conditions.find(({ type }) => type === 'Progressing');
      assert.deepEqual([progressing?.status, progressing?.reason], ['False', reason]);
      return progressing?.message ?? '';
    });
  }

  async jobs(): Promise<Job[]> {
    return (JSON.parse(await this.kubectl('get', 'jobs', '-o', 'json')) as { items: Job[] }).items;
  }

  /** Waits until there is exactly one Job and the check succeeds. */
  async job(check: (job: Job) => void = () => undefined): Promise<Job> {
    return await eventually('the Job', 60, async () => {
      const [job, ...more] = await this.jobs();
      assert(job !== undefined && more.length === 0);
      check(job);
      return job;
    });
  }

  /** Waits for an event of the DumpIngestion; events follow their status. */
  async hasEvent(reason: string): Promise<void> {
    await eventually(`the event ${reason}`, 60, async () => assert((await this.#events()).includes(reason)));
  }

  async #events(): Promise<string[]> {
    const text = await this.kubectl(
      'get',
      'events',
      '--field-selector=involvedObject.kind=DumpIngestion',
      '-o',
      'jsonpath={.items[*].reason}',
    );
    return text.split(' ');
  }
}

export const manifest = (spec: Fields): Fields => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'DumpIngestion',
  metadata: { name: 'nightly' },
  spec: {
    source: { volume: { persistentVolumeClaim: { claimName: 'dumps' } } },
    target: { databaseSecretRef: { name: 'database' } },
    ...spec,
  },
});
