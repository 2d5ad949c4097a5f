import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

const FIRST = { columns: { ride_id: 'int', km: 'int' }, lines: ['1|10', '2|20'] };
const contract = (modes: string) => `motherTables: { contract: { ${modes} } }\n`;

for (const version of SUPPORTED_VERSIONS) {
  const scene = async (...releases: (typeof FIRST)[]): Promise<ContractScene> => {
    const created = await ContractScene.create(version);
    for (const [index, release] of [FIRST, ...releases].entries()) await created.release(`v${index + 1}`, release);
    return created;
  };
  /** The first release is loaded before the other one is there. */
  const after = async (
    second: { columns: Record<string, string>; lines?: string[] },
    made = '',
  ): Promise<ContractScene> => {
    const created = await scene();
    if (made !== '') await created.database.query(made);
    assert.deepEqual(await created.run(), ['v1 Loaded']);
    await created.release('v2', second);
    return created;
  };

  suite(`a new column, on PostgreSQL ${version}`, () => {
    const second = { columns: { ride_id: 'int', km: 'int', tip: 'decimal(8,2)' }, lines: ['3|30|1.50'] };

    test('is added to the mother (Evolve), NULL in the versions before', async () => {
      const rides = await after(second);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer, km integer, tip numeric(8,2)');
      assert.deepEqual(await rides.rows('SELECT ride_id, tip::text FROM rides ORDER BY 1'), [
        [1, null],
        [2, null],
        [3, '1.50'],
      ]);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded']);
    });

    test('is only in the version table (Freeze), with its values', async () => {
      const rides = await after(second);
      assert.deepEqual(await rides.run(contract('newColumns: Freeze')), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer, km integer');
      assert.deepEqual(await rides.rows('SELECT tip::text FROM v2_rides'), [['1.50']]);
      // A version has it by now, so it is not new any more.
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded']);
      assert.equal(await rides.columns(), 'ride_id integer, km integer');
    });

    test('fails the table (Fail), naming both versions, and changes nothing', async () => {
      const rides = await after(second);
      assert.equal(
        await rides.refusal(contract('newColumns: Fail')),
        'ContractNewColumn: crm_v2.zip, table rides, column tip: the column tip is new in crm_v2.zip: neither rides nor a version of it (the last is crm_v1.zip) has it, and spec.motherTables.contract.newColumns is Fail',
      );
      assert.equal(await rides.columns(), 'ride_id integer, km integer');
    });

    test('is no new one where somebody made the mother without it', async () => {
      const rides = await after(FIRST, 'CREATE TABLE rides (ride_id int)');
      await rides.release('v2', second);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer, tip numeric(8,2)');
      assert.equal(await rides.columns('v1_rides'), 'ride_id integer, km integer, tip numeric(8,2)');
    });
  });

  suite(`a missing column, on PostgreSQL ${version}`, () => {
    const second = { columns: { ride_id: 'int' }, lines: ['3'] };
    const STRICT = 'CREATE TABLE rides (ride_id int, km int NOT NULL)';

    test('is NULL in the version, and NOT NULL is dropped from the mother alone (Evolve)', async () => {
      const rides = await after(second, STRICT);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer, km integer');
      assert.equal(await rides.columns('v1_rides'), 'ride_id integer, km integer not null');
      assert.deepEqual(await rides.rows('SELECT km FROM rides ORDER BY ride_id'), [[10], [20], [null]]);
    });

    test('stops the load where the mother has it NOT NULL (Freeze)', async () => {
      const rides = await after(second, STRICT);
      await assert.rejects(rides.run(contract('missingColumns: Freeze')), { code: 'Sql23502' });
      assert.equal(await rides.columns(), 'ride_id integer, km integer not null');
    });

    test('keeps NOT NULL where a key needs it, and fails the table', async () => {
      const rides = await after(second, 'CREATE TABLE rides (ride_id int, km int PRIMARY KEY)');
      assert.match(await rides.refusal(), /^MotherCannotChange: .*drop NOT NULL of km for crm_v2.zip: .*rides_pkey/);
    });

    test('fails the table (Fail), naming both versions', async () => {
      const rides = await after(second);
      assert.match(
        await rides.refusal(contract('missingColumns: Fail')),
        /^ContractMissingColumn: .*the column km of rides is missing in crm_v2\.zip: crm_v1\.zip has it/,
      );
    });
  });

  suite(`another type, on PostgreSQL ${version}`, () => {
    const second = { columns: { ride_id: 'int', km: 'bigint' }, lines: ['3|3000000000'] };

    test('widens the mother with all its versions (Evolve), which stay known as loaded', async () => {
      const rides = await after(second);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer, km bigint');
      assert.equal(await rides.columns('v1_rides'), 'ride_id integer, km bigint');
      assert.deepEqual(await rides.rows('SELECT km::text FROM rides ORDER BY ride_id'), [
        ['10'],
        ['20'],
        ['3000000000'],
      ]);
      await rides.release('v3', { columns: { ride_id: 'int', km: 'decimal(30,5)' }, lines: ['4|0.00001'] });
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded', 'v3 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer, km numeric(30,5)');
      assert.deepEqual(await rides.rows('SELECT version_table, loaded_as FROM motherload.loads ORDER BY 1'), [
        ['v1_rides', { km: 'integer' }],
        ['v2_rides', { km: 'bigint' }],
        ['v3_rides', {}],
      ]);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded', 'v3 AlreadyLoaded']);
    });

    test('leaves the mother as it is and takes the values that fit (Freeze)', async () => {
      const rides = await after({ ...second, lines: ['3|30'] });
      assert.deepEqual(await rides.run(contract('changedTypes: Freeze')), ['v1 AlreadyLoaded', 'v2 Loaded']);
      await rides.release('v3', second);
      await assert.rejects(rides.run(contract('changedTypes: Freeze')), { code: 'Sql22003' });
      assert.equal(await rides.columns(), 'ride_id integer, km integer');
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded', 'v3 Loaded']);
    });

    test('fails the table (Fail), naming both versions', async () => {
      const rides = await after(second);
      assert.equal(
        await rides.refusal(contract('changedTypes: Fail')),
        'ContractChangedType: crm_v2.zip, table rides, column km: the column km is bigint in crm_v2.zip and integer in crm_v1.zip: rides has it as integer, and spec.motherTables.contract.changedTypes is Fail',
      );
    });

    test('fails the table where values would be lost (Evolve), naming both versions', async () => {
      const rides = await after({ columns: { ride_id: 'int', km: 'varchar(9)' }, lines: ['3|007'] });
      assert.match(
        await rides.refusal(),
        /^ContractChangedType: .*the column km is text in crm_v2\.zip and integer in crm_v1\.zip: rides has it as integer, and no wider type keeps all values of both/,
      );
      assert.equal(await rides.columns(), 'ride_id integer, km integer');
    });

    test('is no disagreement where the mother alone has another one: the load checks each value', async () => {
      const text = { ...FIRST, columns: { ride_id: 'int', km: 'varchar(9)' } };
      const rides = await ContractScene.create(version);
      await rides.database.query('CREATE TABLE rides (ride_id int, km int)');
      await rides.release('v1', text);
      assert.deepEqual(await rides.run(), ['v1 Loaded']);
      await rides.release('v2', { ...text, lines: ['3|x'] });
      await assert.rejects(rides.run(), { code: 'Sql22P02' });
    });

    test('widens a mother whose versions the policy drops, without counting what is dropped', async () => {
      const rides = await after(second, 'CREATE TABLE rides (ride_id int, km int)');
      await rides.database.query('CREATE VIEW far AS SELECT ride_id FROM rides');
      assert.deepEqual(await rides.run('motherTables: { policy: Purge, allowRewrite: 8Ki }\n'), [
        'v1 Loaded',
        'v2 Loaded',
      ]);
      assert.equal(await rides.columns(), 'ride_id integer, km bigint');
    });

    test('is shown with the other differences in the result of the catalogue', async () => {
      const rides = await after(second);
      const { result } = await rides.catalogue();
      assert.deepEqual(result.drift, [{ mother: 'rides', versions: 2, added: 0, dropped: 0, retyped: 1 }]);
    });
  });

  suite(`a definition that changed, on PostgreSQL ${version}`, () => {
    const defined = (columns: string, modes = '') =>
      `motherTables: { definitions: [{ name: rides, columns: [${columns}] }]${modes} }\n`;
    const NARROW = '{ name: ride_id, type: int }';

    test('changes the mother with its versions (Evolve), and what a version brings does not', async () => {
      const rides = await scene();
      assert.deepEqual(await rides.run(defined(NARROW)), ['v1 Loaded']);
      await rides.release('v2', { columns: { ride_id: 'bigint', tip: 'int' }, lines: ['3|1'] });
      assert.deepEqual(await rides.run(defined(NARROW)), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns(), 'ride_id integer');
      const wider = defined('{ name: ride_id, type: bigint }, { name: km, type: int }');
      assert.deepEqual(await rides.run(wider), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded']);
      assert.equal(await rides.columns(), 'ride_id bigint, km integer');
      assert.deepEqual(await rides.rows('SELECT ride_id::int, km FROM rides ORDER BY 1'), [
        [1, 10],
        [2, 20],
        [3, null],
      ]);
    });

    test('is refused where it is Freeze, or would lose values', async () => {
      const rides = await scene();
      assert.deepEqual(await rides.run(defined('{ name: ride_id, type: int }')), ['v1 Loaded']);
      const wider = defined('{ name: ride_id, type: bigint }', ', contract: { changedTypes: Freeze }');
      await assert.rejects(rides.run(wider), { code: 'MotherDiffers' });
      await assert.rejects(rides.run(defined('{ name: ride_id, type: text }')), { code: 'MotherDiffers' });
    });
  });
}
