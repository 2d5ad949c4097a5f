import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LABELS } from '../../../crds/contract/names.ts';
import { apiVersionOf, readCustomResourceDefinition } from '../../../crds/contract/schema.ts';
import { API_VERSION, buildTableIngestion, labelValue } from '../../../operator/build/table-ingestion.ts';
import { entry, ingestion, nameOf, UID } from '../fixtures.ts';

const users = entry('users');
const nightly = ingestion();

describe('a TableIngestion', () => {
  it('is owned by its DumpIngestion and can be selected by it, its run and its version', () => {
    const { apiVersion, metadata, spec } = buildTableIngestion(nightly, nameOf(users), users);
    assert.equal(apiVersion, API_VERSION);
    assert.equal(metadata.name, nameOf(users));
    assert.equal(metadata.namespace, 'default');
    assert.deepEqual(metadata.labels, {
      [LABELS.ingestion]: 'nightly',
      [LABELS.run]: UID,
      [LABELS.dumpVersion]: 'v1',
    });
    assert.deepEqual(
      metadata.ownerReferences.map(({ kind, uid, controller }) => ({ kind, uid, controller })),
      [{ kind: 'DumpIngestion', uid: UID, controller: true }],
    );
    assert.equal(spec, users);
  });

  it('has the API version of the CRD', () => {
    assert.equal(API_VERSION, apiVersionOf(readCustomResourceDefinition('TableIngestion')));
  });

  it('has labels that Kubernetes accepts, whatever the name of the version', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100, unit: 'binary' }), (version) => {
        assert.match(labelValue(version), /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/);
      }),
      { seed: 6 },
    );
  });
});
