import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { finish } from '../../job-runner/finish/finish.ts';
import { buildFinishTask } from '../../operator/build/task.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../database.ts';
import { manifest } from '../operator/fixtures.ts';
import { ANN, archiveScene, BEN, users } from './archive-scene.ts';

/** In memory, so another file system than that of the dumps. */
const OTHER_FILE_SYSTEM = '/dev/shm';
const BAD = users([3, 'cleo@example.org'], ['three', 'no number']);
const DAY = /^\d{4}-\d\d-\d\d$/;

for (const version of SUPPORTED_VERSIONS) {
  const database = await createTestDatabase(version);
  const { dumps, run, dump, files, ledger, rows, clear } = archiveScene(database);

  describe(`the archive of dumps, on PostgreSQL ${version}`, () => {
    beforeEach(clear);

    it('moves a dump once its tables are loaded, by the pattern, and finds no archived dump again', async () => {
      await dump('crm_v1.zip', { users: ANN });
      await dump('eu/crm_v2.zip', { users: BEN });
      const spec = 'archive: { action: Move, path: archive/crm, name: "{version}/{date}/{file}" }';
      const first = await run(spec);
      assert.equal(first.message, '2 tables loaded; 2 dumps archived');
      assert.deepEqual(first.archive, { archived: 2, kept: 0 });
      const [one = '', two = ''] = files();
      assert.deepEqual(
        [one, two].map((file) =>
          file
            .split('/')
            .map((part) => (DAY.test(part) ? 'DAY' : part))
            .join('/'),
        ),
        ['archive/crm/v1/DAY/crm_v1.zip', 'archive/crm/v2/DAY/eu/crm_v2.zip'],
      );
      assert.equal(files().length, 2);
      assert.deepEqual(await ledger(), [
        { dump_file: 'crm_v1.zip', action: 'Move', archived_as: one.slice('archive/crm/'.length), archived: true },
        { dump_file: 'eu/crm_v2.zip', action: 'Move', archived_as: two.slice('archive/crm/'.length), archived: true },
      ]);
      const second = await run(spec);
      assert.equal(second.phase, 'Complete', 'a night without new dumps is no failure');
      assert.equal(second.message, 'no dump has come since the last ones were archived');
      await dump('crm_v3.zip', { users: users([3, 'cleo@example.org']) });
      const third = await run(spec);
      assert.equal(third.message, '1 table loaded; 1 dump archived');
      assert.deepEqual(await rows(), [1, 2, 3]);
    });

    it('moves to another file system: copied, compared, and removed only then', async () => {
      const other = mkdtempSync(join(OTHER_FILE_SYSTEM, 'motherload-archive-'));
      try {
        await dump('eu/crm_v1.zip', { users: ANN });
        assert.notEqual(statSync(other).dev, statSync(dumps).dev, 'two file systems');
        const before = readFileSync(join(dumps, 'eu/crm_v1.zip'));
        const { mtimeMs } = statSync(join(dumps, 'eu/crm_v1.zip'));
        const status = await run('archive: { action: Move, volume: { hostPath: { path: /nowhere } } }', other);
        assert.deepEqual(status.archive, { archived: 1, kept: 0 }, status.message);
        assert.deepEqual([files(), files(other)], [[], ['eu/crm_v1.zip']]);
        assert.deepEqual(readFileSync(join(other, 'eu/crm_v1.zip')), before);
        assert(Math.abs(statSync(join(other, 'eu/crm_v1.zip')).mtimeMs - mtimeMs) < 2, 'the time is kept');
      } finally {
        rmSync(other, { recursive: true });
      }
    });

    it('copies a dump once, however often it is found, and again when it has changed', async () => {
      await dump('crm_v1.zip', { users: ANN });
      const spec = 'loading: { onExisting: Replace }\narchive: { action: Copy, path: archive, name: "{run}/{name}" }';
      assert.deepEqual((await run(spec)).archive, { archived: 1, kept: 0 });
      assert.deepEqual((await run(spec)).archive, { archived: 0, kept: 0 });
      assert.equal(files(join(dumps, 'archive')).length, 1);
      assert(existsSync(join(dumps, 'crm_v1.zip')));
      await dump('crm_v1.zip', { users: BEN });
      assert.deepEqual((await run(spec)).archive, { archived: 1, kept: 0 });
      assert.equal(files(join(dumps, 'archive')).length, 2);
    });

    it('deletes a dump that is loaded', async () => {
      await dump('crm_v1.zip', { users: ANN });
      const status = await run('archive: { action: Delete }');
      assert.deepEqual([status.archive, files()], [{ archived: 1, kept: 0 }, []]);
      assert.deepEqual(await ledger(), [
        { dump_file: 'crm_v1.zip', action: 'Delete', archived_as: null, archived: true },
      ]);
    });

    it('leaves a dump of which a table has failed, and archives the others', async () => {
      await dump('crm_v1.zip', { users: ANN });
      await dump('crm_v2.zip', { users: BAD });
      await dump('crm_v3.zip', { users: { columns: {}, rows: [] } });
      const status = await run('archive: { action: Move, path: archive }');
      assert.equal(status.phase, 'Failed');
      assert.equal(status.archive?.archived, 1);
      assert.equal(status.archive.kept, 2);
      assert.match(status.archive.reason ?? '', /^crm_v2\.zip: 1 of its tables is not loaded, v2_users for example$/);
      assert.deepEqual(files(), ['archive/crm_v1.zip', 'crm_v2.zip', 'crm_v3.zip']);
      const anyway = await run('archive: { action: Move, path: archive, evenIfTablesFailed: true }');
      assert.deepEqual([anyway.phase, anyway.archive], ['Failed', { archived: 2, kept: 0 }]);
      assert.deepEqual(files(), ['archive/crm_v1.zip', 'archive/crm_v2.zip', 'archive/crm_v3.zip']);
    });

    it('leaves a dump whose table was skipped for other content, or the same by another plan', async () => {
      await dump('crm_v1.zip', { users: ANN });
      assert.equal((await run('loading: { onExisting: Skip }')).phase, 'Complete');
      const spec = 'archive: { action: Delete }\nloading: { onExisting: Skip }\n';
      const otherPlan = await run(
        `${spec}format: { emptyString: "NULL" }`.replace('emptyString: "NULL"', 'nullMarker: "none"'),
      );
      assert.deepEqual(otherPlan.archive?.archived, 0, otherPlan.message);
      await dump('crm_v1.zip', { users: BEN });
      const otherContent = await run(spec);
      assert.deepEqual(otherContent.archive?.archived, 0, otherContent.message);
      assert.deepEqual(files(), ['crm_v1.zip']);
    });

    it('counts what an earlier run has loaded, with rejects too, which a load of its own finds', async () => {
      await dump('crm_v1.zip', { users: BAD });
      const rejects = 'rejects: { limit: 1 }\n';
      assert.equal((await run(rejects)).phase, 'Complete');
      const status = await run(`${rejects}archive: { action: Move, path: archive }`);
      assert.equal(status.tables?.alreadyLoaded, 1);
      assert.deepEqual([status.archive, files()], [{ archived: 1, kept: 0 }, ['archive/crm_v1.zip']]);
    });

    for (const [what, statement] of [
      ['dropped', 'DROP TABLE'],
      ['emptied', 'TRUNCATE'],
    ] as const)
      it(`asks the database when it archives: a version table that somebody has ${what} is not loaded`, async () => {
        await dump('crm_v1.zip', { users: ANN });
        mkdirSync(join(dumps, 'archive'));
        writeFileSync(join(dumps, 'archive/crm_v1.zip'), 'another file');
        const spec = 'archive: { action: Move, path: archive }';
        assert.equal((await run(spec)).failures?.[0]?.code, 'ArchiveTaken');
        rmSync(join(dumps, 'archive/crm_v1.zip'));
        await database.query(`UPDATE motherload.dumps SET started_at = NULL, action = NULL; ${statement} v1_users`);
        const [{ run: ofRun = '' } = {}] = await database.query('SELECT ingestion_run AS run FROM motherload.dumps');
        const ingestion = {
          metadata: { namespace: 'default', name: 'nightly', uid: String(ofRun), generation: 1 },
          ...{ spec: manifest(spec).spec, status: {} },
        };
        const context = { volumeFolder: dumps, records: 'Shown' } as const;
        const task = buildFinishTask(ingestion, { kind: 'Finish', mothers: [] }, context);
        const { archive } = await finish(task, database.uri, SILENT_LOG);
        assert.deepEqual(archive, {
          ...{ archived: 0, kept: 1 },
          reason: 'crm_v1.zip: 1 of its tables is not loaded, v1_users for example',
        });
        assert.deepEqual(files(), ['crm_v1.zip']);
      });

    it('does not delete a dump of which the manifest leaves tables out', async () => {
      await database.query('CREATE TABLE users (user_id int, email text)');
      await dump('crm_v1.zip', { users: ANN, courses: { columns: { id: 'int' }, rows: [[1]] } });
      const spec = 'motherTables: { derive: None, withoutMother: Skip }\n';
      const deleted = await run(`${spec}archive: { action: Delete }`);
      assert.equal(deleted.phase, 'Complete', deleted.message);
      assert.match(
        deleted.message ?? '',
        /0 dumps archived, 1 left where they are \(crm_v1\.zip: 1 of its tables are left out by the manifest, and would be lost\)$/,
      );
      const moved = await run(`${spec}archive: { action: Move, path: archive }`);
      assert.deepEqual([moved.archive, files()], [{ archived: 1, kept: 0 }, ['archive/crm_v1.zip']]);
    });

    it('archives the copy of a dump with it, and leaves a link to it alone', async () => {
      await dump('crm_v1.zip', { users: ANN });
      copyFileSync(join(dumps, 'crm_v1.zip'), join(dumps, 'crm_v1 (1).zip'));
      symlinkSync('crm_v1.zip', join(dumps, 'crm_latest.zip'));
      const status = await run('archive: { action: Copy, path: archive }');
      assert.deepEqual(status.archive, { archived: 2, kept: 0 }, status.message);
      assert.deepEqual(files(join(dumps, 'archive')), ['crm_v1 (1).zip', 'crm_v1.zip']);
    });

    it('refuses a pattern that gives no path, before anything is done', async () => {
      await dump('crm_v1.zip', { users: ANN });
      const status = await run('archive: { action: Move, path: archive, name: "{realease}/{file}" }');
      assert.equal(status.failures?.[0]?.code, 'ArchiveName');
      assert.deepEqual(files(), ['crm_v1.zip']);
    });
  });
}
