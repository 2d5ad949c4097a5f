import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../../../../crds/contract/errors.ts';
import { parseAddress } from '../../../../job-runner/dump/mysql-server/address.ts';

describe("a source database's URI", () => {
  it('has a user, a password, a host and a port, percent-encoded', () => {
    assert.deepEqual(parseAddress(' mysql://re%40der:p%3A%2F%40ss%25@db.example:3307/ignored\n', false), {
      ...{ host: 'db.example', port: 3307, user: 're@der', password: 'p:/@ss%', sslMode: 'REQUIRED' },
    });
    assert.deepEqual(parseAddress('mariadb://u@[2001:db8::1]', false).host, '2001:db8::1');
    assert.equal(parseAddress('mysql://u@db', false).port, 3306);
    assert.equal(
      parseAddress('mysql://u@localhost?socket=/run/mysqld/mysqld.sock', false).socketPath,
      '/run/mysqld/mysqld.sock',
    );
  });

  it('decides how far the server is trusted', () => {
    const mode = (uri: string, hasAuthority = false) => parseAddress(uri, hasAuthority).sslMode;
    assert.equal(mode('mysql://u@db'), 'REQUIRED');
    assert.equal(mode('mysql://u@127.0.0.1'), 'DISABLED');
    assert.equal(mode('mysql://u@localhost'), 'DISABLED');
    assert.equal(mode('mysql://u@db', true), 'VERIFY_IDENTITY');
    assert.equal(mode('mysql://u@db?ssl-mode=disabled', true), 'DISABLED');
    assert.equal(mode('mysql://u@db?ssl-mode=VERIFY_IDENTITY'), 'VERIFY_IDENTITY');
  });

  it('is refused where its password is not encoded, in place of another host', () => {
    for (const password of ['3307/s3cret', '3307?socket=/s3cret', '3307?ssl-mode=DISABLED&x', 'a#s3cret', 's3\tcret'])
      assert.throws(() => parseAddress(`mysql://reader:${password}@db.example`, false), {
        code: 'SourceAddress',
        message: /^[^]*must be percent-encoded(?![^]*s3)/,
      });
    assert.deepEqual(parseAddress('mysql://reader:p@ss@db', false).password, 'p@ss');
  });

  it('is refused where it is not one, and no message shows any of it', () => {
    const wrong = [
      ...['s3cret', 'postgresql://u:s3cret@db', 'mysql://u:s3cret/@db', 'mysql://u:s3cret#@db', 'mysql://u:s3cret%@db'],
      ...[
        'mysql://u:s3cret@',
        'mysql://u:s3cret@db?ssl=s3cret',
        'mysql://u:s3cret@db?ssl-mode=s3cret',
        'mysql://u:s3cret?@db',
      ],
      'mysql://u:s3cret@db:99999',
    ];
    for (const uri of wrong)
      assert.throws(
        () => parseAddress(uri, false),
        (error) =>
          error instanceof ManifestError && error.code === 'SourceAddress' && !error.message.includes('s3cret'),
        uri,
      );
  });
});
