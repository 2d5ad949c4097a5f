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
  it('has objects by name and by owner, until they are deleted', () => {
    const store = storeOf(object('a', 1), object('b', 2), object('c', 3, { owner: 'other' }));
    assert.deepEqual([owned(store), owned(store, 'other'), store.size], [['a', 'b'], ['c'], 3]);
    store.remove(object('a', 4));
    assert.deepEqual([owned(store), store.get('default/a'), store.size], [['b'], undefined, 2]);
  });

  it('forgets what an object owns until it changes again', () => {
    const store = storeOf(object('a', 1), object('b', 2), object('c', 3, { owner: 'other' }));
    store.forgetOwnedBy('owner');
    assert.deepEqual([owned(store), owned(store, 'other'), store.size], [[], ['c'], 1]);
    assert.equal(store.put(object('a', 4)), true);
    store.remove(object('b', 5));
    assert.deepEqual([owned(store), store.size], [['a'], 2]);
  });

  it('has one copy of an owner, and each of two that differ', () => {
    const store = storeOf(object('a', 1), object('b', 2), object('c', 3, { owner: 'other' }));
    const owners = ['a', 'b', 'c'].map((name) => store.get(`default/${name}`)?.metadata.ownerReferences);
    assert.equal(owners[0], owners[1]);
    assert.deepEqual(
      owners.map((some) => some?.[0]?.uid),
      ['owner', 'owner', 'other'],
    );
  });

  it('knows how large the whole objects of a namespace are, of which it keeps less', () => {
    const store = new Store<KubernetesObject>(({ metadata }) => ({ metadata }), { isMeasured: true });
    const large = { ...object('a', 1), spec: { text: 'x'.repeat(1000) } };
    store.put(large);
    store.put(object('b', 2));
    const small = JSON.stringify(object('b', 2)).length;
    assert.deepEqual([...store.sizes()], [['default', JSON.stringify(large).length + small]]);
    store.put(object('a', 3));
    assert.deepEqual([...store.sizes()], [['default', 2 * small]]);
    store.remove(object('a', 4));
    assert.deepEqual([...store.sizes()], [['default', small]]);
    store.remove(object('b', 5));
    assert.deepEqual([...store.sizes()], []);
  });

  it('ignores an older version, compared as numbers', () => {
    const store = storeOf(object('a', 10));
    assert.equal(store.put(object('a', 9)), false);
    assert.equal(store.get('default/a')?.metadata.resourceVersion, '10');
    assert.equal(store.put(object('a', 11)), true);
  });

  it('ignores a late response for a deleted object', () => {
    const store = storeOf(object('a', 1));
    store.remove(object('a', 3));
    assert.equal(store.put(object('a', 2)), false);
    assert.equal(store.size, 0);
  });

  it('takes an object again that is newer than its deletion, as one that got its label back', () => {
    const store = storeOf(object('a', 1));
    store.remove(object('a', 3));
    assert.equal(store.put(object('a', 4)), true);
    assert.equal(store.put(object('a', 5)), true);
    assert.deepEqual(owned(store), ['a']);
  });

  it('remembers a deletion by the given version, if the object was last seen long before', () => {
    const store = storeOf(object('a', 1));
    store.remove(object('a', 1), '20');
    assert.equal(store.put(object('a', 19)), false);
  });

  it('keeps an object with the name of a deleted one', () => {
    const store = storeOf(object('a', 1), object('a', 5, { uid: 'successor' }));
    store.remove(object('a', 4));
    assert.equal(store.get('default/a')?.metadata.uid, 'successor');
  });
});
