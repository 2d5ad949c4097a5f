import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { searchedDumps } from '../../../crds/contract/searched-dumps.ts';
import { dumpMatcher } from '../../../job-runner/dump/found-dump.ts';
import { manifest } from '../../operator/fixtures.ts';

/** Whether a file is a dump of the run. */
function finds(path: string, archivePath: string, file: string, include = ['**/*.zip', '**/.*/**/*.zip']): boolean {
  const { spec } = manifest(`archive: { action: Move, path: ${archivePath} }`);
  return dumpMatcher(searchedDumps({ ...spec, source: { ...spec.source, path, include } }))(file);
}

describe('which files are dumps, if there is an archive', () => {
  it('leaves out those in the archive, hidden ones too', () => {
    for (const file of ['archive/a.zip', 'archive/v1/2026-11-29/a.zip', 'archive/.b/a.zip', 'archive/c/.b/d/a.zip'])
      assert.equal(finds('', 'archive', file), false, file);
    assert.equal(finds('in', 'in/archive', 'archive/a.zip'), false);
    assert.equal(finds('./in/', 'in/archive/crm', 'archive/crm/a.zip'), false);
  });

  it('leaves out nothing else', () => {
    for (const file of ['a.zip', 'archived/a.zip', 'eu/archive/a.zip', 'archive.zip'])
      assert.equal(finds('', 'archive', file), true, file);
    assert.equal(finds('in', 'archive', 'archive/a.zip'), true, 'this folder is in/archive');
  });

  it('leaves out nothing where there is none, or it is another volume', () => {
    for (const spec of ['', 'archive: { action: Copy, path: archive, volume: { hostPath: { path: /srv } } }'])
      assert.deepEqual(searchedDumps(manifest(spec).spec).exclude, []);
  });
});
