import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { CatalogueReader } from '../../../crds/contract/catalogue-reader.ts';
import type { CatalogueReport } from '../../../crds/contract/report.ts';
import type { CatalogueTask } from '../../../crds/contract/task.ts';
import { catalogueWithoutChanges, runCatalogue } from '../../../job-runner/catalogue/run-catalogue.ts';
import { findUnchanged } from '../../../job-runner/load/unchanged-tables.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { goodDump, UNREADABLE_DUMPS, USERS_DAT, USERS_SCHEMA, zipOf } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder, writeFiles } from './tasks.ts';

async function taskOf(files: Readonly<Record<string, string | Buffer>>, spec = ''): Promise<CatalogueTask> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'crm_v1.zip': await goodDump(), ...files });
  return catalogueTask(folder, spec);
}

async function run(task: CatalogueTask, uri: string) {
  const reader = new CatalogueReader();
  const report = (line: CatalogueReport) => reader.add(line);
  const result = await runCatalogue(task, uri, SILENT_LOG, report, findUnchanged);
  assert(reader.complete !== undefined, 'the catalogue is reported whole');
  assert.equal(result.entries, reader.complete.length);
  return { result, entries: reader.complete };
}

for (const version of SUPPORTED_VERSIONS) {
  describe(`a catalogue on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const columnsOf = async (table: string) =>
      (
        await database.query(
          `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`,
          [table],
        )
      ).map(({ name, type }) => [name, type].map(String).join(' '));

    it('derives mothers from what can be read, makes them, and reports every table', async () => {
      const wider = await zipOf({
        'users.json':
          '[{"column_name": "user_id", "column_type": "bigint"}, {"column_name": "Age", "column_type": "int"}]',
        'users.dat': USERS_DAT,
        'lonely.json': USERS_SCHEMA,
      });
      const broken = await UNREADABLE_DUMPS[3]?.build();
      const task = await taskOf(
        { 'crm_v2.zip': wider, 'crm_v3.zip': broken ?? '' },
        'motherTables: { policy: Create, derive: CommonColumns }\n',
      );
      const { entries, result } = await run(task, database.uri);
      assert.deepEqual(
        entries.map(({ dump, table, decision, reason }) => [dump.file, table, decision, reason].join(' ')),
        [
          'crm_v1.zip users Load MotherFound',
          'crm_v2.zip lonely Fail DatFileMissing',
          'crm_v2.zip users Load MotherFound',
          'crm_v3.zip * Fail DumpTruncated',
        ],
      );
      assert.deepEqual(await columnsOf('users'), ['user_id bigint']);
      assert.deepEqual(Object.keys(result.seconds), ['scan', 'connect', 'plan', 'mothers', 'compare']);
    });

    it('gives the same again, now with the mothers that are there', async () => {
      const { entries } = await run(await taskOf({}, 'motherTables: { policy: Require }\n'), database.uri);
      assert.deepEqual(
        entries.map(({ mother, message }) => [mother, message]),
        [['users', 'loaded as a child of the mother table users, found in the database']],
      );
    });

    it('fails a table of more columns than PostgreSQL takes, and goes on with the others', async () => {
      const many = Array.from({ length: 1601 }, (_, index) => ({ column_name: `c${index}`, column_type: 'int' }));
      const wide = await zipOf({
        'wide.json': JSON.stringify(many),
        'wide.dat': `${many.map(({ column_name }) => column_name).join('|')}\n`,
      });
      const { entries } = await run(await taskOf({ 'crm_v2.zip': wide }), database.uri);
      assert.deepEqual(
        entries.map(({ table, decision, reason, failure }) => [table, decision, reason, failure?.file]),
        [
          ['users', 'Load', 'MotherFound', undefined],
          ['wide', 'Fail', 'TooManyColumns', 'crm_v2.zip:wide.json'],
        ],
      );
    });

    it("fails a table whose names the database's encoding cannot write, and goes on with the others", async () => {
      const name = /test_\w+/.exec(database.uri)?.[0] ?? '';
      await database.query(`CREATE DATABASE ${name}_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
      after(async () => await database.query(`DROP DATABASE ${name}_latin WITH (FORCE)`));
      const files = {
        'crm_v2.zip': await zipOf({
          '表.json': USERS_SCHEMA,
          '表.dat': USERS_DAT,
          'größe.json': USERS_SCHEMA,
          'größe.dat': USERS_DAT,
        }),
        'crm_v3.zip': await zipOf({
          'odd.json': '[{"column_name": "名", "column_type": "int"}]',
          'odd.dat': '名\n1\n',
        }),
      };
      const { entries } = await run(await taskOf(files), database.uri.replace(name, `${name}_latin`));
      assert.deepEqual(
        entries.map(({ dump, table, reason, failure }) => [dump.file, table, reason, failure?.file].join(' ')),
        [
          'crm_v1.zip users MotherFound ',
          'crm_v2.zip größe MotherFound ',
          'crm_v2.zip 表 NameNotInEncoding crm_v2.zip',
          'crm_v3.zip odd NameNotInEncoding crm_v3.zip',
        ],
      );
    });

    it('takes the encodings that the server knows, by any of its names for them, and UTF-16', async () => {
      for (const encoding of [
        'utf-8',
        'LATIN1',
        'iso-8859-15',
        'SJIS',
        'win1252',
        'UTF16LE',
        'utf-16be',
        'UTF16',
        'CP850',
      ])
        assert.equal(
          (await run(await taskOf({}, `format: { encoding: ${encoding} }\n`), database.uri)).entries.length,
          1,
        );
      for (const encoding of ['FOO8', 'UTF32'])
        await assert.rejects(run(await taskOf({}, `format: { encoding: ${encoding} }\n`), database.uri), {
          kind: 'Manifest',
          code: 'UnknownEncoding',
          message: new RegExp(`spec\\.format\\.encoding is ${encoding}, which is no known encoding`),
        });
    });

    it('changes nothing where it is only planned', async () => {
      const task = await taskOf(
        {},
        'target: { databaseSecretRef: { name: x }, schema: elsewhere, ledgerSchema: ledger }\n',
      );
      const client = await connect(database.uri, { readOnly: true });
      const { entries, mothers, tables } = await catalogueWithoutChanges(task, client);
      await client.end();
      assert.deepEqual([entries.length, mothers.length, tables.length], [1, 1, 1]);
      assert.deepEqual(await database.query("SELECT 1 FROM pg_namespace WHERE nspname IN ('elsewhere', 'ledger')"), []);
    });
  });
}

describe('a catalogue', () => {
  it('can be planned without a database', async () => {
    const { entries } = await catalogueWithoutChanges(await taskOf({}), undefined);
    assert.deepEqual(
      entries.map(({ versionTable, mother }) => [versionTable, mother]),
      [['v1_users', 'users']],
    );
  });

  it('is one that TableIngestions can be made of, whatever the names in it; the other tables go on', async () => {
    const named = async (name: string) => await zipOf({ [`${name}.json`]: USERS_SCHEMA, [`${name}.dat`]: USERS_DAT });
    const files = { 'crm_v2.zip': await named('İ'.repeat(600)), 'crm_v3.zip': await named('\u0001'.repeat(1000)) };
    const task = await taskOf(
      files,
      'motherTables: { derive: None, policy: Create, definitions: [{ name: users, columns: [{ name: user_id, type: text }] }] }\n',
    );
    // Deeper than any path may name it: a shell makes its way down step by step.
    const deep = `cd '${task.dumpsFolder}'; n=$(printf 'd%.0s' $(seq 250)); for i in $(seq 18); do mkdir $n; cd $n; done; touch crm_v4.zip`;
    execFileSync('bash', ['-c', deep]);
    after(() => execFileSync('rm', ['-rf', task.dumpsFolder]));
    const { entries } = await catalogueWithoutChanges(task, undefined);
    assert(entries.every(isTableIngestionSpec));
    assert.deepEqual(
      entries.map(({ dump, decision, reason }) => [dump.file.slice(0, 10), decision, reason].join(' ')),
      [
        'crm_v1.zip Load MotherFound',
        'crm_v2.zip Fail UnsafeEntryName',
        'crm_v3.zip Skip NoMother',
        'dddddddddd Fail DumpUnreadable',
      ],
    );
  });

  it('stops before the database where there are no dumps', async () => {
    const task = catalogueTask(temporaryFolder());
    await assert.rejects(
      runCatalogue(task, 'postgresql://nobody@127.0.0.1:1/nothing', SILENT_LOG, () => undefined, findUnchanged),
      { code: 'NoDumps' },
    );
  });

  it('takes a type that the dialect does not know for text when it derives a mother', async () => {
    const files = {
      'crm_v2.zip': await zipOf({
        'places.json': '[{"column_name": "at", "column_type": "wormhole"}]',
        'places.dat': 'at\n',
      }),
    };
    const { mothers } = await catalogueWithoutChanges(await taskOf(files), undefined);
    assert.deepEqual(mothers.find(({ name }) => name === 'places')?.columns, [
      { name: 'at', type: 'text', notNull: false },
    ]);
  });
});
