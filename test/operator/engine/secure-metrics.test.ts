import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { serveSecureMetrics, type Permission } from '../../../operator/engine/secure-metrics.ts';
import { Certificates } from '../../cluster/certificates.ts';
import { eventually } from '../../cluster/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-secure-metrics-'));
const secret = join(folder, 'secret');
const certificates = new Certificates(join(folder, 'certificates'));
const errors: string[] = [];
const agent = new Agent({ rejectUnauthorized: false });
let server: Awaited<ReturnType<typeof serveSecureMetrics>>;

function use(name: string): void {
  copyFileSync(certificates.certificate(name), join(secret, 'tls.crt'));
  copyFileSync(certificates.key(name), join(secret, 'tls.key'));
}

const ACCOUNTS: Readonly<Record<string, Permission>> = { prometheus: 'Allowed', 'a.b-c_d~e+f/g==': 'Forbidden' };

before(async () => {
  await certificates.makeAuthority();
  for (const name of ['first', 'second']) await certificates.make(name, { name, addresses: [name] });
  mkdirSync(secret);
  use('first');
  server = await serveSecureMetrics({
    ...{ port: 0, certificateFolder: secret, metrics: () => 'a 1\n', rereadMilliseconds: 20 },
    onError: (error) => errors.push(String(error)),
    authorize: (token) =>
      token === 'late'
        ? Promise.reject(new Error('no response'))
        : Promise.resolve(ACCOUNTS[token] ?? 'Unauthenticated'),
  });
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(authorization?: string, path = '/metrics', method = 'GET') {
  const headers = authorization === undefined ? {} : { authorization };
  return await new Promise<[number | undefined, string]>((resolve, reject) => {
    request({ port: server.port, path, method, headers, agent }, (response) => {
      void text(response).then((body) => resolve([response.statusCode, body]), reject);
    })
      .on('error', reject)
      .end();
  });
}

/** The name in the certificate that the server shows. */
async function shown(): Promise<unknown> {
  const socket = connect({ port: server.port, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

describe('/metrics by https', () => {
  it('is for accounts that may read it', async () => {
    assert.deepEqual(await ask('Bearer prometheus'), [200, 'a 1\n']);
    assert.equal((await ask('bearer  prometheus'))[0], 200);
    assert.equal((await ask('Bearer a.b-c_d~e+f/g=='))[0], 403);
    assert.equal((await ask('Bearer unknown'))[0], 401);
  });

  it('is refused without a token, or with anything else in its place', async () => {
    for (const header of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Basic cHJvbWV0aGV1cw==',
      'Bearer two tokens',
      'Bearer "x"',
    ])
      assert.equal((await ask(header))[0], 401, header);
  });

  it('is not served while a token cannot be checked', async () => {
    assert.equal((await ask('Bearer late'))[0], 503);
    assert.match(errors.join(), /no response/);
  });

  it('is all that is served there', async () => {
    assert.equal((await ask('Bearer prometheus', '/healthz'))[0], 404);
    assert.equal((await ask('Bearer prometheus', '/metrics', 'POST'))[0], 405);
  });

  it('shows a renewed certificate without a restart, and the old one until a new one is whole', async () => {
    assert.equal(await shown(), 'first');
    writeFileSync(join(secret, 'tls.crt'), 'half a certifi');
    await eventually('the error', 60, () => assert.match(errors.join(), /PEM|certificate/i));
    assert.equal(await shown(), 'first');
    use('second');
    await eventually('the renewed certificate', 60, async () => assert.equal(await shown(), 'second'));
  });
});
