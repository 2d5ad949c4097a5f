import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { HttpClient } from '../../../../job-runner/dump/remote/http-client.ts';
import { bucketSource } from '../../../../job-runner/dump/remote/s3/bucket-source.ts';
import { CredentialStore } from '../../../../job-runner/dump/remote/s3/credential-store.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { FaultProxy } from '../../../bucket/fault-proxy.ts';
import { Gateway } from '../../../bucket/gateway.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

/** The agent of a node: gives the gateway's keys for a token, each time with another session token. */
const asked: { readonly url: string | undefined; readonly authorization: string | undefined }[] = [];
let answers: { readonly status: number; readonly body: string }[] = [];
const gateway = await Gateway.start();
const agent = createServer((request, response) => {
  asked.push({ url: request.url, authorization: request.headers.authorization });
  const { status, body } = answers.shift() ?? { status: 200, body: JSON.stringify(credentials(3_600_000)) };
  response.writeHead(status).end(body);
});
const credentials = (lifetime: number) => ({
  AccessKeyId: gateway.accessKeyId,
  SecretAccessKey: gateway.secretAccessKey,
  Token: `session-${asked.length}`,
  AccountId: '123456789012',
  Expiration: new Date(Date.now() + lifetime).toISOString().replace(/\.\d+Z$/, 'Z'),
});
agent.listen(0, '127.0.0.1');
await once(agent, 'listening');
after(() => agent.close());
afterEach(() => {
  asked.length = 0;
  answers = [];
});

const tokenFile = join(temporaryFolder(), 'eks-pod-identity-token');
const environment = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(agent.address() as AddressInfo).port}/v1/credentials`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
};
const storeOf = (changed: NodeJS.ProcessEnv = {}) =>
  new CredentialStore({
    environment: { ...environment, ...changed },
    region: 'us-east-1',
    http: new HttpClient(),
  });

describe('EKS Pod Identity', () => {
  it('gives the keys for which the token of the ServiceAccount was sent, once for many requests', async () => {
    writeFileSync(tokenFile, 'the-token\n');
    const store = storeOf();
    const [given] = await Promise.all([store.get(), store.get(), store.get()]);
    assert.deepEqual(asked, [{ url: '/v1/credentials', authorization: 'the-token' }]);
    const { accessKeyId, secretAccessKey, sessionToken, expires = 0 } = given;
    assert.deepEqual([accessKeyId, secretAccessKey], [gateway.accessKeyId, gateway.secretAccessKey]);
    assert.equal(sessionToken, 'session-1');
    assert(expires > Date.now() + 3_590_000 && expires <= Date.now() + 3_600_000);
  });

  it('is asked again with the token of that time, since the kubelet replaces it', async () => {
    writeFileSync(tokenFile, 'first');
    const store = storeOf();
    const refused = await store.get();
    writeFileSync(tokenFile, 'second');
    assert.equal(await store.renew(refused), true);
    assert.deepEqual(
      asked.map(({ authorization }) => authorization),
      ['first', 'second'],
    );
  });

  it('comes behind keys of the environment and a web identity', async () => {
    await storeOf({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }).get();
    const missing = { AWS_WEB_IDENTITY_TOKEN_FILE: '/missing', AWS_ROLE_ARN: 'arn:aws:iam::1:role/loader' };
    assert.match((await failureOf(storeOf(missing).get())).message, /AWS_WEB_IDENTITY_TOKEN_FILE/);
    assert.deepEqual(asked, []);
  });

  it('reads a bucket', async () => {
    const proxy = await FaultProxy.start(gateway);
    proxy.hasSessions = true;
    gateway.createBucket('dumps');
    await gateway.put('dumps', 'crm_v1.zip', Buffer.from('PK'));
    Object.assign(process.env, environment);
    const source = await bucketSource({ bucket: 'dumps', prefix: '', endpoint: proxy.endpoint }, undefined);
    const found = await source.list({ include: ['**/*.zip'], exclude: [] });
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    assert.deepEqual(
      found.map(({ file }) => file),
      ['crm_v1.zip'],
    );
    assert.equal(asked.length, 1);
  });

  it('is asked again where the agent is busy or starts', async () => {
    answers = [
      { status: 429, body: '' },
      { status: 503, body: '' },
    ];
    assert.equal((await storeOf().get()).accessKeyId, gateway.accessKeyId);
    assert.equal(asked.length, 3);
  });

  const REFUSALS = {
    'no association': { status: 404, body: 'ResourceNotFoundException' },
    'another answer than JSON': { status: 200, body: '<html>' },
    'JSON without keys': { status: 200, body: '{"Code":"Success","AccessKeyId":7}' },
    'JSON that is no object': { status: 200, body: 'null' },
  };
  for (const [what, answer] of Object.entries(REFUSALS))
    it(`says so where it gives ${what}, and never shows the token`, async () => {
      writeFileSync(tokenFile, 'the-token');
      answers = [answer];
      const failure = await failureOf(storeOf().get());
      assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceCredentials']);
      assert.match(failure.message, /EKS Pod Identity gives .* no credentials .*association/);
      assert.doesNotMatch(JSON.stringify(failure), /the-token/);
    });

  for (const [what, content] of Object.entries({ 'is empty': '\n', 'has several lines': 'a\r\nHost: b' }))
    it(`gets no token from a file that ${what}`, async () => {
      writeFileSync(tokenFile, content);
      const { kind, code, message } = await failureOf(storeOf().get());
      assert.deepEqual([kind, code], ['Manifest', 'SourceCredentials']);
      assert.match(message, /AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE/);
      assert.deepEqual(asked, []);
    });

  for (const uri of ['http://169.254.169.254/v1', 'http://agent.example/v1', 'ftp://localhost/', 'localhost', ''])
    it(`sends no token to ${JSON.stringify(uri)}`, async () => {
      const failure = await failureOf(storeOf({ AWS_CONTAINER_CREDENTIALS_FULL_URI: uri }).get());
      assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceCredentials']);
      assert.match(failure.message, /AWS_CONTAINER_CREDENTIALS_FULL_URI/);
    });
});
