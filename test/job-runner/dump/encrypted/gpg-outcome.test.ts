import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemOf, warningsOf, type GpgEnd } from '../../../../job-runner/dump/encrypted/gpg-outcome.ts';

const GOOD = ['ENC_TO 0123456789ABCDEF 18 0', 'DECRYPTION_KEY A B u', 'BEGIN_DECRYPTION', 'PLAINTEXT 62 0 crm_v1.zip'];
const OKAY = [...GOOD, 'DECRYPTION_OKAY', 'GOODMDC', 'END_DECRYPTION'];
const end = (more: Partial<GpgEnd>): GpgEnd => ({
  status: OKAY,
  exitCode: 0,
  signal: null,
  errors: [],
  frame: 'Whole',
  ...more,
});
const codeOf = (more: Partial<GpgEnd>) => problemOf(end(more), 'crm_v1.zip.gpg')?.code;

describe('problemOf', () => {
  it('trusts a message alone that is okay in every respect', () => {
    assert.equal(codeOf({}), undefined);
    assert.equal(codeOf({ exitCode: 2 }), 'MessageDamaged');
    assert.equal(codeOf({ status: GOOD }), 'MessageDamaged');
    assert.equal(codeOf({ status: [...OKAY, 'DECRYPTION_FAILED'] }), 'MessageDamaged');
    assert.equal(codeOf({ frame: 'Followed' }), 'MessageFollowed');
    assert.equal(codeOf({ frame: 'Truncated' }), 'MessageTruncated');
    assert.equal(codeOf({ frame: undefined }), 'MessageDamaged');
    assert.equal(codeOf({ exitCode: null, signal: 'SIGKILL' }), 'GpgDied');
  });

  it('makes nothing of DECRYPTION_INFO, which is 0 for an authenticated message of OCB', () => {
    assert.equal(codeOf({ status: ['DECRYPTION_INFO 0 9 2', ...OKAY] }), undefined);
    assert.equal(codeOf({ status: ['DECRYPTION_INFO 2 9 0', ...GOOD], exitCode: 2 }), 'MessageDamaged');
  });

  for (const [name, status, code] of [
    ['a key that is not there', ['NO_SECKEY 0123456789ABCDEF'], 'DecryptionKeyMissing'],
    ['a wrong passphrase of a key', ['ERROR pkdecrypt_failed 67108875'], 'DecryptionPassphrase'],
    ['a wrong passphrase', ['ERROR symkey_decrypt.maybe_error 11_BAD_PASSPHRASE'], 'DecryptionPassphrase'],
    ['a passphrase that is missing', ['ERROR pkdecrypt_failed 67108949'], 'DecryptionPassphrase'],
    ['a passphrase that nobody enters', ['CANCELED_BY_USER'], 'DecryptionPassphrase'],
  ] as const) {
    it(`names ${name}`, () => {
      const failed = [...status, 'BEGIN_DECRYPTION', 'DECRYPTION_FAILED', 'END_DECRYPTION'];
      assert.equal(codeOf({ status: failed, exitCode: 2, frame: undefined }), code);
    });
  }

  it('says of a message with several keys that it is damaged, where one of them was there', () => {
    const status = ['NO_SECKEY 0123456789ABCDEF', ...GOOD, 'BADMDC', 'DECRYPTION_FAILED'];
    assert.equal(codeOf({ status, exitCode: 2 }), 'MessageDamaged');
    assert.equal(codeOf({ status: ['NO_SECKEY 0123456789ABCDEF', ...OKAY] }), undefined);
  });
});

describe('warningsOf', () => {
  it('has a key that has expired or was revoked', () => {
    assert.deepEqual(warningsOf({ status: OKAY }), []);
    assert.match(warningsOf({ status: ['KEYEXPIRED 1795968851', ...OKAY] }).join(), /has expired/);
    assert.match(warningsOf({ status: ['KEYREVOKED', ...OKAY] }).join(), /was revoked/);
  });
});
