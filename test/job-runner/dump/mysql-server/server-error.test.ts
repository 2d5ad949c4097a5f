import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MotherloadError } from '../../../../crds/contract/errors.ts';
import { toSourceError } from '../../../../job-runner/dump/mysql-server/server-error.ts';

const described = (fields: object): unknown => {
  const error = toSourceError(Object.assign(new Error('what it says'), fields), 'db:3306');
  return error instanceof MotherloadError ? [error.code, error.kind] : error;
};

describe("a driver's error", () => {
  it('is told apart by its number, also where that is its code, as between two statements', () => {
    for (const fields of [{ errno: 4031, code: undefined }, { code: 4031 }, { code: 3169 }, { errno: 1317 }])
      assert.deepEqual(described(fields), ['SourceBusy', 'Transient'], JSON.stringify(fields));
    assert.deepEqual(described({ errno: 1142, code: 'ER_TABLEACCESS_DENIED_ERROR' }), [
      'SourceAccessDenied',
      'Manifest',
    ]);
    assert.deepEqual(described({ code: 1064 }), ['SourceRefused', 'Manifest']);
  });

  it('is one of the network by its code', () => {
    assert.deepEqual(described({ errno: -111, code: 'ECONNREFUSED' }), ['SourceUnreachable', 'Transient']);
  });
});
