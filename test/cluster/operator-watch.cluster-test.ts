import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';
import { accessByKubeconfig, accessByServiceAccount } from '../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../operator/kubernetes/client/api.ts';
import { Caches, type CachesOptions } from '../../operator/kubernetes/cache/caches.ts';
import { Leader } from '../../operator/kubernetes/leader.ts';
import { eventually } from './commands.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { OPERATOR_NAMESPACE, prepareOperator, startOperator } from './operator-process.ts';
import { makeUnreliableWay, type UnreliableWay } from './unreliable-way.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-watch-'));
let plane: ControlPlane;
let kubeconfig: string;
let way: UnreliableWay;

before(async () => {
  plane = await startControlPlane({ folder });
  kubeconfig = await prepareOperator(plane);
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
beforeEach(async () => {
  way = await makeUnreliableWay(plane, kubeconfig);
});
afterEach(() => way.close());

async function apiBy(file: string): Promise<KubernetesApi> {
  return new KubernetesApi(await accessByKubeconfig(file));
}

const ingestion = (name: string, namespace = 'default') =>
  JSON.stringify({
    apiVersion: 'motherload.dev/v1alpha1',
    kind: 'DumpIngestion',
    metadata: { name, namespace },
    spec: {
      source: { volume: { persistentVolumeClaim: { claimName: 'dumps' } } },
      target: { databaseSecretRef: { name: 'database' } },
    },
  });
const create = (name: string, namespace?: string) => plane.kubectl(['apply', '-f', '-'], ingestion(name, namespace));
const remove = (name: string) => plane.kubectl(['delete', 'di', name]);

interface Watching {
  readonly caches: Caches;
  readonly relists: string[];
  readonly troubles: unknown[];
  /** The names of the DumpIngestions in the cache, sorted. */
  readonly names: () => string[];
  /** Waits until exactly these are in the cache. */
  readonly sees: (...names: string[]) => Promise<void>;
}

/** Watches through the unreliable proxy during the work. */
async function watching(
  work: (watching: Watching) => Promise<void>,
  options: Partial<Pick<CachesOptions, 'namespaces' | 'idleMilliseconds' | 'resyncMilliseconds'>> = {},
): Promise<void> {
  const [relists, troubles]: [string[], unknown[]] = [[], []];
  const stop = new AbortController();
  const caches = new Caches({
    api: await apiBy(way.kubeconfig),
    namespaces: [],
    onChange: () => undefined,
    onError: (_, error) => void troubles.push(error),
    onRelist: (plural) => void relists.push(plural),
    ...options,
  });
  const names = () => [...caches.ingestions.all()].map(({ metadata }) => metadata.name).sort();
  const sees = (...expected: string[]) => eventually('the cache', 60, () => assert.deepEqual(names(), expected.sort()));
  const run = caches.run(stop.signal);
  try {
    await eventually('the first list', 10, () => assert(caches.isSynced));
    await work({ caches, relists, troubles, names, sees });
  } finally {
    stop.abort();
    await run;
    await plane.kubectl(['delete', 'di', '--all', '--all-namespaces']);
  }
}

const listsOf = (relists: readonly string[]) => relists.filter((plural) => plural === 'dumpingestions').length;

describe('the watches', () => {
  it('see existing, created, changed and deleted objects', async () => {
    await create('one');
    await watching(async ({ sees, caches }) => {
      await sees('one');
      await create('two');
      await sees('one', 'two');
      await plane.kubectl(['patch', 'di', 'two', '--type=merge', '-p', '{"spec":{"suspend":true}}']);
      await eventually('the change', 30, () => assert.equal(caches.ingestions.get('default/two')?.spec.suspend, true));
      await remove('one');
      await sees('two');
    });
  });

  it('continue without listing again when their connections are cut', async () => {
    await watching(async ({ sees, relists }) => {
      way.cut();
      await create('one');
      await sees('one');
      assert.equal(listsOf(relists), 1);
    });
  });

  it('detect a silently dead connection, and catch up on what they have missed', async () => {
    await watching(
      async ({ sees, names }) => {
        way.fallSilent();
        await create('one');
        await new Promise((resolve) => setTimeout(resolve, 500));
        assert.deepEqual(names(), []);
        way.restore();
        await sees('one');
      },
      { idleMilliseconds: 1500 },
    );
  });

  it('are not interrupted by a long time without events', async () => {
    await watching(
      async ({ sees, relists, troubles, caches }) => {
        await new Promise((resolve) => setTimeout(resolve, 10_000));
        assert.deepEqual(caches.problems(8000), []);
        assert.deepEqual(troubles, []);
        await create('one');
        await sees('one');
        assert.equal(listsOf(relists), 1);
      },
      { idleMilliseconds: 2000 },
    );
  });

  it('list again when the restarted apiserver no longer has their version, and forget what was deleted meanwhile', async () => {
    await create('one');
    await create('two');
    await watching(async ({ sees, relists }) => {
      await sees('one', 'two');
      way.fallSilent();
      way.cut();
      await remove('one');
      await create('three');
      await plane.processes.stop('kube-apiserver', 'SIGKILL');
      plane.processes.startAgain('kube-apiserver');
      await plane.ready();
      way.restore();
      way.cut();
      await sees('two', 'three');
      assert.equal(listsOf(relists), 2);
    });
  });

  it('list again at regular intervals', async () => {
    await watching(
      async ({ relists }) => {
        await eventually('the second list', 10, () => assert(listsOf(relists) >= 2));
      },
      { resyncMilliseconds: 1000, idleMilliseconds: 500 },
    );
  });

  it('see only the configured namespaces', async () => {
    for (const namespace of ['east', 'west', 'north']) await plane.kubectl(['create', 'namespace', namespace]);
    await watching(
      async ({ sees }) => {
        for (const namespace of ['north', 'east', 'west']) await create(namespace, namespace);
        await sees('east', 'west');
      },
      { namespaces: ['east', 'west'] },
    );
  });
});

describe('requests', () => {
  /** Makes the apiserver respond with 429 to all of the operator's requests, as it does if a client exceeds its share. */
  const refuseAll = async () => {
    const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
    const limited = {
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    };
    const rules = {
      subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: OPERATOR_NAMESPACE, name: 'operator' } }],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
    };
    const items = [
      {
        apiVersion,
        kind: 'PriorityLevelConfiguration',
        metadata: { name: 'none' },
        spec: { type: 'Limited', limited },
      },
      {
        ...{ apiVersion, kind: 'FlowSchema', metadata: { name: 'operator' } },
        spec: { priorityLevelConfiguration: { name: 'none' }, matchingPrecedence: 2, rules: [rules] },
      },
    ];
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  };
  const path = '/apis/motherload.dev/v1alpha1/dumpingestions';

  it('are retried as Retry-After says if the apiserver is overloaded', async () => {
    const codes: number[] = [];
    const api = new KubernetesApi(await accessByKubeconfig(kubeconfig), ({ code }) => void codes.push(code));
    await refuseAll();
    // One request succeeds even without room, and the apiserver needs a moment to apply its new configuration.
    const askAlot = async () => {
      while (!codes.includes(429)) await Promise.all(Array.from({ length: 20 }, () => api.request('GET', path)));
    };
    const makeRoom = async () => {
      await eventually('a refusal', 30, () => assert(codes.includes(429)));
      await plane.kubectl(['delete', 'flowschema', 'operator']);
    };
    await Promise.all([askAlot(), makeRoom()]);
    assert.equal(codes.at(-1), 200);
  });

  it('use the service account of a pod, with its current token', async () => {
    const account = join(folder, 'service-account');
    mkdirSync(account);
    copyFileSync(plane.certificates.authority, join(account, 'ca.crt'));
    writeFileSync(join(account, 'token'), 'outdated');
    const access = accessByServiceAccount(`https://${plane.address}:${plane.apiserverPort}`, account, 100);
    const api = new KubernetesApi(access);
    await assert.rejects(api.request('GET', path), { name: 'ApiError', status: 401 });
    writeFileSync(
      join(account, 'token'),
      await plane.kubectl(['-n', OPERATOR_NAMESPACE, 'create', 'token', 'operator']),
    );
    await eventually('the new token', 5, () => api.request('GET', path));
  });
});

describe('readiness', () => {
  it('reports what has not been listed and why, and later which watch has had no contact', async () => {
    way.fallSilent();
    const stop = new AbortController();
    const caches = new Caches({
      api: await apiBy(way.kubeconfig),
      namespaces: [],
      onChange: () => undefined,
      onError: () => undefined,
    });
    const run = caches.run(stop.signal);
    const problems = (milliseconds: number) => caches.problems(milliseconds).join();
    try {
      assert.match(problems(1000), /^dumpingestions have not been listed yet.*jobs have not been listed yet/);
      await eventually('the reason', 30, () => {
        way.cut();
        assert.match(problems(1000), /pods have not been listed yet: .*(hang up|ECONNRESET|disconnected)/);
      });
      way.restore();
      way.cut();
      await eventually('all lists', 30, () => assert.equal(problems(60_000), ''));
      way.close();
      await eventually('silence', 10, () =>
        assert.match(problems(1000), /the watch of pods has had no contact with the apiserver for 1 s: .*ECONNREFUSED/),
      );
    } finally {
      stop.abort();
      await run;
    }
  });

  it('is reported by the operator, which waits for an apiserver that is not running yet', async () => {
    await plane.processes.stop('kube-apiserver', 'SIGKILL');
    const starting = startOperator(plane, kubeconfig, 'waits');
    const log = join(folder, 'waits.operator.log');
    const port = await eventually('its port', 60, () => {
      const [, found] = /"port":(\d+)/.exec(readFileSync(log, 'utf8')) ?? [];
      assert(found);
      return found;
    });
    const unready = await fetch(`http://127.0.0.1:${port}/readyz`);
    assert.equal(unready.status, 503);
    assert.match(await unready.text(), /^dumpingestions have not been listed yet/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    plane.processes.startAgain('kube-apiserver');
    const operator = await starting;
    assert.equal(await operator.stop(), 0);
    assert(operator.lines().some(({ message }) => message === 'the operator has stopped'));
  });
});

describe('the Lease', () => {
  const LEASE_SECONDS = 5;
  const candidate = async (identity: string, file = kubeconfig) =>
    new Leader({
      api: await apiBy(file),
      namespace: OPERATOR_NAMESPACE,
      name: 'test',
      identity,
      leaseSeconds: LEASE_SECONDS,
      onError: () => undefined,
    });

  it('has one holder, and another one within its duration when the first disappears', async () => {
    const stop = new AbortController();
    const [one, other] = [await candidate('one', way.kubeconfig), await candidate('other')];
    await one.acquire(stop.signal);
    const held = one.hold(stop.signal);
    const acquired = other.acquire(stop.signal);
    try {
      await new Promise((resolve) => setTimeout(resolve, LEASE_SECONDS * 1500));
      assert.deepEqual([one.isLeader, other.isLeader], [true, false]);
      way.fallSilent();
      const began = Date.now();
      // It stops by itself, before the other one may take over.
      assert.equal(await held, false);
      assert.deepEqual([one.isLeader, other.isLeader], [false, false]);
      await acquired;
      assert(Date.now() - began < LEASE_SECONDS * 2000);
      assert.equal(other.isLeader, true);
      await other.release();
    } finally {
      stop.abort();
    }
  });

  it('is free at once when it was released', async () => {
    const stop = new AbortController();
    const [one, other] = [await candidate('one'), await candidate('other')];
    await one.acquire(stop.signal);
    const acquired = other.acquire(stop.signal);
    try {
      await one.release();
      const began = Date.now();
      await acquired;
      assert(Date.now() - began < LEASE_SECONDS * 1000);
      await other.release();
    } finally {
      stop.abort();
    }
  });
});
