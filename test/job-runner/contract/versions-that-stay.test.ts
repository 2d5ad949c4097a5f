import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogueWithoutChanges } from '../../../job-runner/catalogue/run-catalogue.ts';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

const FIRST = { columns: { ride_id: 'int', km: 'int' }, lines: ['1|10', '2|20'] };
const WIDER = { columns: { ride_id: 'bigint', km: 'int', tip: 'decimal(8,2)' }, lines: ['4000000000|10|1.50'] };
const AS_MADE = 'ride_id integer, km integer';
const AS_WIDENED = 'ride_id bigint, km integer, tip numeric(8,2)';
const existing = (mode: string, contract = '') =>
  `loading: { onExisting: ${mode} }\n${contract === '' ? '' : `motherTables: { contract: { ${contract} } }\n`}`;

for (const version of SUPPORTED_VERSIONS) {
  suite(`a version that is loaded from other content, on PostgreSQL ${version}`, () => {
    /** Its dump has become another one since. */
    const changed = async () => {
      const rides = await ContractScene.create(version);
      await rides.release('v1', FIRST);
      assert.deepEqual(await rides.run(), ['v1 Loaded']);
      await rides.release('v1', WIDER);
      return rides;
    };
    const changesOf = async (rides: ContractScene, spec: string) => {
      const { mothers } = await catalogueWithoutChanges(rides.task(spec), rides.database.client);
      return mothers.flatMap(({ changes }) => (changes?.list ?? []).map(({ does, column }) => `${does} ${column}`));
    };

    for (const [mode, outcome] of [
      ['Fail', 'OtherContentLoaded'],
      ['Skip', 'Skipped'],
    ] as const)
      test(`changes nothing of its mother where it stays (${mode}), neither in the plan`, async () => {
        const rides = await changed();
        assert.deepEqual(await changesOf(rides, existing(mode)), []);
        assert.deepEqual(await rides.run(existing(mode)), [`v1 ${outcome}`]);
        assert.deepEqual([await rides.columns(), await rides.columns('v1_rides')], [AS_MADE, AS_MADE]);
        assert.deepEqual(await rides.rows('SELECT ride_id, km FROM rides ORDER BY 1'), [
          [1, 10],
          [2, 20],
        ]);
      });

    test('changes it where it is replaced', async () => {
      const rides = await changed();
      assert.deepEqual((await changesOf(rides, existing('Replace'))).sort(), ['Add tip', 'Widen ride_id']);
      assert.deepEqual(await rides.run(existing('Replace')), ['v1 Loaded']);
      assert.equal(await rides.columns(), AS_WIDENED);
      assert.deepEqual(await rides.rows('SELECT ride_id::text, tip::text FROM rides'), [['4000000000', '1.50']]);
    });

    test('stays while another version changes the mother, and is replaced later', async () => {
      const rides = await changed();
      await rides.release('v2', { ...WIDER, lines: ['5000000000|30|2.50'] });
      assert.deepEqual(await rides.run(existing('Skip')), ['v1 Skipped', 'v2 Loaded']);
      assert.deepEqual([await rides.columns(), await rides.columns('v1_rides')], [AS_WIDENED, AS_WIDENED]);
      assert.deepEqual(await rides.run(existing('Fail')), ['v1 OtherContentLoaded', 'v2 AlreadyLoaded']);
      assert.deepEqual(await rides.run(existing('Replace')), ['v1 Loaded', 'v2 AlreadyLoaded']);
      assert.deepEqual(await rides.rows('SELECT ride_id::text FROM rides ORDER BY 1'), [
        ['4000000000'],
        ['5000000000'],
      ]);
    });

    test('breaks no contract where it stays', async () => {
      const rides = await changed();
      const strict = 'newColumns: Fail, changedTypes: Fail';
      assert.deepEqual(await rides.run(existing('Skip', strict)), ['v1 Skipped']);
      assert.deepEqual(await rides.run(existing('Fail', strict)), ['v1 OtherContentLoaded']);
      assert.deepEqual(await rides.run(existing('Replace', strict)), ['v1 ContractNewColumn']);
    });

    test('is known as loaded by another type map, which changes nothing', async () => {
      const rides = await ContractScene.create(version);
      await rides.release('v1', FIRST);
      await rides.run();
      // The same DAT file, whose schema file says otherwise.
      await rides.release('v1', { columns: { ride_id: 'int', km: 'bigint' }, lines: FIRST.lines });
      assert.deepEqual(await rides.run(existing('Fail')), ['v1 AlreadyLoaded']);
      assert.equal(await rides.columns(), AS_MADE);
    });
  });

  suite(`tables that fail beforehand, on PostgreSQL ${version}`, () => {
    test('change nothing of their mother: two dumps with the name of one version table', async () => {
      const rides = await ContractScene.create(version);
      await rides.release('v1', FIRST);
      await rides.run();
      await rides.release('w1', WIDER);
      await rides.release('w2', { ...WIDER, lines: ['6000000000|1|1.00'] });
      const spec = "target: { databaseSecretRef: { name: database }, versionTableName: 'all_{table}' }\n";
      const clash = ['v1 VersionTableClash', 'w1 VersionTableClash', 'w2 VersionTableClash'];
      assert.deepEqual(await rides.run(spec), clash);
      assert.equal(await rides.columns(), AS_MADE);
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'w1 Loaded', 'w2 Loaded']);
      assert.equal(await rides.columns(), AS_WIDENED);
    });
  });
}
