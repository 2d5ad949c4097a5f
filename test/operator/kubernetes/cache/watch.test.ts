import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesObject } from '../../../../operator/kubernetes/client/objects.ts';
import { JOBS } from '../../../../operator/kubernetes/client/resources.ts';
import { Store } from '../../../../operator/kubernetes/cache/store.ts';
import { ResourceWatch } from '../../../../operator/kubernetes/cache/watch.ts';
import { apiserver, refusal, type Reply } from '../apiserver.ts';

const object = (name: string, version: number, uid = name): KubernetesObject => ({
  metadata: { name, namespace: 'default', uid, resourceVersion: String(version) },
});
const list = (version: number, ...items: KubernetesObject[]): Reply => ({
  body: { metadata: { resourceVersion: String(version) }, items },
});

interface Scene {
  readonly store: Store<KubernetesObject>;
  /** The versions that watches began from. */
  readonly watches: string[];
  readonly troubles: string[];
  /** What the next lists answer; the last one again and again. */
  readonly lists: Reply[];
  /** An event on the watch that is open. */
  readonly tell: (type: string, object: KubernetesObject) => void;
  readonly seen: () => string[];
}

/** Watches an apiserver that says what the test wants, until the test's work is done. */
async function watching(
  first: Reply,
  work: (scene: Scene) => Promise<void>,
  resyncMilliseconds = 60_000,
): Promise<void> {
  const lists = [first];
  const [watches, troubles]: [string[], string[]] = [[], []];
  let open: ServerResponse | undefined;
  const { api } = await apiserver(({ query }) => {
    if (query.get('watch') !== 'true') return (lists.length > 1 ? lists.shift() : lists[0]) ?? assert.fail();
    watches.push(query.get('resourceVersion') ?? '');
    return (answer) => {
      open = answer;
      answer.flushHeaders();
    };
  });
  const store = new Store<KubernetesObject>((one) => one);
  const stop = new AbortController();
  const watch = new ResourceWatch({
    ...{ api, resource: JOBS, namespace: undefined, store, resyncMilliseconds, silenceMilliseconds: 200 },
    onChange: () => undefined,
    onTrouble: (error) => troubles.push(String(error)),
  });
  const run = watch.run(stop.signal);
  try {
    await soon(() => assert(open));
    await work({
      ...{ store, watches, troubles, lists },
      tell: (type, one) => {
        open?.write(`${JSON.stringify({ type, object: one })}\n`);
      },
      seen: () => [...store.all()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).sort(),
    });
  } finally {
    stop.abort();
    await run;
  }
}

/** Until it holds, for five seconds. */
async function soon(check: () => void): Promise<void> {
  const end = Date.now() + 5000;
  while (Date.now() < end) {
    try {
      check();
      return;
    } catch {
      await wait(10);
    }
  }
  check();
}

describe('a watch', () => {
  it('has an object again that comes back with its label', async () => {
    await watching(list(5, object('one', 3)), async ({ tell, seen }) => {
      tell('DELETED', object('one', 6));
      await soon(() => assert.deepEqual(seen(), []));
      tell('ADDED', object('one', 8));
      await soon(() => assert.deepEqual(seen(), ['one 8']));
    });
  });

  it('goes on from its last version where only the list to resync fails, and tells it', async () => {
    await watching(
      list(5, object('one', 3)),
      async ({ tell, seen, watches, troubles, lists }) => {
        lists.splice(0, 1, refusal(500, 'InternalError', 'etcdserver: request timed out'));
        tell('MODIFIED', object('one', 6));
        await soon(() => assert(watches.length >= 3));
        assert.deepEqual([watches[0], ...new Set(watches.slice(1))], ['5', '6']);
        assert.match(troubles[0] ?? '', /etcdserver/);
        tell('ADDED', object('two', 7));
        await soon(() => assert.deepEqual(seen(), ['one 6', 'two 7']));
        lists.splice(0, 1, list(9, object('two', 7)));
        await soon(() => assert.deepEqual(seen(), ['two 7']));
      },
      1,
    );
  });

  it('has what there is in an etcd that was restored, though all of it is older', async () => {
    await watching(
      list(100, object('kept', 90), object('changed', 95), object('later', 99)),
      async ({ seen, lists, tell, store, watches }) => {
        store.remove(object('deleted', 98));
        lists.splice(0, 1, list(50, object('kept', 40), object('changed', 45), object('deleted', 30)));
        await soon(() => assert.deepEqual(seen(), ['changed 45', 'deleted 30', 'kept 40']));
        await soon(() => assert.equal(watches.at(-1), '50'));
        lists.splice(0, 1, list(51, object('kept', 51)));
        tell('MODIFIED', object('kept', 51));
        await soon(() => assert.deepEqual(seen(), ['kept 51']));
      },
      1,
    );
  });

  it('lists anew where events go back', async () => {
    await watching(list(100, object('one', 90)), async ({ seen, lists, tell }) => {
      lists.splice(0, 1, list(50, object('one', 40)));
      tell('BOOKMARK', object('', 49));
      await soon(() => assert.deepEqual(seen(), ['one 40']));
    });
  });

  it('keeps what was made while the list was on its way, and nothing else that the list has not', async () => {
    await watching(
      list(10, object('one', 3), object('two', 4)),
      async ({ seen, lists, store }) => {
        store.put(object('made', 30));
        lists.splice(0, 1, list(20, object('one', 3)));
        await soon(() => assert.deepEqual(seen(), ['made 30', 'one 3']));
        assert.equal(store.put(object('two', 15)), false, 'an answer of before the list');
      },
      1,
    );
  });
});
