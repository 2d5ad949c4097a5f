import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import { DirectoryContents, type contentsOf } from '../../../job-runner/dump/directory-contents.ts';
import { zipOf } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder } from '../catalogue/tasks.ts';

const { limits } = catalogueTask('/');
const folder = temporaryFolder();

/** What the archive knows of its directory. */
async function contents(file: string, more: object = {}): ReturnType<typeof contentsOf> {
  const archive = await openArchive(file, { ...limits, ...more });
  await archive.close();
  return archive.contents;
}

describe('the directory of a ZIP', () => {
  it('is read once by whoever opens the dump for one table after the other', async () => {
    const file = join(folder, 'crm_v1.zip');
    writeFileSync(file, await zipOf({ 'users.dat': '1' }));
    const first = await contents(file);
    assert.equal(await contents(file), first);
  });

  it('is read again where the file, its name or the limits are others', async () => {
    const [file, other] = [join(folder, 'crm_v2.zip'), join(folder, 'crm_v3.zip')];
    const bytes = await zipOf({ 'users.dat': '1' });
    for (const each of [file, other]) writeFileSync(each, bytes);
    const first = await contents(file);
    assert.notEqual(await contents(other), first);
    const again = await contents(file);
    assert.notEqual(await contents(file, { maxCompressionRatio: 2 }), again);
    const names = async () => (await contents(file)).entries.map(({ name }) => name);
    assert.deepEqual(await names(), ['users.dat']);
    writeFileSync(file, await zipOf({ 'rides.dat': '1' }));
    assert.deepEqual(await names(), ['rides.dat']);
  });

  it('finds the first of two entries with the same name', () => {
    const entries = [1, 2].map((bytes) => ({ name: 'users.dat', bytes, compressedBytes: bytes }));
    const found = new DirectoryContents(new Map(entries.map((entry) => [entry, undefined as never])));
    assert.equal(found.find('users.dat'), entries[0]);
    assert.equal(found.find('rides.dat'), undefined);
  });
});

describe('what is derived from a directory', () => {
  it('is computed again for another format alone', () => {
    const directory = new DirectoryContents(new Map());
    const computed: string[] = [];
    const derive = (by: string) => directory.derive('Tables', by, () => computed.push(by));
    assert.deepEqual([derive('a'), derive('a'), derive('b'), derive('a')], [1, 1, 2, 3]);
    assert.deepEqual(computed, ['a', 'b', 'a']);
  });

  it('is read again after it could not be read', async () => {
    const directory = new DirectoryContents(new Map());
    let attempts = 0;
    const read = () => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error('the server does not answer')) : Promise.resolve(attempts);
    };
    const derive = async () => await directory.deriveRead('ShellEnd', '@.done.json', read);
    await assert.rejects(derive(), /does not answer/);
    assert.deepEqual([await derive(), await derive()], [2, 2]);
  });
});
