import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { parseAddress } from '../../../../job-runner/dump/mssql-server/address.ts';
import { Session } from '../../../../job-runner/dump/mssql-server/session.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { freePort } from '../../../cluster/ports.ts';
import { Certificates } from '../../../cluster/certificates.ts';
import { newScene, PASSWORD, startScene, uriOf } from '../../../source-database/mssql-scene.ts';
import type { Login, TdsServer } from '../../../source-database/tds-server.ts';
import { failed } from '../../../source-database/tds-tokens.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

const certificates = new Certificates(join(temporaryFolder(), 'certificates'));
await certificates.makeAuthority();
await certificates.make('server', { name: 'server', addresses: ['localhost'] });
const other = new Certificates(join(temporaryFolder(), 'others'));
await other.makeAuthority();
const secureContext = createSecureContext({
  cert: readFileSync(certificates.certificate('server')),
  key: readFileSync(certificates.key('server')),
});

let refusal: Buffer | undefined;
const logins: Login[] = [];
const refuse = (login: Login): Buffer | undefined => {
  logins.push(login);
  return refusal;
};
const plain = await startScene(newScene({}), { refuse });
const secure = await startScene(newScene({}), { refuse, secureContext });
const strict = await startScene(newScene({}), { refuse, secureContext, isStrict: true });

async function open(uri: string, authority?: string): Promise<void> {
  const text = authority === undefined ? undefined : readFileSync(authority, 'utf8');
  const session = await Session.open({ address: parseAddress(uri, text !== undefined), authority: text });
  session.close();
}

function atHost(server: TdsServer, host: string, more = ''): string {
  return uriOf(server, more).replace('127.0.0.1', host);
}

describe('a connection in the protocol of SQL Server', () => {
  it('logs in with the user, the password and the database of the URI', async () => {
    await open(uriOf(plain));
    assert.deepEqual(logins.pop(), { user: 'reader', password: PASSWORD, database: 'shop', isEncrypted: false });
  });

  it('is encrypted unless the URI says otherwise, and verified by its authority', async () => {
    await open(uriOf(secure, ''));
    assert.equal(logins.pop()?.isEncrypted, true);
    await open(atHost(secure, 'localhost', '?encrypt=true'), certificates.authority);
    assert.equal(logins.pop()?.isEncrypted, true);
    await open(atHost(strict, 'localhost', '?encrypt=strict'), certificates.authority);
    assert.equal(logins.pop()?.isEncrypted, true);
  });

  it('is refused where the authority is another one or the name, before the password is sent', async () => {
    logins.length = 0;
    for (const [uri, authority] of [
      [atHost(secure, 'localhost'), other.authority],
      [atHost(secure, 'localhost', '?trustServerCertificate=false'), undefined],
      [uriOf(secure, ''), certificates.authority],
      [atHost(strict, 'localhost', '?encrypt=strict'), undefined],
    ] as const) {
      const failure = await failureOf(open(uri, authority));
      assert.deepEqual([failure.code, failure.kind], ['SourceTls', 'Manifest'], uri);
    }
    assert.deepEqual(logins, []);
  });

  it('is refused where one side wants encryption and the other does not have it', async () => {
    for (const uri of [uriOf(plain, ''), uriOf(secure, '?encrypt=false')]) {
      const failure = await failureOf(open(uri));
      assert.deepEqual([failure.code, failure.kind], ['SourceTls', 'Manifest']);
    }
    assert.deepEqual(logins, []);
  });

  it('is refused with what to do where the server lets the user not in, and never with the password', async () => {
    const both = [failed(4060, 'Cannot open database "shop".'), failed(18456, "Login failed for user 'reader'.")];
    const cases: readonly [Buffer, string, string][] = [
      [failed(18456, "Login failed for user 'reader'."), 'SourceCredentials', 'Manifest'],
      [failed(18487, 'The password has expired.'), 'SourceCredentials', 'Manifest'],
      [failed(40615, 'Client with this address is not allowed.'), 'SourceCredentials', 'Manifest'],
      [Buffer.concat(both), 'SourceMissing', 'Manifest'],
      [failed(40613, 'Database is not currently available.'), 'SourceBusy', 'Transient'],
      [failed(18401, 'Server is in script upgrade mode.'), 'SourceBusy', 'Transient'],
      [failed(99999, 'something else'), 'SourceRefused', 'Manifest'],
    ];
    for (const [tokens, code, kind] of cases) {
      refusal = tokens;
      const failure = await failureOf(open(uriOf(plain)));
      assert.deepEqual([failure.code, failure.kind], [code, kind]);
      assert(!failure.message.includes(PASSWORD) && !failure.message.includes('something else'));
    }
    refusal = undefined;
  });

  it('is tried again where nobody listens, or whoever listens hangs up or speaks another protocol', async () => {
    const nobody = await failureOf(open(uriOf({ port: await freePort() })));
    assert.deepEqual([nobody.code, nobody.kind], ['SourceUnreachable', 'Transient']);
    for (const greeting of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n']) {
      const stranger = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(greeting));
      }).listen(0, '127.0.0.1');
      after(() => stranger.close());
      await new Promise((resolve) => stranger.once('listening', resolve));
      const failure = await failureOf(open(uriOf({ port: (stranger.address() as AddressInfo).port })));
      assert.deepEqual([failure.code, failure.kind], ['SourceBusy', 'Transient']);
    }
  });
});
