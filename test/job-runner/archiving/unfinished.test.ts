import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ArchiveAction } from '../../../crds/contract/task.ts';
import { FolderArchive } from '../../../job-runner/archiving/folder-archive.ts';
import { partialOf, probeName } from '../../../job-runner/archiving/unfinished.ts';
import { findFile, stampOf } from '../../../job-runner/dump/file-stamp.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';

/** A run that was killed left a copy that has no name yet, or the file by which it looked whether two folders are one. */
async function killedRun(archivedContent: string | undefined) {
  const folder = temporaryFolder();
  const [dumpsFolder, archiveFolder] = ['dumps', 'archive'].map((name) => join(folder, name)) as [string, string];
  [dumpsFolder, join(archiveFolder, 'old')].forEach((path) => mkdirSync(path, { recursive: true }));
  const dump = join(dumpsFolder, 'crm_v1.zip');
  writeFileSync(dump, 'a dump');
  const archived = join(archiveFolder, 'old/crm_v1.zip');
  writeFileSync(partialOf(archived), 'half of');
  writeFileSync(join(archiveFolder, 'old', probeName(archived)), '');
  writeFileSync(join(archiveFolder, 'old', '.motherload-of-another'), '');
  if (archivedContent !== undefined) writeFileSync(archived, archivedContent);
  const found = await findFile(dump);
  assert(found !== undefined);
  const archive = new FolderArchive({ dumpsFolder, archiveFolder, path: 'old' });
  return {
    dump,
    carryOut: async (action: ArchiveAction) =>
      await archive.carryOut({ file: 'crm_v1.zip', stamp: stampOf(found) }, action, 'crm_v1.zip'),
    files: () => [dumpsFolder, join(archiveFolder, 'old')].map((path) => readdirSync(path).sort()),
  };
}

describe('the run after one that was killed', () => {
  for (const action of ['Copy', 'Move'] as const) {
    const left = action === 'Copy' ? ['crm_v1.zip'] : [];
    it(`leaves the dump alone in the archive where its copy was made already: ${action}`, async () => {
      const { carryOut, files } = await killedRun('a dump');
      assert.equal(await carryOut(action), undefined);
      assert.deepEqual(files(), [left, ['.motherload-of-another', 'crm_v1.zip']]);
    });
    it(`removes what is left where the dump has changed since: ${action}`, async () => {
      const { dump, carryOut, files } = await killedRun(undefined);
      writeFileSync(dump, 'another dump');
      assert.equal(await carryOut(action), 'it has changed since its catalogue');
      assert.deepEqual(files(), [['crm_v1.zip'], ['.motherload-of-another']]);
    });
  }
});
