import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesObject } from '../../../../operator/kubernetes/client/objects.ts';
import { JOBS } from '../../../../operator/kubernetes/client/resources.ts';
import { Store } from '../../../../operator/kubernetes/cache/store.ts';
import { ResourceWatch } from '../../../../operator/kubernetes/cache/watch.ts';
import { apiserver, failure, type Reply } from '../apiserver.ts';

const object = (name: string, version: number, uid = name): KubernetesObject => ({
  metadata: { name, namespace: 'default', uid, resourceVersion: String(version) },
});
const list = (version: number, ...items: KubernetesObject[]): Reply => ({
  body: { metadata: { resourceVersion: String(version) }, items },
});

interface Scene {
  readonly store: Store<KubernetesObject>;
  /** The versions from which watches started. */
  readonly watches: string[];
  readonly errors: string[];
  /** The replies to the next lists; the last one is repeated. */
  readonly lists: Reply[];
  /** Sends an event on the open watch. */
  readonly send: (type: string, object: KubernetesObject) => void;
  readonly seen: () => string[];
}

/** Watches an apiserver that replies as the test wants, until the test's work is done. */
async function watching(
  first: Reply,
  work: (scene: Scene) => Promise<void>,
  resyncMilliseconds = 60_000,
): Promise<void> {
  const lists = [first];
  const [watches, errors]: [string[], string[]] = [[], []];
  let open: ServerResponse | undefined;
  const sent: { readonly type: string; readonly object: KubernetesObject }[] = [];
  const write = (response: ServerResponse | undefined, event: object) => response?.write(`${JSON.stringify(event)}\n`);
  const { api } = await apiserver(({ query }) => {
    if (query.get('watch') !== 'true') return (lists.length > 1 ? lists.shift() : lists[0]) ?? assert.fail();
    const from = query.get('resourceVersion') ?? '';
    watches.push(from);
    return (response) => {
      open = response;
      response.flushHeaders();
      // As an apiserver does: a slow machine may have ended the watch before for its silence.
      const isLater = ({ metadata }: KubernetesObject) => Number(metadata.resourceVersion) > Number(from);
      for (const event of sent) if (event.type === 'BOOKMARK' || isLater(event.object)) write(response, event);
    };
  });
  const store = new Store<KubernetesObject>((one) => one);
  const stop = new AbortController();
  const watch = new ResourceWatch({
    ...{ api, resource: JOBS, namespace: undefined, store, resyncMilliseconds, idleMilliseconds: 200 },
    onChange: () => undefined,
    onError: (error) => errors.push(String(error)),
  });
  const run = watch.run(stop.signal);
  try {
    await soon(() => assert(open));
    await work({
      ...{ store, watches, errors, lists },
      send: (type, one) => {
        sent.push({ type, object: one });
        write(open, { type, object: one });
      },
      seen: () => [...store.all()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).sort(),
    });
  } finally {
    stop.abort();
    await run;
  }
}

/** Repeats a check for up to a minute until it passes. */
async function soon(check: () => void): Promise<void> {
  const end = Date.now() + 60_000;
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
  it('has an object again that got its label back', async () => {
    await watching(list(5, object('one', 3)), async ({ send, seen }) => {
      send('DELETED', object('one', 6));
      await soon(() => assert.deepEqual(seen(), []));
      send('ADDED', object('one', 8));
      await soon(() => assert.deepEqual(seen(), ['one 8']));
    });
  });

  it('continues from its last version if only the list for a resync fails, and reports the error', async () => {
    await watching(
      list(5, object('one', 3)),
      async ({ send, seen, watches, errors, lists }) => {
        lists.splice(0, 1, failure(500, 'InternalError', 'etcdserver: request timed out'));
        send('MODIFIED', object('one', 6));
        await soon(() => assert(watches.filter((version) => version === '6').length >= 2));
        const versions = watches.filter((version, index) => version !== watches[index - 1]);
        assert.deepEqual(versions, ['5', '6']);
        assert.match(errors[0] ?? '', /etcdserver/);
        send('ADDED', object('two', 7));
        await soon(() => assert.deepEqual(seen(), ['one 6', 'two 7']));
        lists.splice(0, 1, list(9, object('two', 7)));
        await soon(() => assert.deepEqual(seen(), ['two 7']));
      },
      1,
    );
  });

  it('has the objects of a restored etcd, although all are older', async () => {
    await watching(
      list(100, object('kept', 90), object('changed', 95), object('later', 99)),
      async ({ seen, lists, send, store, watches }) => {
        store.remove(object('deleted', 98));
        lists.splice(0, 1, list(50, object('kept', 40), object('changed', 45), object('deleted', 30)));
        await soon(() => assert.deepEqual(seen(), ['changed 45', 'deleted 30', 'kept 40']));
        await soon(() => assert.equal(watches.at(-1), '50'));
        lists.splice(0, 1, list(51, object('kept', 51)));
        send('MODIFIED', object('kept', 51));
        await soon(() => assert.deepEqual(seen(), ['kept 51']));
      },
      1,
    );
  });

  it('lists again if events go back in versions', async () => {
    await watching(list(100, object('one', 90)), async ({ seen, lists, send }) => {
      lists.splice(0, 1, list(50, object('one', 40)));
      send('BOOKMARK', object('', 49));
      await soon(() => assert.deepEqual(seen(), ['one 40']));
    });
  });

  it('keeps an object created during the list, and no others that are not in it', async () => {
    await watching(
      list(10, object('one', 3), object('two', 4)),
      async ({ seen, lists, store }) => {
        store.put(object('new', 30));
        lists.splice(0, 1, list(20, object('one', 3)));
        await soon(() => assert.deepEqual(seen(), ['new 30', 'one 3']));
        assert.equal(store.put(object('two', 15)), false, 'a response from before the list');
      },
      1,
    );
  });
});
