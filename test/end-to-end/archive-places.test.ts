import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { ANN, archiveScene, BEN } from './archive-scene.ts';

/** Where dumps must not go: nothing is overwritten, nothing leaves the volume, and no dump is removed as its own copy. */
const database = await createTestDatabase();
const { folder, dumps, run, dump, files, clear } = archiveScene(database);

describe('the place of an archived dump', () => {
  beforeEach(clear);

  it('overwrites nothing: what has the name already stays, the dump too, and the run says so', async () => {
    await dump('crm_v1.zip', { users: ANN });
    await dump('crm_v2.zip', { users: BEN });
    mkdirSync(join(dumps, 'archive'));
    writeFileSync(join(dumps, 'archive/crm_v1.zip'), 'another file');
    const status = await run('archive: { action: Move, path: archive }');
    assert.equal(status.phase, 'Failed');
    assert.match(
      status.message ?? '',
      /^all tables were loaded, but the finish Job failed: crm_v1\.zip: crm_v1\.zip is there already and has other content/,
    );
    assert.equal(status.failures?.[0]?.code, 'ArchiveTaken');
    assert.equal(readFileSync(join(dumps, 'archive/crm_v1.zip'), 'utf8'), 'another file');
    assert.deepEqual(files(), ['archive/crm_v1.zip', 'archive/crm_v2.zip', 'crm_v1.zip'], 'the other dump is archived');
    const renamed = await run('archive: { action: Move, path: archive, name: "again/{file}" }');
    assert.deepEqual(renamed.archive, { archived: 1, kept: 0 });
    assert(existsSync(join(dumps, 'archive/again/crm_v1.zip')));
  });

  it('never takes a dump for its own copy, where the archive is the folder of the dumps by whatever path', async () => {
    await dump('eu/crm_v1.zip', { users: ANN });
    const alias = join(folder, 'alias');
    symlinkSync(dumps, alias);
    try {
      for (const archiveFolder of [dumps, alias]) {
        for (const action of ['Move', 'Copy']) {
          const status = await run(
            `archive: { action: ${action}, volume: { hostPath: { path: /nowhere } } }`,
            archiveFolder,
          );
          assert.equal(status.failures?.[0]?.code, 'ArchiveIsSource', status.message);
          assert.deepEqual(files(), ['eu/crm_v1.zip']);
        }
      }
      const renamed =
        'archive: { action: Move, volume: { hostPath: { path: /nowhere } }, name: "{folder}/old-{name}" }';
      assert.deepEqual((await run(renamed, alias)).archive, { archived: 1, kept: 0 });
      assert.deepEqual(files(), ['eu/old-crm_v1.zip']);
    } finally {
      rmSync(alias);
    }
  });

  it('does not follow a link out of the volume', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside, { recursive: true });
    await dump('crm_v1.zip', { users: ANN });
    symlinkSync(outside, join(dumps, 'archive'));
    const status = await run('archive: { action: Move, path: archive/crm }');
    assert.equal(status.failures?.[0]?.code, 'ArchiveOutsideVolume', status.message);
    assert.deepEqual([readdirSync(outside), existsSync(join(dumps, 'crm_v1.zip'))], [[], true]);
  });
});
