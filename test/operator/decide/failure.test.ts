import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFailure, type Failure } from '../../../crds/contract/errors.ts';
import { failureOfEntry } from '../../../operator/decide/failure.ts';
import { entry } from '../fixtures.ts';

const failing = (message: string, table = 'users') =>
  failureOfEntry(entry(table, { decision: 'Fail', reason: 'SchemaFileUnreadable', message }));

describe('the failure of a catalogue entry', () => {
  it('has its place in fields, and once, where the message begins with it', () => {
    const said: Failure = {
      kind: 'Data',
      code: 'SchemaFileUnreadable',
      message: 'it is neither JSON nor YAML: mend it',
      file: 'crm_v1.zip:users.json',
      table: 'users',
      line: 3,
    };
    assert.deepEqual(failing(describeFailure(said)), said);
    assert.equal(describeFailure(failing(describeFailure(said))), describeFailure(said));
  });

  it('keeps a message without a place whole', () => {
    assert.deepEqual(failing('two tables: one name'), {
      kind: 'Data',
      code: 'SchemaFileUnreadable',
      message: 'two tables: one name',
      file: 'crm_v1.zip',
      table: 'users',
    });
  });

  it('of a whole dump names no table', () => {
    const failure = failing('crm_v1.zip: the file is no ZIP', '*');
    assert.equal(failure.table, undefined);
    assert.equal(describeFailure(failure), 'crm_v1.zip: the file is no ZIP');
  });
});
