import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { catalogueOf, failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase } from '../../../database.ts';
import type { Scene } from '../../../source-database/mssql-scene.ts';
import * as wire from '../../../source-database/tds-tokens.ts';
import { ID, renewScene, RIDER, rideValues, scene, server, tasks } from './server-scene.ts';
import { entryOf, load } from '../source-database-tables.ts';

const NOTE = { name: 'note', sys: ['nvarchar', -1], wire: wire.NVARCHAR_MAX } as const;

describe('what a schema of SQL Server has', () => {
  beforeEach(renewScene);

  it('is catalogued with the estimates of the server', async () => {
    const database = await createTestDatabase();
    const entry = await entryOf(tasks(), database);
    assert.deepEqual([entry.dat?.entry, entry.dat?.rows, entry.dat?.bytes], ['rides', 1000, 8192]);
    assert.equal(entry.dump.file, 'mssql:dbo');
  });

  it('is chosen by patterns', async () => {
    const database = await createTestDatabase();
    for (const name of ['orders', 'order_items', 'tmp_1']) scene.tables[name] = { columns: [ID] };
    const own = tasks(', includeTables: ["O*", "tmp*"], excludeTables: ["*_1"]');
    const entries = await catalogueOf(own, database);
    assert.deepEqual(
      entries.map(({ table }) => table),
      ['order_items', 'orders'],
    );
    assert.equal((await failureOf(catalogueOf(tasks(', includeTables: ["nothing*"]'), database))).code, 'NoDumps');
  });

  it('is refused where there is no such schema', async () => {
    const database = await createTestDatabase();
    const own = tasks();
    const { database: source } = own.catalogue;
    assert(source !== undefined);
    const other = { ...own.catalogue, database: { ...source, schema: "o'ther" } };
    const failure = await failureOf(catalogueOf({ ...own, catalogue: other }, database));
    assert.deepEqual([failure.code, failure.kind], ['SourceMissing', 'Manifest']);
  });

  it('has tables refused, alone, whose values the user cannot read as they are', async () => {
    const database = await createTestDatabase();
    scene.tables['masked'] = { columns: [ID, { ...RIDER, isUnmasked: false }] };
    scene.tables['encrypted'] = { columns: [ID, { ...RIDER, isEncrypted: true }] };
    scene.tables['secret'] = { columns: [ID], isReadable: false };
    scene.tables['Rides_2'] = { columns: [ID] };
    scene.tables['rides_2'] = { columns: [ID] };
    const entries = await catalogueOf(tasks(), database);
    assert.deepEqual(
      entries.map(({ table, decision, reason }) => `${table}: ${decision === 'Fail' ? reason : 'loaded'}`).sort(),
      [
        ...['encrypted: SourceAccessDenied', 'masked: SourceAccessDenied', 'rides: loaded'],
        ...['rides_2: DuplicateEntry', 'rides_2: DuplicateEntry', 'secret: SourceAccessDenied'],
      ],
    );
    const masked = entries.find(({ table }) => table === 'masked');
    assert.match(masked?.message ?? '', /rider is masked for this user: grant UNMASK/);
  });

  it('has the bytes of a type of an assembly as text, and says that it does not know the type', async () => {
    const database = await createTestDatabase();
    const price = { name: 'price', sys: ['dbo.price', 8], wire: wire.VARBINARY_MAX, isAssembly: true } as const;
    scene.tables['prices'] = { columns: [ID, price], rows: [[wire.int32(1), Buffer.from('00ff5c', 'hex')]] };
    const own = tasks();
    const result = await load(database, own.loadOf(await entryOf(own, database, 'prices')));
    assert.match(JSON.stringify(result.warnings), /price/);
    assert.deepEqual(await database.query('SELECT price FROM v1_prices'), [{ price: '00ff5c' }]);
  });

  it('is refused where it was altered, masked or dropped after the catalogue', async () => {
    const changes: readonly [string, (of: Scene) => void][] = [
      ['SourceTableChanged', (of) => (of.tables['rides'] = { columns: [ID, RIDER, NOTE] })],
      ['SourceTableChanged', (of) => (of.tables['rides'] = { columns: [ID, { ...RIDER, sys: ['nvarchar', 122] }] })],
      ['SourceTableChanged', (of) => delete of.tables['rides']],
      ['SourceAccessDenied', (of) => (of.tables['rides'] = { columns: [ID, { ...RIDER, isUnmasked: false }] })],
    ];
    for (const [code, change] of changes) {
      renewScene();
      const database = await createTestDatabase();
      const own = tasks();
      const task = own.loadOf(await entryOf(own, database));
      change(scene);
      assert.equal((await failureOf(load(database, task))).code, code);
    }
  });

  it('is refused where it was altered while it was read', async () => {
    const database = await createTestDatabase();
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    scene.tables['rides'] = {
      columns: [ID, RIDER],
      answer: (columns) => {
        scene.tables['rides'] = { columns: [ID, RIDER, NOTE] };
        return wire.answer(columns, rideValues(1000));
      },
    };
    const failure = await failureOf(load(database, task));
    assert.deepEqual([failure.code, failure.kind], ['SourceTableChanged', 'Data']);
    assert.deepEqual(await database.query("SELECT to_regclass('v1_rides') AS found"), [{ found: null }]);
  });
});

describe('how consistent the rows of a table of SQL Server are', () => {
  beforeEach(renewScene);

  async function readBy(change: Partial<Scene>): Promise<{ warnings: string; statements: string[] }> {
    renewScene();
    const database = await createTestDatabase();
    const own = tasks();
    const task = own.loadOf(await entryOf(own, database));
    Object.assign(scene, change);
    const { warnings } = await load(database, task);
    const { statements } = server.connections.at(-1) ?? assert.fail();
    return { warnings: warnings.map((warning) => JSON.stringify(warning)).join('\n'), statements };
  }

  it('is a snapshot where the database allows it, and otherwise that of a statement or of the table itself', async () => {
    const snapshot = await readBy({ snapshot: true, readCommittedSnapshot: true });
    const begin = snapshot.statements.findIndex((sql) => sql.includes('ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION'));
    const select = snapshot.statements.findIndex((sql) => sql.startsWith('SELECT t.'));
    assert(begin > 0 && select === begin + 1 && snapshot.statements.at(-1) === 'COMMIT TRANSACTION');
    for (const change of [
      { snapshot: false, readCommittedSnapshot: true },
      { snapshot: true, inMemory: true },
    ]) {
      const { warnings, statements } = await readBy(change);
      assert(!statements.some((sql) => sql.includes('BEGIN TRANSACTION')));
      assert.equal(
        statements.some((sql) => sql.includes('AS t WITH (SNAPSHOT)')),
        'inMemory' in change,
      );
      assert.equal(warnings, '');
    }
    assert.equal(snapshot.warnings, '');
  });

  it('is said in the warnings where rows are those of several moments, or not all of them', async () => {
    const { warnings, statements } = await readBy({ snapshot: false, readCommittedSnapshot: false, filters: 1 });
    assert.match(warnings, /not those of one moment.*ALLOW_SNAPSHOT_ISOLATION/);
    assert.match(warnings, /security policy of the source decides/);
    assert(!statements.some((sql) => sql.includes('BEGIN TRANSACTION')));
  });

  it('needs nothing but SELECT, and changes nothing but settings of its own session', async () => {
    const { statements } = await readBy({});
    const allowed =
      /^(?:SELECT |set ansi_nulls on\n|SET LOCK_TIMEOUT |SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN|COMMIT TRANSACTION$)/;
    for (const sql of statements) assert.match(sql, allowed);
    const settings = statements.slice(0, 2).join('\n');
    for (const setting of ['set language us_english', 'set dateformat ymd', 'set textsize 134217730', 'xact_abort on'])
      assert(settings.includes(setting), setting);
    assert.match(settings, /SET LOCK_TIMEOUT 300000; SET DEADLOCK_PRIORITY LOW/);
  });
});
