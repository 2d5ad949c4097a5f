import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Caches } from '../../../../operator/kubernetes/cache/caches.ts';
import type { KubernetesObject } from '../../../../operator/kubernetes/client/objects.ts';
import { apiserver } from '../apiserver.ts';

const owned = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ kind, name, uid, controller: true }],
});
const job = (uid: string, version: number): KubernetesObject => ({
  metadata: {
    name: 'load',
    namespace: 'default',
    uid,
    resourceVersion: String(version),
    ...owned('DumpIngestion', 'nightly', 'run'),
  },
});
const pod = (jobUid: string, version: number): KubernetesObject => ({
  metadata: {
    name: `pod-${jobUid}`,
    namespace: 'default',
    uid: `pod-${jobUid}`,
    resourceVersion: String(version),
    ...owned('Job', 'load', jobUid),
  },
});

describe('the caches', () => {
  it('list large objects in small pages', async () => {
    const { api, requests } = await apiserver(({ line, query }) => {
      if (query.get('watch') === 'true') return (response) => response.flushHeaders();
      const next = line.endsWith('/dumpingestions') && query.get('continue') === null ? 'more' : '';
      return { body: { metadata: { resourceVersion: '1', continue: next }, items: [] } };
    });
    const caches = new Caches({ api, namespaces: [], onChange: () => undefined, onError: () => undefined });
    const stop = new AbortController();
    const run = caches.run(stop.signal);
    while (!caches.isSynced) await wait(10);
    stop.abort();
    await run;
    // The largest objects that etcd takes have 1.5 MB, and the operator's limit is 512 MiB.
    const limits = requests
      .filter(({ query }) => query.has('limit'))
      .map(({ line, query }) => [line.replace(/.*\//, ''), query.get('limit')]);
    assert.equal(limits.filter(([plural]) => plural === 'dumpingestions').length, 2);
    for (const [plural, limit] of limits)
      assert(Number(limit) <= (plural === 'dumpingestions' ? 20 : 200), plural ?? '');
  });

  it('report a change of a run for the pods of its Jobs, but not for those of a Job that was recreated before its deletion was reported', async () => {
    const watches = new Map<string, ServerResponse>();
    const { api } = await apiserver(({ line, query }) =>
      query.get('watch') === 'true'
        ? (response) => {
            response.flushHeaders();
            watches.set(line.replace(/.*\//, ''), response);
          }
        : { body: { metadata: { resourceVersion: '1' }, items: [] } },
    );
    const changed: string[] = [];
    const caches = new Caches({
      api,
      namespaces: [],
      onChange: (key) => changed.push(key),
      onError: () => undefined,
    });
    const stop = new AbortController();
    const run = caches.run(stop.signal);
    const send = async (plural: string, type: string, object: KubernetesObject, expected = 1): Promise<void> => {
      changed.length = 0;
      watches.get(plural)?.write(`${JSON.stringify({ type, object })}\n`);
      for (const end = Date.now() + 60_000; expected > changed.length && Date.now() < end;) await wait(10);
      if (expected === 0) await wait(100);
      assert.equal(changed.length, expected);
    };
    try {
      while (!watches.has('jobs') || !watches.has('pods')) await wait(10);
      await send('jobs', 'ADDED', job('first', 2));
      await send('pods', 'ADDED', pod('first', 3));
      // A response may arrive before the watch event.
      caches.jobs.put({ ...job('second', 5) });
      await send('jobs', 'DELETED', job('first', 4));
      await send('jobs', 'ADDED', job('second', 5));
      await send('pods', 'MODIFIED', pod('first', 6), 0);
      await send('pods', 'ADDED', pod('second', 7));
    } finally {
      stop.abort();
      await run;
    }
  });
});
