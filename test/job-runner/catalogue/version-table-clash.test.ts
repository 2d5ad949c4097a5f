import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpTable } from '../../../job-runner/catalogue/dump-table.ts';

import { decide, mother, shortly, table, target, without } from './decisions.ts';

describe('two tables that would become the same version table', () => {
  const elsewhere = table('v1', 'users', {
    dump: { file: 'old/crm_v1.zip', app: 'crm', version: 'v1', dialect: 'mssql' },
  });
  const clash = { tables: [table('v1', 'users'), elsewhere, table('v2', 'users')], mothers: [mother('users')] };

  it('fail both, and each names both dumps', () => {
    assert.deepEqual(
      shortly(clash).map(([, , , decision, reason]) => `${decision} ${reason}`),
      ['Fail VersionTableClash', 'Fail VersionTableClash', 'Load MotherFound'],
    );
    for (const { message } of decide(clash).slice(0, 2)) {
      assert.match(message, /of crm_v1\.zip|of old\/crm_v1\.zip/);
      assert.match(message, /crm_v1\.zip.*crm_v1\.zip/);
      assert.match(message, /old\/crm_v1\.zip/);
    }
  });

  it('are distinguished by a pattern with the app', () => {
    const shop = table('v1', 'users', { dump: { file: 'shop_v1.zip', app: 'shop', version: 'v1', dialect: 'mssql' } });
    const pattern = { ...target, versionTableName: '{app}_{version}_{table}' };
    assert.deepEqual(
      shortly({ tables: [table('v1', 'users'), shop], mothers: [mother('users')], target: pattern }).map(
        ([, name]) => name,
      ),
      ['crm_v1_users', 'shop_v1_users'],
    );
  });

  const inFolder = (folder: string) =>
    table('v1', 'users', { dump: { file: `${folder}crm_v1.zip`, app: 'crm', version: 'v1', dialect: 'mssql' } });
  const byFolder = { ...target, versionTableName: '{folder}_{version}_{table}' };

  it('are distinguished by a pattern with the folder', () =>
    assert.deepEqual(
      shortly({
        tables: [inFolder('acme/'), inFolder('eu/globex/')],
        mothers: [mother('users')],
        target: byFolder,
      }).map(([, name, , , reason]) => [name, reason]),
      [
        ['acme_v1_users', 'MotherFound'],
        ['eu_globex_v1_users', 'MotherFound'],
      ],
    ));

  it('fail where only one lies in a folder, and the pattern names it', () => {
    const entries = decide({ tables: [inFolder(''), inFolder('acme/')], mothers: [mother('users')], target: byFolder });
    assert.deepEqual(
      entries.map(({ reason }) => reason),
      ['DumpWithoutFolder', 'MotherFound'],
    );
    assert.match(
      entries[0]?.message ?? '',
      /crm_v1\.zip is in no folder, .*versionTableName \(\{folder\}_\{version\}_\{table\}\) uses \{folder\}: move/,
    );
  });

  it('fail with a message that says which pattern distinguishes them', () => {
    const shop = table('v1', 'users', { dump: { file: 'shop_v1.zip', app: 'shop', version: 'v1', dialect: 'mssql' } });
    const remedies: [DumpTable[], RegExp][] = [
      [
        [inFolder('acme/'), inFolder('globex/')],
        /, or set spec\.target\.versionTableName to \{folder\}_\{version\}_\{table\}$/,
      ],
      [[table('v1', 'users'), shop], /, or set spec\.target\.versionTableName to \{app\}_\{version\}_\{table\}$/],
      [[table('v1', 'users'), table('v1', 'users')], /, or rename one of them, so that spec\.target\.versionTableName/],
    ];
    for (const [tables, remedy] of remedies)
      for (const { message } of decide({ tables, mothers: [mother('users')] })) assert.match(message, remedy);
  });

  it('may be of different names', () =>
    assert.deepEqual(
      shortly({ tables: [table('v1_a', 'b'), table('v1', 'a_b')], motherTables: without('Load') }).map(
        ([, name, , , reason]) => [name, reason],
      ),
      [
        ['v1_a_b', 'VersionTableClash'],
        ['v1_a_b', 'VersionTableClash'],
      ],
    ));

  it('do not clash where one is skipped', () =>
    assert.deepEqual(
      shortly({ tables: [table('v1_a', 'b'), table('v1', 'a_b')], mothers: [mother('b')] }).map(
        ([, , , , reason]) => reason,
      ),
      ['MotherFound', 'NoMother'],
    ));

  it('clash even where one is broken, so that fixing it changes nothing for the other', () => {
    const failure = { kind: 'Data', code: 'EntryEncrypted', message: 'it is encrypted' } as const;
    assert.deepEqual(
      shortly({ ...clash, tables: [table('v1', 'users', { failure }), elsewhere] }).map(([, , , , reason]) => reason),
      ['EntryEncrypted', 'VersionTableClash'],
    );
  });
});

describe('a version table', () => {
  it('fails where it would have the name of a mother', () =>
    assert.deepEqual(
      shortly({
        tables: [table('old', 'users'), table('v1', 'old_users')],
        mothers: [mother('users'), mother('old_users')],
      }).map(([, name, , , reason]) => [name, reason]),
      [
        ['old_users', 'VersionTableIsMother'],
        ['v1_old_users', 'MotherFound'],
      ],
    ));
});
