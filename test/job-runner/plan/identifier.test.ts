import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError, ManifestError } from '../../../crds/contract/errors.ts';
import { columnName, shortenIdentifier } from '../../../job-runner/plan/identifier.ts';
import { versionTableName } from '../../../job-runner/plan/version-table-name.ts';
import { fuzz } from '../../fuzz.ts';

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 });

describe('shortenIdentifier', () => {
  it('keeps a name of up to 63 bytes', () => {
    assert.equal(shortenIdentifier('a'.repeat(63)), 'a'.repeat(63));
    assert.equal(shortenIdentifier(`${'ß'.repeat(31)}a`), `${'ß'.repeat(31)}a`);
  });

  it('cuts between characters and keeps names with the same beginning distinct', () => {
    const one = shortenIdentifier(`${'ß'.repeat(40)}1`);
    assert.match(one, /^ß{27}_[0-9a-f]{8}$/);
    assert.notEqual(one, shortenIdentifier(`${'ß'.repeat(40)}2`));
  });

  it('returns well-formed names of at most 63 bytes: the same for the same name, different ones for different names', () => {
    const property = fc.property(name, name, (one, other) => {
      const short = shortenIdentifier(one);
      assert.ok(Buffer.byteLength(short) <= 63 && short.isWellFormed());
      assert.equal(short, shortenIdentifier(one));
      assert.equal(short === shortenIdentifier(other), one === other);
    });
    fc.assert(property, fuzz(1, 2000));
  });

  it('replaces a lone surrogate, which UTF-8 cannot express', () =>
    assert.equal(shortenIdentifier('a\ud800'), 'a\ufffd'));
});

describe('columnName', () => {
  it("appends an underscore to the names of PostgreSQL's system columns", () => {
    assert.deepEqual(['ctid', 'XMIN', 'tableoid', 'oid', 'user'].map(columnName), [
      'ctid_',
      'xmin_',
      'tableoid_',
      'oid',
      'user',
    ]);
  });
});

describe('versionTableName', () => {
  it('fills in the pattern and folds to lower case', () => {
    const parts = { app: 'CRM', version: 'V1', table: 'users' };
    assert.equal(versionTableName('{version}_{table}', parts), 'v1_users');
    assert.equal(versionTableName('{app}.{table} ({version})', parts), 'crm.users (v1)');
  });

  it('names the folders of a dump in one word', () =>
    assert.equal(
      versionTableName('{folder}_{version}_{table}', { folder: 'eu/Acme', version: 'v1', table: 'users' }),
      'eu_acme_v1_users',
    ));

  it('inserts a part that looks like a placeholder or a replacement pattern as it is', () => {
    assert.equal(versionTableName('{version}_{table}', { version: '{table}', table: "$&$'" }), "{table}_$&$'");
  });

  it('shortens a name that is too long', () => {
    assert.equal(
      Buffer.byteLength(versionTableName('{version}_{table}', { version: 'v1', table: 'x'.repeat(100) })),
      63,
    );
  });

  it('refuses a pattern with {app} if the names of dumps have no such part', () => {
    assert.throws(
      () => versionTableName('{app}_{table}', { version: 'v1', table: 'users' }),
      (error) => error instanceof ManifestError && error.message.includes('spec.format.dumpName'),
    );
  });

  it('refuses a NUL character and an empty name', () => {
    assert.throws(() => versionTableName('{version}_{table}', { version: 'v1', table: 'a\0' }), DataError);
    assert.throws(() => versionTableName('{table}', { version: 'v1', table: '' }), ManifestError);
  });
});
