import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { archiveName, type ArchiveNameParts } from '../../../job-runner/plan/archive-name.ts';

const PARTS: ArchiveNameParts = {
  file: 'eu/west/crm_v1.zip',
  app: 'crm',
  version: 'v1',
  cataloguedAt: new Date('2026-11-29T23:59:59.999Z'),
  ingestion: 'nightly',
  run: 'b1946ac9',
};
const nameOf = (pattern: string, parts: Partial<ArchiveNameParts> = {}) => archiveName(pattern, { ...PARTS, ...parts });

describe('the name of a dump in the archive', () => {
  it('is made of the parts of the pattern', () => {
    assert.equal(nameOf('{file}'), 'eu/west/crm_v1.zip');
    assert.equal(nameOf('{date}/{version}-{name}'), '2026-11-29/v1-crm_v1.zip');
    assert.equal(nameOf('{app}/{ingestion}/{run}/{folder}/{name}'), 'crm/nightly/b1946ac9/eu/west/crm_v1.zip');
    assert.equal(nameOf('{folder}/{name}', { file: 'crm_v1.zip' }), 'crm_v1.zip');
  });

  it('takes the text of a part as it is, even if that looks like a placeholder', () => {
    assert.equal(nameOf('{version}/{name}', { version: '{name}', file: '{date}.zip' }), '{name}/{date}.zip');
  });

  it('has no folder from a part that should have none', () => {
    assert.equal(nameOf('{version}/{name}', { version: '../../etc' }), '.._.._etc/crm_v1.zip');
  });

  it('never leads out of the archive', () => {
    for (const parts of [{ version: '..' }, { version: '.' }, { file: '../crm_v1.zip' }, { file: 'a/../../b.zip' }])
      assert.throws(
        () => nameOf('{version}/{file}', parts),
        /gives no usable path for this dump/,
        JSON.stringify(parts),
      );
    assert.equal(nameOf('{file}', { file: '/etc/crm_v1.zip' }), 'etc/crm_v1.zip');
  });

  it('is refused where a part is too long for a file name, or has a NUL', () => {
    assert.throws(() => nameOf('{version}{name}', { version: 'é'.repeat(128) }), /longer than 255 bytes/);
    assert.throws(() => nameOf('{name}', { file: 'a\0b.zip' }), /no usable path/);
  });

  it('is refused with a placeholder that there is not', () => {
    assert.throws(() => nameOf('{month}/{file}'), /uses \{month\}, but there is no such placeholder/);
    assert.throws(() => nameOf('{app}/{file}', { app: undefined }), /spec\.format\.dumpName has no \{app\}/);
    assert.throws(() => nameOf('{constructor}/{file}'), /no such placeholder/);
  });
});
