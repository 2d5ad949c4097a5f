import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubernetesObject } from '../../../../operator/kubernetes/client/objects.ts';
import { Store } from '../../../../operator/kubernetes/cache/store.ts';

const object = (name: string, resourceVersion: number, { uid = name, owner = 'owner' } = {}): KubernetesObject => ({
  metadata: {
    ...{ name, namespace: 'default', uid, resourceVersion: String(resourceVersion) },
    ownerReferences: [{ kind: 'DumpIngestion', name: 'nightly', uid: owner, controller: true }],
  },
});
const storeOf = (...objects: KubernetesObject[]) => {
  const store = new Store<KubernetesObject>((one) => one);
  for (const one of objects) store.put(one);
  return store;
};
const owned = (store: Store<KubernetesObject>, uid = 'owner') =>
  store.ownedBy(uid).map(({ metadata }) => metadata.name);

describe('Store', () => {
  it('has objects by name and by owner, until they are gone', () => {
    const store = storeOf(object('a', 1), object('b', 2), object('c', 3, { owner: 'other' }));
    assert.deepEqual([owned(store), owned(store, 'other'), store.size], [['a', 'b'], ['c'], 3]);
    store.remove(object('a', 4));
    assert.deepEqual([owned(store), store.get('default/a'), store.size], [['b'], undefined, 2]);
  });

  it('does not go back to an older version, by number and not by spelling', () => {
    const store = storeOf(object('a', 10));
    assert.equal(store.put(object('a', 9)), false);
    assert.equal(store.get('default/a')?.metadata.resourceVersion, '10');
    assert.equal(store.put(object('a', 11)), true);
  });

  it('does not bring back what is gone when an answer comes late', () => {
    const store = storeOf(object('a', 1));
    store.remove(object('a', 3));
    assert.equal(store.put(object('a', 2)), false);
    assert.equal(store.size, 0);
  });

  it('takes an object again that comes back newer than it went, as one does that got its label back', () => {
    const store = storeOf(object('a', 1));
    store.remove(object('a', 3));
    assert.equal(store.put(object('a', 4)), true);
    assert.equal(store.put(object('a', 5)), true);
    assert.deepEqual(owned(store), ['a']);
  });

  it('remembers by the version it is told when one went that it has only heard of long ago', () => {
    const store = storeOf(object('a', 1));
    store.remove(object('a', 1), '20');
    assert.equal(store.put(object('a', 19)), false);
  });

  it('keeps an object that took the name of one that is gone', () => {
    const store = storeOf(object('a', 1), object('a', 5, { uid: 'successor' }));
    store.remove(object('a', 4));
    assert.equal(store.get('default/a')?.metadata.uid, 'successor');
  });
});
