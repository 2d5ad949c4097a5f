import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runIdentity, tableIngestionName } from '../../../../crds/contract/names.ts';
import { isTableOfRun } from '../../../../operator/kubernetes/observe/table-of-run.ts';
import { entry, ingestion, nameOf, UID } from '../../fixtures.ts';

const users = entry('users');
const owned = (name: string, uid: string) => ({
  metadata: {
    ...{ name, namespace: 'default', uid: 'ti', resourceVersion: '1' },
    ownerReferences: [{ kind: 'DumpIngestion', name: 'nightly', uid, controller: true }],
  },
  spec: users,
});

describe('a TableIngestion', () => {
  it('belongs to the run that owns it and gave it its name', () => {
    const own = owned(nameOf(users), UID);
    for (let repeat = 0; repeat < 2; repeat++) assert(isTableOfRun(own, ingestion()));
    const { metadata } = ingestion();
    assert(!isTableOfRun(own, { metadata: { ...metadata, uid: 'another' } }));
    assert(!isTableOfRun(owned(nameOf(users), 'another'), ingestion()));
  });

  it('belongs to the run that its spec names, by its name as well', () => {
    const again = { ...users, run: 2 };
    const name = tableIngestionName('nightly', runIdentity(UID, 2), users);
    assert(isTableOfRun({ ...owned(name, UID), spec: again }, ingestion()));
    assert(!isTableOfRun({ ...owned(nameOf(users), UID), spec: again }, ingestion()));
    assert(!isTableOfRun(owned(name, UID), ingestion()));
  });

  it('does not belong to a run whose owner reference somebody gave to one of another run, or to a copy', () => {
    assert(!isTableOfRun(owned(tableIngestionName('nightly', 'another', users), UID), ingestion()));
    assert(!isTableOfRun(owned('copied', UID), ingestion()));
  });
});
