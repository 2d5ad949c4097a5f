import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { decideEntries, type Findings } from '../../../job-runner/catalogue/decide-entries.ts';
import { CATALOGUE_REASONS } from '../../../crds/contract/catalogue-reasons.ts';
import { ERROR_CODES } from '../../../crds/contract/error-codes.ts';
import type { DumpTable } from '../../../job-runner/catalogue/dump-table.ts';
import type { MotherPlan } from '../../../job-runner/plan/mother/plan-mothers.ts';
import { catalogueTask } from './tasks.ts';

const { target, motherTables } = catalogueTask('/');
const entry = (name: string) => ({ name, bytes: 100, compressedBytes: 40, crc32: '0000abcd' });
const table = (version: string, name: string, more: Partial<DumpTable> = {}): DumpTable => ({
  dump: { file: `crm_${version}.zip`, app: 'crm', version, dialect: 'mssql' },
  table: name,
  dat: entry(`${name}.dat`),
  schemaFile: entry(`${name}.json`),
  columns: [{ name: 'user_id', sourceType: 'int' }],
  ...more,
});
const mother = (name: string, origin: MotherPlan['origin'] = 'Derived'): MotherPlan => ({
  name,
  action: 'Create',
  origin,
  columns: [],
  warnings: [],
});
const decide = (findings: Partial<Findings>) => {
  const entries = decideEntries({
    ingestionName: 'nightly',
    tables: [],
    mothers: [],
    existing: [],
    target,
    motherTables,
    ...findings,
  });
  assert(entries.every(isTableIngestionSpec), 'an entry is none that a TableIngestion can be made of');
  return entries;
};
const shortly = (findings: Partial<Findings>) =>
  decide(findings).map(({ table: name, versionTable, mother: parent, decision, reason }) => [
    name,
    versionTable,
    parent,
    decision,
    reason,
  ]);
const without = (withoutMother: 'Skip' | 'Load' | 'Fail') => ({ ...motherTables, withoutMother });

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

describe('the reasons', () => {
  it('are CamelCase words that fit into a TableIngestion', () => {
    for (const reason of Object.keys({ ...CATALOGUE_REASONS, ...ERROR_CODES }))
      assert.match(reason, /^[A-Z][A-Za-z]{2,63}$/);
  });
});
