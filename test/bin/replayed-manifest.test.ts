import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../database.ts';
import { writeDump, type DumpedTable } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload as cli, temporaryFolder } from './cli.ts';

const COLUMNS = { ride_id: 'int', day: 'date', rider: 'varchar' };

const TEXT = [
  'ride_id|day|rider',
  '1|2020-01-02|one',
  '2|03/04/2020|two',
  '3|31/12/2019|three',
  '-4|2020-01-04|refused by a CHECK',
  '5|05/06/2020|-',
  '',
].join('\n');

const LIMIT = 'rejects: { limit: 5 }';
const DMY = `${LIMIT}\nformat: { dateOrder: DMY }`;
/** Reads rows that are loaded otherwise. */
const OTHER_NULL = `${LIMIT}\nformat: { dateOrder: DMY, nullMarker: one }`;

const DIGESTS = `SELECT plan_digest AS digest, rows::int, rejects::int FROM motherload.loads`;

for (const version of SUPPORTED_VERSIONS) {
  describe(`a run after motherload replay on PostgreSQL ${version}`, () => {
    const begin = async (text: string, others: Readonly<Record<string, DumpedTable>> = {}) => {
      const folder = temporaryFolder();
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE rides (ride_id integer CHECK (ride_id > 0), day date)');
      const [manifest, dumps] = [join(folder, 'ingestion.yaml'), join(folder, 'dumps')];
      await writeDump(dumps, 'crm_v1.zip', { rides: { columns: COLUMNS, rows: [], text }, ...others });
      return {
        uri: database.uri,
        query: (sql: string) => database.query(sql),
        motherload: async (command: string, spec: string) => {
          writeFileSync(manifest, manifestText(spec));
          const given = ['-f', manifest, '--dumps', dumps, '--database', database.uri];
          return await cli([command, ...given]);
        },
        ids: async () => (await database.query('SELECT ride_id AS id FROM rides ORDER BY 1')).map(({ id }) => id),
        history: () => database.query('SELECT outcome, rows::int, rejects::int FROM motherload.history ORDER BY id'),
      };
    };

    it('finds the table loaded by the changed manifest, with the rejects that are left', async () => {
      const { motherload, ids, history, uri, query } = await begin(TEXT);
      assert.equal((await motherload('run', LIMIT)).code, 0);
      assert.deepEqual(await ids(), [1, 3]);
      const replayed = await motherload('replay', DMY);
      assert.equal(replayed.stdout, 'public.v1_rides: 2 rejects are loaded now, 1 are left\n', replayed.stderr);
      assert.deepEqual(await history(), [{ outcome: 'Replayed', rows: 2, rejects: 3 }]);
      for (const onExisting of ['Fail', 'Skip', 'Replace']) {
        const { code, stdout } = await motherload('run', `${DMY}\nloading: { onExisting: ${onExisting} }`);
        assert.equal(code, 0, stdout);
        assert.match(stdout, /v1_rides +crm_v1\.zip +AlreadyLoaded/);
        assert.deepEqual(await ids(), [1, 2, 3, 5]);
      }
      const tight = await motherload('run', 'format: { dateOrder: DMY }');
      assert.match(tight.stdout, /v1_rides +crm_v1\.zip +Failed .*without 1 record that could not be loaded/s);
      assert.deepEqual(
        (await query(DIGESTS)).map(({ rows, rejects }) => [rows, rejects]),
        [[4, 1]],
      );
      const status = await cli(['status', '--history', '--database', uri]);
      assert.match(status.stdout, /public\.v1_rides +Replayed +2 +3 +crm_v1\.zip/);
    });

    it('says by the unchanged manifest what another one has loaded since, and by onExisting leaves or replaces it', async () => {
      const { motherload, ids } = await begin(TEXT);
      await motherload('run', LIMIT);
      await motherload('replay', DMY);
      const said = 'v1_rides holds the same content and 2 records more than this format loads';
      const failed = await motherload('run', LIMIT);
      assert.equal(failed.code, 1);
      assert.match(failed.stdout, /OtherContentLoaded/);
      assert.match(
        failed.stdout.replaceAll(/\s+/g, ' '),
        new RegExp(`${said}, by the manifest of motherload replay at 2\\S+ \\(crm_v1\\.zip:rides\\.dat, loaded at 2`),
      );
      const skipped = await motherload('run', `${LIMIT}\nloading: { onExisting: Skip }`);
      assert.match(skipped.stdout, new RegExp(said.slice(0, 60)));
      assert.deepEqual(await ids(), [1, 2, 3, 5]);
      const replaced = await motherload('run', `${LIMIT}\nloading: { onExisting: Replace }`);
      assert.equal(replaced.code, 0, replaced.stdout);
      assert.deepEqual(await ids(), [1, 3]);
      assert.match((await motherload('run', LIMIT)).stdout, /v1_rides +crm_v1\.zip +AlreadyLoaded/);
    });

    it('does not find it loaded by a format that reads loaded rows otherwise, which the replay says', async () => {
      const { motherload, ids, query } = await begin(TEXT);
      await motherload('run', LIMIT);
      const [before] = await query(DIGESTS);
      const replayed = await motherload('replay', OTHER_NULL);
      assert.match(
        replayed.stdout,
        /2 rejects are loaded now, 1 are left\npublic\.v1_rides: a load by this manifest would bring other rows than it has/,
      );
      assert.deepEqual(await query(DIGESTS), [{ digest: before?.digest, rows: 4, rejects: 1 }]);
      const run = await motherload('run', OTHER_NULL);
      assert.deepEqual([run.code, /OtherContentLoaded/.test(run.stdout)], [1, true], run.stdout);
      assert.deepEqual(await ids(), [1, 2, 3, 5]);
      // It is what that manifest has loaded, and more.
      assert.match((await motherload('run', LIMIT)).stdout, /v1_rides +crm_v1\.zip +AlreadyLoaded/);
    });

    it('takes a format that loads none of the rejects and reads all rows alike', async () => {
      const { motherload, history } = await begin(TEXT.replaceAll('/2020', '/20200'));
      await motherload('run', LIMIT);
      const replayed = await motherload('replay', DMY);
      assert.equal(replayed.stdout, 'public.v1_rides: 0 rejects are loaded now, 3 are left\n', replayed.stderr);
      assert.match((await motherload('run', DMY)).stdout, /v1_rides +crm_v1\.zip +AlreadyLoaded/);
      assert.deepEqual(await history(), [{ outcome: 'Replayed', rows: 2, rejects: 3 }]);
      await motherload('replay', DMY);
      assert.equal((await history()).length, 1);
    });

    it('finds the tables without rejects, too, but those that the changed manifest reads otherwise', async () => {
      const columns = { id: 'int', name: 'varchar' };
      const { motherload, query } = await begin(TEXT, {
        stops: { columns, rows: [[1, 'first']] },
        words: { columns, rows: [], text: 'id|name\n1|one\n' },
      });
      const policy = 'motherTables: { policy: Create }';
      assert.equal((await motherload('run', `${LIMIT}\n${policy}`)).code, 0);
      const digests = () =>
        query('SELECT version_table AS name, plan_digest AS digest FROM motherload.loads ORDER BY 1');
      const [, , before] = await digests();
      const replayed = await motherload('replay', `${OTHER_NULL}\n${policy}`);
      assert.match(
        replayed.stdout.replaceAll(/(?<=other rows than it has)[^\n]*/g, ''),
        /^public\.v1_rides: 2 rejects are loaded now, 1 are left\npublic\.v1_rides: a load by this manifest would bring other rows than it has\npublic\.v1_stops: it has no rejects, and the rows that a load by this manifest would bring: a run finds it loaded already\npublic\.v1_words: a load by this manifest would bring other rows than it has\n$/,
      );
      assert.deepEqual((await digests())[2], before);
      const { stdout } = await motherload('run', `${OTHER_NULL}\n${policy}`);
      assert.match(stdout, /v1_stops +crm_v1\.zip +AlreadyLoaded/);
      assert.match(stdout, /v1_words +crm_v1\.zip +Failed/);
      const again = await motherload('replay', `${LIMIT}\nformat: { dateOrder: DMY }\n${policy}`);
      assert.match(again.stdout, /v1_stops: it has no rejects.*v1_words: it has no rejects/s);
      const alike = await motherload('run', `${LIMIT}\nformat: { dateOrder: DMY }\n${policy}`);
      assert.deepEqual([alike.code, alike.stdout.match(/AlreadyLoaded/g)?.length], [0, 3], alike.stdout);
      assert.deepEqual(
        await query('SELECT id, name FROM v1_stops UNION ALL SELECT id, name FROM v1_words ORDER BY name'),
        [
          { id: 1, name: 'first' },
          { id: 1, name: 'one' },
        ],
      );
    });

    it('finds a table whose first key was a reject to be another one than the manifest loads', async () => {
      const { motherload, query } = await begin('ride_id|day|rider\n1|03/04/2020|bad\n1|2020-01-02|loaded\n');
      await query('CREATE UNIQUE INDEX ON rides (ride_id)');
      await motherload('run', LIMIT);
      const replayed = await motherload('replay', DMY);
      assert.match(replayed.stdout, /0 rejects are loaded now, 1 are left\n.*other rows than it has/);
      assert.equal((await motherload('run', DMY)).code, 1);
      assert.deepEqual(await query('SELECT rider FROM v1_rides'), [{ rider: 'loaded' }]);
    });
  });
}
