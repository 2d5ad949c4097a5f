import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MotherloadError } from '../../../../crds/contract/errors.ts';
import { parseAddress } from '../../../../job-runner/dump/mssql-server/address.ts';

describe('parseAddress of SQL Server', () => {
  it('reads user, password, host, port and database, with what is percent-encoded', () => {
    assert.deepEqual(parseAddress('mssql://read%40er:p%3Aa%2Fs%25@db.example:14330/shop%20one\n', false), {
      ...{ host: 'db.example', port: 14330, user: 'read@er', password: 'p:a/s%', database: 'shop one' },
      ...{ encrypt: true, trustServerCertificate: false, isReadOnly: false },
    });
    assert.deepEqual(parseAddress('sqlserver://sa:x@[2001:db8::1]/shop', false).host, '2001:db8::1');
    assert.equal(parseAddress('mssql://sa:x@db/shop', false).port, 1433);
  });

  it('encrypts, and trusts any certificate only on this machine or where the URI says so', () => {
    const cases: readonly [string, boolean, boolean | 'strict', boolean][] = [
      ['db', false, true, false],
      ['db', true, true, false],
      ['localhost', false, true, true],
      ['127.0.0.1', false, true, true],
      ['localhost', true, true, false],
      ['db/shop?trustServerCertificate=true', true, true, true],
      ['localhost/shop?trustServerCertificate=false', false, true, false],
      ['db/shop?Encrypt=Strict', false, 'strict', false],
      ['db/shop?encrypt=false', false, false, false],
    ];
    for (const [rest, hasAuthority, encrypt, trusted] of cases) {
      const uri = `mssql://sa:x@${rest}${rest.includes('/') ? '' : '/shop'}`;
      const address = parseAddress(uri, hasAuthority);
      assert.deepEqual([address.encrypt, address.trustServerCertificate], [encrypt, trusted], uri);
    }
    assert.equal(parseAddress('mssql://sa:x@db/shop?applicationIntent=ReadOnly', false).isReadOnly, true);
  });

  it('refuses a password that is not encoded, in place of another host', () => {
    for (const password of [
      '2024/s3cret',
      's3cret/',
      '2024?s3cret',
      'a#s3cret',
      's3cret/a@b',
      '2024\n/s3cret',
      's3\tcret',
    ])
      assert.throws(() => parseAddress(`mssql://reader:${password}@db.example/shop`, false), {
        code: 'SourceAddress',
        message: /^[^]*must be percent-encoded(?![^]*s3)/,
      });
    assert.throws(() => parseAddress('mssql://reader:2024/x@db', false), /must be percent-encoded/);
    // The last @ is before the host.
    const { user, password, host } = parseAddress('mssql://reader:p@s:s@db.example/shop', false);
    assert.deepEqual([user, password, host], ['reader', 'p@s:s', 'db.example']);
  });

  it('refuses what it does not know without showing it', () => {
    for (const uri of [
      'mysql://sa:s3cret@db/shop',
      'mssql://sa:s3cret@db',
      'mssql://sa:s3cret@db/',
      'mssql://sa:s3cret@db/shop/more',
      'mssql://sa:s3cret@db/shop#x',
      'mssql://sa:s3cret@db/shop?ssl-mode=REQUIRED',
      'mssql://sa:s3cret@db/shop?encrypt=maybe',
      'mssql://sa:s3cret@db/shop?trustServerCertificate=1',
      'mssql://sa:s3cret@db/shop?encrypt=strict&trustServerCertificate=true',
      'mssql://sa:s3cret%@db/shop',
      's3cret',
    ]) {
      assert.throws(
        () => parseAddress(uri, false),
        (error: unknown) =>
          error instanceof MotherloadError && error.code === 'SourceAddress' && !error.message.includes('s3cret'),
        uri,
      );
    }
  });
});
