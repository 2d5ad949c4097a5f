import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE_REASONS } from '../../../crds/contract/catalogue-reasons.ts';
import { ERROR_CODES } from '../../../crds/contract/error-codes.ts';

import { decide, mother, shortly, table, target, without } from './decisions.ts';

describe('a table of the catalogue', () => {
  it('is loaded where it has a mother, with all that a load needs to know', () => {
    assert.deepEqual(decide({ tables: [table('v1', 'users')], mothers: [mother('users', 'Database')] }), [
      {
        ingestionName: 'nightly',
        dump: { file: 'crm_v1.zip', app: 'crm', version: 'v1', dialect: 'mssql' },
        table: 'users',
        versionTable: 'v1_users',
        mother: 'users',
        dat: { entry: 'users.dat', bytes: 100, compressedBytes: 40, crc32: '0000abcd' },
        schemaFile: { entry: 'users.json', bytes: 100, crc32: '0000abcd' },
        decision: 'Load',
        reason: 'MotherFound',
        message: 'loaded as a child of the mother table users, found in the database',
      },
    ]);
  });

  it('has the mother of a defined name in other letters', () =>
    assert.deepEqual(shortly({ tables: [table('v1', 'users')], mothers: [mother('Users')] }), [
      ['users', 'v1_users', 'Users', 'Load', 'MotherFound'],
    ]));

  for (const [withoutMother, decision, reason] of [
    ['Skip', 'Skip', 'NoMother'],
    ['Load', 'Load', 'OwnTable'],
    ['Fail', 'Fail', 'MotherMissing'],
  ] as const) {
    it(`without a mother is decided on by withoutMother: ${withoutMother}`, () => {
      const [entryOfLogs] = decide({ tables: [table('v1', 'logs')], motherTables: without(withoutMother) });
      assert.equal(entryOfLogs?.decision, decision);
      assert.equal(entryOfLogs.reason, reason);
      assert.match(entryOfLogs.message, /logs/);
      assert.equal(entryOfLogs.mother, undefined);
      const blamed = {
        kind: 'Manifest',
        code: 'MotherMissing',
        file: 'crm_v1.zip',
        table: 'logs',
        message: entryOfLogs.message,
      } as const;
      assert.deepEqual(entryOfLogs.failure, decision === 'Fail' ? blamed : undefined);
    });
  }

  it('keeps its failure, whatever else is decided', () => {
    const failure = {
      kind: 'Data',
      code: 'EntryEncrypted',
      message: 'it is encrypted',
      file: 'crm_v1.zip:logs.dat',
      table: 'logs',
    } as const;
    const [failed] = decide({ tables: [table('v1', 'logs', { failure })], motherTables: without('Skip') });
    assert.equal(failed?.decision, 'Fail');
    assert.equal(failed.reason, 'EntryEncrypted');
    assert.equal(failed.message, 'crm_v1.zip:logs.dat, table logs: it is encrypted');
    assert.deepEqual(failed.failure, failure);
  });

  it('has a failure that fits into a TableIngestion, however long its parts are', () => {
    const long = 'x'.repeat(9000);
    const failure = {
      kind: 'Data',
      code: 'NotAList',
      message: long,
      file: 'crm_v1.zip',
      column: long,
      record: long,
    } as const;
    const [failed] = decide({ tables: [table('v1', 'logs', { failure })] });
    const { message = '', column = '', record = '' } = failed?.failure ?? {};
    assert(message.length <= 4096 && column.length <= 1024 && record.length <= 1024);
  });

  it('stands for its dump where nothing of that could be read', () => {
    const failure = { kind: 'Data', code: 'DumpNotZip', message: 'it is not a ZIP', file: 'crm_v1.zip' } as const;
    const dump = { file: 'crm_v1.zip', version: '', dialect: 'mssql' };
    const [failed] = decide({
      tables: [{ dump, table: '*', columns: [], failure }],
      target: { ...target, versionTableName: '{app}_{version}_{table}' },
    });
    assert.deepEqual(
      [failed?.table, failed?.versionTable, failed?.decision, failed?.message],
      ['*', undefined, 'Fail', 'crm_v1.zip: it is not a ZIP'],
    );
  });

  it('may be called * itself', () =>
    assert.deepEqual(shortly({ tables: [table('v1', '*')], mothers: [mother('*')] }), [
      ['*', 'v1_*', '*', 'Load', 'MotherFound'],
    ]));
});

describe('the reasons', () => {
  it('are CamelCase words that fit into a TableIngestion', () => {
    for (const reason of Object.keys({ ...CATALOGUE_REASONS, ...ERROR_CODES }))
      assert.match(reason, /^[A-Z][A-Za-z0-9]{2,63}$/);
  });
});
