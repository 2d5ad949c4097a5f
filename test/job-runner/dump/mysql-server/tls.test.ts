import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Session } from '../../../../job-runner/dump/mysql-server/session.ts';
import { parseAddress } from '../../../../job-runner/dump/mysql-server/address.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { freePort } from '../../../cluster/ports.ts';
import { Certificates } from '../../../cluster/certificates.ts';
import { startMariadb } from '../../../mariadb.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

const certificates = new Certificates(join(temporaryFolder(), 'certificates'));
await certificates.makeAuthority();
await certificates.make('server', { name: 'server', addresses: ['localhost'] });
const other = new Certificates(join(temporaryFolder(), 'others'));
await other.makeAuthority();
const port = await freePort();
const files = temporaryFolder();
copyFileSync(certificates.certificate('server'), join(files, 'server.crt'));
copyFileSync(certificates.key('server'), join(files, 'server.key'));
const mariadb = await startMariadb({
  port,
  options: [`--ssl-cert=${join(files, 'server.crt')}`, `--ssl-key=${join(files, 'server.key')}`],
});
mariadb.query(`CREATE DATABASE crm; CREATE TABLE crm.rides AS SELECT 1 AS id; CREATE USER reader@'%' IDENTIFIED BY 'x' REQUIRE SSL;
  GRANT SELECT ON crm.* TO reader@'%'`);

async function cipherAt(host: string, mode: string, authority?: string): Promise<string> {
  const uri = `mysql://reader:x@${host}:${port}${mode === '' ? '' : `?ssl-mode=${mode}`}`;
  const address = parseAddress(uri, authority !== undefined);
  const text = authority === undefined ? undefined : readFileSync(authority, 'utf8');
  const session = await Session.open({ address, authority: text, schema: 'crm' });
  try {
    const rows = session.read('SELECT id FROM rides');
    const { value } = await rows.next();
    assert(value instanceof Buffer && value.toString() === '1\n');
    while ((await rows.next()).done !== true);
    const [status] = await session.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    return status?.['Value'] ?? '';
  } finally {
    session.close();
  }
}

describe('a connection to MariaDB with TLS', () => {
  it('is encrypted, and verified where its authority is known', async () => {
    assert.match(await cipherAt('127.0.0.1', 'REQUIRED'), /TLS|AES|CHACHA/);
    assert.match(await cipherAt('localhost', '', certificates.authority), /TLS|AES|CHACHA/);
  });

  it('is refused where the authority is another one, or the name', async () => {
    for (const [host, mode, authority] of [
      ['localhost', '', other.authority],
      ['localhost', 'VERIFY_IDENTITY', undefined],
    ] as const)
      assert.equal((await failureOf(cipherAt(host, mode, authority))).code, 'SourceTls');
    const byAddress = await failureOf(cipherAt('127.0.0.1', '', certificates.authority));
    assert.deepEqual([byAddress.code, byAddress.kind], ['SourceAddress', 'Manifest']);
  });

  it('is refused where it is not encrypted and the user must be', async () => {
    const { code, message } = await failureOf(cipherAt('127.0.0.1', 'DISABLED'));
    assert.equal(code, 'SourceCredentials');
    assert.match(message, /if the user must use TLS, add \?ssl-mode=REQUIRED to the URI$/);
  });
});
