import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toFileError } from '../../../job-runner/dump/file-error.ts';

const refusal = (code: string) => toFileError(Object.assign(new Error(code), { code }), 'crm_v1.zip');

describe('an error of the file system', () => {
  for (const code of ['EACCES', 'EPERM'])
    it(`names the user that lacks a permission (${code}), since neither manifest nor chart can choose it`, () => {
      const { message, ...error } = refusal(code);
      assert.equal(
        message,
        `the runner's user (${process.getuid?.()}) may not read it (${code}): change its owner or mode`,
      );
      assert.equal(error.kind, 'Manifest');
      assert.equal(error.code, 'DumpPermissionDenied');
    });

  const others = {
    ENOENT: ['Data', 'DumpMissing'],
    ENOTDIR: ['Data', 'DumpMissing'],
    EIO: ['Data', 'DumpUnreadable'],
    ESTALE: ['Transient', 'VolumeBusy'],
    EMFILE: ['Transient', 'VolumeBusy'],
  };
  for (const [code, expected] of Object.entries(others))
    it(`with ${code} is ${expected.join(' error ')}`, () => {
      const { kind, code: ours, location } = refusal(code);
      assert.deepEqual([kind, ours, location.file], [...expected, 'crm_v1.zip']);
    });

  it('says that a name is not UTF-8 where no file of the name as Node has it exists', () => {
    const error = toFileError(Object.assign(new Error(), { code: 'ENOENT' }), 'crm_v\uFFFD1.zip');
    assert.deepEqual(
      [error.kind, error.code, error.message],
      ['Data', 'DumpUnreadable', 'its name is not UTF-8, so that it cannot be opened by it: rename it'],
    );
  });

  it('stays as it is if it is already one of ours', () => {
    const error = refusal('EIO');
    assert.equal(toFileError(error, 'other.zip'), error);
  });
});
