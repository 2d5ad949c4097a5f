import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

const OWN_DIALECT =
  'format: { dialect: crm, dialects: [{ name: crm, extends: mssql, typesFrom: { configMapKeyRef: { name: types, key: crm.yaml } } }] }';
const AS_MADE = 'ride_id integer, km integer';
const AS_WIDENED = 'ride_id integer, km bigint';

/** The DAT file is the same for each type; of the third record, its kilometres are no integer. */
const releaseAs = (km: string, version: string, isLong = false) => ({
  columns: { ride_id: 'int', km },
  lines: [`1${version.slice(1)}|10`, `2${version.slice(1)}|20`, ...(isLong ? [`3${version.slice(1)}|3000000000`] : [])],
});

const existing = (mode: string, motherTables = '') =>
  `loading: { onExisting: ${mode} }\n${motherTables === '' ? '' : `motherTables: { ${motherTables} }\n`}`;

for (const version of SUPPORTED_VERSIONS) {
  suite(`a file that is loaded, by a wider type map, on PostgreSQL ${version}`, () => {
    const loaded = async (...versions: readonly string[]) => {
      const rides = await ContractScene.create(version);
      for (const each of versions) await rides.release(each, releaseAs('int', each));
      assert.deepEqual(
        await rides.run(),
        versions.map((each) => `${each} Loaded`),
      );
      return rides;
    };

    test('is loaded again by Replace, once, and its mother is widened', async () => {
      const rides = await loaded('v1', 'v2');
      await rides.release('v1', releaseAs('bigint', 'v1'));
      assert.deepEqual(await rides.run(existing('Replace')), ['v1 Loaded', 'v2 AlreadyLoaded']);
      for (const table of ['rides', 'v1_rides', 'v2_rides']) assert.equal(await rides.columns(table), AS_WIDENED);
      assert.deepEqual(await rides.rows('SELECT ride_id, km::text FROM v1_rides ORDER BY 1'), [
        [11, '10'],
        [21, '20'],
      ]);
      for (const mode of ['Replace', 'Fail', 'Skip'])
        assert.deepEqual(await rides.run(existing(mode)), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded']);
    });

    test('is loaded again by Replace with the records that did not fit before', async () => {
      const rides = await ContractScene.create(version);
      await rides.release('v1', releaseAs('int', 'v1', true));
      assert.deepEqual(await rides.run('', { limit: 1 }), ['v1 Loaded']);
      await rides.release('v1', releaseAs('bigint', 'v1', true));
      assert.deepEqual(await rides.run(existing('Skip'), { limit: 1 }), ['v1 AlreadyLoaded']);
      assert.deepEqual(await rides.run(existing('Replace'), { limit: 1 }), ['v1 Loaded']);
      assert.deepEqual(await rides.rows('SELECT km::text FROM rides ORDER BY ride_id'), [
        ['10'],
        ['20'],
        ['3000000000'],
      ]);
      assert.deepEqual(await rides.rows('SELECT rejects::int FROM motherload.loads'), [[0]]);
    });

    test('stays as it is by Fail and Skip, and so does its mother', async () => {
      const rides = await loaded('v1');
      await rides.release('v1', releaseAs('bigint', 'v1'));
      for (const mode of ['Fail', 'Skip']) assert.deepEqual(await rides.run(existing(mode)), ['v1 AlreadyLoaded']);
      assert.deepEqual([await rides.columns(), await rides.columns('v1_rides')], [AS_MADE, AS_MADE]);
    });

    test('stays as it is by Replace where the contract keeps the type of the mother', async () => {
      const rides = await loaded('v1');
      await rides.release('v1', releaseAs('bigint', 'v1'));
      const spec = existing('Replace', 'contract: { changedTypes: Freeze }');
      assert.deepEqual(await rides.run(spec), ['v1 AlreadyLoaded']);
      assert.equal(await rides.columns(), AS_MADE);
    });

    test('is loaded by Replace where another version has widened the mother before, and left alone by the others', async () => {
      const rides = await loaded('v1');
      await rides.release('v1', releaseAs('bigint', 'v1'));
      await rides.release('v2', releaseAs('bigint', 'v2'));
      assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await rides.columns('v1_rides'), AS_WIDENED);
      assert.deepEqual(await rides.run(existing('Replace')), ['v1 Loaded', 'v2 AlreadyLoaded']);
      assert.deepEqual(await rides.run(existing('Replace')), ['v1 AlreadyLoaded', 'v2 AlreadyLoaded']);
    });

    test('is loaded again once by Replace in a shared Job by a type map of its own, and left alone by Fail and Skip', async () => {
      const rides = await ContractScene.create(version);
      for (const each of ['v1', 'v2']) await rides.release(each, releaseAs('distance', each));
      const run = (mode: string, type: string) => {
        const file = join(rides.folder, `${type}.yaml`);
        writeFileSync(file, `types:\n  distance: ${type}\n`);
        return rides.runShared(`${OWN_DIALECT}\n${existing(mode)}`, { crm: file });
      };
      const unchanged = ['v1 AlreadyLoaded', 'v2 AlreadyLoaded'];
      assert.deepEqual(await run('Fail', 'integer'), ['v1 Loaded', 'v2 Loaded']);
      for (const mode of ['Fail', 'Skip']) {
        assert.deepEqual(await run(mode, 'bigint'), unchanged);
        for (const table of ['rides', 'v1_rides', 'v2_rides']) assert.equal(await rides.columns(table), AS_MADE);
      }
      assert.deepEqual(await run('Replace', 'bigint'), ['v1 Loaded', 'v2 Loaded']);
      for (const table of ['rides', 'v1_rides', 'v2_rides']) assert.equal(await rides.columns(table), AS_WIDENED);
      assert.deepEqual(await rides.rows('SELECT ride_id, km::text FROM rides ORDER BY 1'), [
        [11, '10'],
        [12, '10'],
        [21, '20'],
        [22, '20'],
      ]);
      for (const mode of ['Replace', 'Fail', 'Skip']) assert.deepEqual(await run(mode, 'bigint'), unchanged);
    });

    for (const policy of ['Recreate', 'Purge'])
      test(`is loaded into the wider mother by the policy ${policy}`, async () => {
        const rides = await loaded('v1');
        await rides.release('v1', releaseAs('bigint', 'v1', true));
        for (const mode of ['Fail', 'Skip', 'Replace']) {
          assert.deepEqual(await rides.run(existing(mode, `policy: ${policy}`)), ['v1 Loaded']);
          assert.deepEqual([await rides.columns(), await rides.columns('v1_rides')], [AS_WIDENED, AS_WIDENED]);
        }
      });
  });
}
