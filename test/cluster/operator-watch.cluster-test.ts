import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { accessByKubeconfig, accessByServiceAccount } from '../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../operator/kubernetes/client/api.ts';
import { Caches } from '../../operator/kubernetes/cache/caches.ts';
import { eventually } from './commands.ts';
import { OPERATOR_NAMESPACE, startOperator } from './operator-process.ts';
import { overload } from './overload.ts';
import { useUnreliablePlane } from './unreliable-plane.ts';
import { apiBy, watchDuring, type Watching, type WatchOptions } from './watching.ts';

const scene = useUnreliablePlane('watch');

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
const create = (name: string, namespace?: string) =>
  scene.plane.kubectl(['apply', '-f', '-'], ingestion(name, namespace));
const remove = (name: string) => scene.plane.kubectl(['delete', 'di', name]);

/** Watches through the unreliable proxy during the work. */
async function watching(work: (watching: Watching) => Promise<void>, options: WatchOptions = {}): Promise<void> {
  try {
    await watchDuring(scene.way.kubeconfig, work, options);
  } finally {
    await scene.plane.kubectl(['delete', 'di', '--all', '--all-namespaces']);
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
      await scene.plane.kubectl(['patch', 'di', 'two', '--type=merge', '-p', '{"spec":{"suspend":true}}']);
      await eventually('the change', 30, () => assert.equal(caches.ingestions.get('default/two')?.spec.suspend, true));
      await remove('one');
      await sees('two');
    });
  });

  it('continue without listing again when their connections are cut', async () => {
    await watching(async ({ sees, relists }) => {
      scene.way.cut();
      await create('one');
      await sees('one');
      assert.equal(listsOf(relists), 1);
    });
  });

  it('detect a silently dead connection, and catch up on what they have missed', async () => {
    await watching(
      async ({ sees, names }) => {
        scene.way.fallSilent();
        await create('one');
        await new Promise((resolve) => setTimeout(resolve, 500));
        assert.deepEqual(names(), []);
        scene.way.restore();
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
      scene.way.fallSilent();
      scene.way.cut();
      await remove('one');
      await create('three');
      await scene.plane.processes.stop('kube-apiserver', 'SIGKILL');
      scene.plane.processes.startAgain('kube-apiserver');
      await scene.plane.ready();
      scene.way.restore();
      scene.way.cut();
      await sees('two', 'three');
      // Once, and again where the version of that list is older than what the restarted apiserver remembers.
      assert(listsOf(relists) === 2 || listsOf(relists) === 3, `${listsOf(relists)} lists`);
    });
  });

  it('list again at regular intervals', async () => {
    await watching(
      async ({ relists }) => {
        await eventually('the second list', 60, () => assert(listsOf(relists) >= 2));
      },
      { resyncMilliseconds: 1000, idleMilliseconds: 500 },
    );
  });

  it('see only the configured namespaces', async () => {
    for (const namespace of ['east', 'west', 'north']) await scene.plane.kubectl(['create', 'namespace', namespace]);
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
  const path = '/apis/motherload.dev/v1alpha1/dumpingestions';

  it('are retried as Retry-After says if the apiserver is overloaded', async () => {
    const codes: number[] = [];
    const api = new KubernetesApi(await accessByKubeconfig(scene.kubeconfig), ({ code }) => void codes.push(code));
    await scene.plane.kubectl(['apply', '-f', '-'], overload());
    // One request succeeds even without room, and the apiserver needs a moment to apply its new configuration.
    const askAlot = async () => {
      while (!codes.includes(429)) await Promise.all(Array.from({ length: 20 }, () => api.request('GET', path)));
    };
    const makeRoom = async () => {
      await eventually('a refusal', 30, () => assert(codes.includes(429)));
      await scene.plane.kubectl(['delete', 'flowschema', 'operator']);
    };
    await Promise.all([askAlot(), makeRoom()]);
    assert.equal(codes.at(-1), 200);
  });

  it('use the service account of a pod, with its current token', async () => {
    const account = join(scene.folder, 'service-account');
    mkdirSync(account);
    copyFileSync(scene.plane.certificates.authority, join(account, 'ca.crt'));
    writeFileSync(join(account, 'token'), 'outdated');
    const access = accessByServiceAccount(`https://${scene.plane.address}:${scene.plane.apiserverPort}`, account, 100);
    const api = new KubernetesApi(access);
    await assert.rejects(api.request('GET', path), { name: 'ApiError', status: 401 });
    writeFileSync(
      join(account, 'token'),
      await scene.plane.kubectl(['-n', OPERATOR_NAMESPACE, 'create', 'token', 'operator']),
    );
    await eventually('the new token', 60, () => api.request('GET', path));
  });
});

describe('readiness', () => {
  it('reports what has not been listed and why, and later which watch has had no contact', async () => {
    scene.way.fallSilent();
    const stop = new AbortController();
    const caches = new Caches({
      api: await apiBy(scene.way.kubeconfig),
      namespaces: [],
      onChange: () => undefined,
      onError: () => undefined,
    });
    const run = caches.run(stop.signal);
    const problems = (milliseconds: number) => caches.problems(milliseconds).join();
    try {
      assert.match(problems(1000), /^dumpingestions have not been listed yet.*jobs have not been listed yet/);
      await eventually('the reason', 30, () => {
        scene.way.cut();
        assert.match(problems(1000), /pods have not been listed yet: .*(hang up|ECONNRESET|disconnected)/);
      });
      scene.way.restore();
      scene.way.cut();
      await eventually('all lists', 30, () => assert.equal(problems(60_000), ''));
      scene.way.close();
      await eventually('silence', 60, () =>
        assert.match(problems(1000), /the watch of pods has had no contact with the apiserver for 1 s: .*ECONNREFUSED/),
      );
    } finally {
      stop.abort();
      await run;
    }
  });

  it('is reported by the operator, which waits for an apiserver that is not running yet', async () => {
    await scene.plane.processes.stop('kube-apiserver', 'SIGKILL');
    const starting = startOperator(scene.plane, scene.kubeconfig, 'waits');
    const log = join(scene.folder, 'waits.operator.log');
    const port = await eventually('its port', 60, () => {
      const [, found] = /"port":(\d+)/.exec(readFileSync(log, 'utf8')) ?? [];
      assert(found);
      return found;
    });
    const unready = await fetch(`http://127.0.0.1:${port}/readyz`);
    assert.equal(unready.status, 503);
    assert.match(await unready.text(), /^dumpingestions have not been listed yet/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    scene.plane.processes.startAgain('kube-apiserver');
    const operator = await starting;
    assert.equal(await operator.stop(), 0);
    assert(operator.lines().some(({ message }) => message === 'the operator has stopped'));
  });
});
