import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { S3Source } from '../../../../crds/contract/task.ts';
import { HttpClient } from '../../../../job-runner/dump/remote/http-client.ts';
import { bucketSource } from '../../../../job-runner/dump/remote/s3/bucket-source.ts';
import { CredentialStore } from '../../../../job-runner/dump/remote/s3/credential-store.ts';
import { parseProfiles } from '../../../../job-runner/dump/remote/s3/profile-file.ts';
import {
  assertRides,
  failureOf,
  load,
  onlyEntry,
  rideRows,
  ridesDatabase,
  tasksFrom,
} from '../../../bucket/bucket-scene.ts';
import { FaultProxy } from '../../../bucket/fault-proxy.ts';
import { Gateway } from '../../../bucket/gateway.ts';
import { writeDump } from '../../../end-to-end/dumps.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

const ROWS = rideRows(60_000);
const GLOBS = { include: ['**/*.zip'], exclude: [] };
const gateway = await Gateway.start();
const proxy = await FaultProxy.start(gateway);
const folder = temporaryFolder();
await writeDump(folder, 'crm_v1.zip', { rides: { columns: { ride_id: 'int', rider: 'varchar' }, rows: ROWS } });
gateway.createBucket('dumps');
await gateway.put('dumps', 'crm_v1.zip', readFileSync(join(folder, 'crm_v1.zip')));

/** An STS that gives the gateway's keys for a token, each time with another session token. */
const asked: URLSearchParams[] = [];
let answerOfSts: { status: number; body: () => string } | undefined;
const sts = createServer((request, response) => {
  void text(request).then((body) => {
    asked.push(new URLSearchParams(body));
    const answer = answerOfSts ?? { status: 200, body: assumed };
    response.writeHead(answer.status).end(answer.body());
  });
});
let lifetime = 3_600_000;
const assumed = (): string => `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>${gateway.accessKeyId}</AccessKeyId><SecretAccessKey>${gateway.secretAccessKey}</SecretAccessKey>
    <SessionToken>session-${asked.length}</SessionToken><Expiration>${new Date(Date.now() + lifetime).toISOString()}</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
sts.listen(0, '127.0.0.1');
await once(sts, 'listening');
after(() => sts.close());

const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, 'the-token\n');
const webIdentity = {
  AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
  AWS_ROLE_ARN: 'arn:aws:iam::1:role/loader',
  AWS_ENDPOINT_URL_STS: `http://localhost:${(sts.address() as AddressInfo).port}`,
};
const storeOf = (environment: NodeJS.ProcessEnv, secrets?: string) =>
  new CredentialStore({ folder: secrets, environment, region: 'us-east-1', http: new HttpClient() });
const HOME = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };

describe('the credentials of a bucket', () => {
  it('are those of the Secret, whatever the environment has, and read again where they are refused', async () => {
    const secrets = join(folder, 'secrets');
    mkdirSync(secrets);
    const write = (key: string) => {
      writeFileSync(join(secrets, 'access-key-id'), `${key}\n`);
      writeFileSync(join(secrets, 'secret-access-key'), 'secret');
    };
    write('first');
    const store = storeOf({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, secrets);
    const first = await store.get();
    assert.deepEqual(first, { accessKeyId: 'first', secretAccessKey: 'secret' });
    assert.equal(await store.renew(first), false);
    write('second');
    assert.equal(await store.renew(await store.get()), true);
    assert.equal((await store.get()).accessKeyId, 'second');
  });

  it('are the environment, then the web identity, then the profile', async () => {
    writeFileSync(
      HOME.AWS_SHARED_CREDENTIALS_FILE,
      '[default]\naws_access_key_id = d\naws_secret_access_key = e\n[other]\naws_access_key_id=o\naws_secret_access_key=p\n',
    );
    const own = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    assert.equal((await storeOf({ ...own, ...webIdentity, ...HOME }).get()).accessKeyId, 'a');
    assert.equal((await storeOf({ ...webIdentity, ...HOME }).get()).accessKeyId, gateway.accessKeyId);
    assert.equal((await storeOf(HOME).get()).accessKeyId, 'd');
    assert.equal((await storeOf({ ...HOME, AWS_PROFILE: 'other' }).get()).accessKeyId, 'o');
  });

  it('are missing: the error says where they may come from, and asks again the next time', async () => {
    const file = join(folder, 'later');
    const store = storeOf({ AWS_SHARED_CREDENTIALS_FILE: file });
    const failure = await failureOf(store.get());
    assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceCredentials']);
    assert.match(failure.message, /credentialsSecretRef.*EKS Pod Identity/);
    writeFileSync(file, '[default]\naws_access_key_id=x\naws_secret_access_key=y\n');
    assert.equal((await store.get()).accessKeyId, 'x');
  });

  it('are asked for by the token, the role and no signature, once for many requests', async () => {
    asked.length = 0;
    const store = storeOf(webIdentity);
    await Promise.all([store.get(), store.get(), store.get()]);
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.get('WebIdentityToken'), 'the-token');
    assert.equal(asked[0].get('RoleArn'), webIdentity.AWS_ROLE_ARN);
  });

  it('are renewed before they expire', async () => {
    asked.length = 0;
    // Half of it, before they are renewed, is longer than a pause of a slow machine.
    lifetime = 8000;
    const store = storeOf(webIdentity);
    assert.equal((await store.get()).sessionToken, 'session-1');
    assert.equal((await store.get()).sessionToken, 'session-1');
    lifetime = 3_600_000;
    await wait(4100);
    const renewed = await Promise.all([store.get(), store.get(), store.get()]);
    assert.deepEqual(
      renewed.map(({ sessionToken }) => sessionToken),
      ['session-2', 'session-2', 'session-2'],
    );
  });

  it('are refused to the role: the error names it, and never the token', async () => {
    answerOfSts = {
      status: 403,
      body: () => '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>',
    };
    const failure = await failureOf(storeOf(webIdentity).get());
    answerOfSts = undefined;
    assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceCredentials']);
    assert.match(failure.message, /role\/loader.*AccessDenied.*trust policy/);
    assert.doesNotMatch(JSON.stringify(failure), /the-token/);
  });

  it('renew within an entry: a token that expires in the middle costs a request, no row', async () => {
    Object.assign(process.env, webIdentity, { AWS_REGION: 'us-east-1' });
    proxy.hasSessions = true;
    const tasks = tasksFrom(`{ s3: { bucket: dumps, endpoint: "${proxy.endpoint}" } }`);
    const database = await ridesDatabase();
    const task = tasks.loadOf(await onlyEntry(tasks, database));
    asked.length = 0;
    let broken = 0;
    proxy.decide = ({ range, headers }) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      if (Number(last) - Number(first) < 100_000) return undefined;
      if (broken++ === 0) return { kind: 'Reset', afterBytes: 200_000 };
      const isOld = headers['x-amz-security-token'] !== `session-${asked.length}` || asked.length === 0;
      return isOld ? { kind: 'Answer', status: 400, code: 'ExpiredToken' } : undefined;
    };
    assert.equal((await load(database, task)).rows, ROWS.length);
    await assertRides(database, ROWS);
    assert.equal(asked.length, 1);
    for (const name of Object.keys(webIdentity)) Reflect.deleteProperty(process.env, name);
    proxy.reset();
    proxy.hasSessions = false;
  });

  it('are never in an error, nor the signature', async () => {
    const source = async (more: Partial<S3Source>) => {
      Object.assign(process.env, gateway.environment, { AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' });
      return await bucketSource({ bucket: 'dumps', prefix: '', endpoint: gateway.endpoint, ...more }, undefined);
    };
    const failure = await failureOf(source({}).then((opened) => opened.list(GLOBS)));
    assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceCredentials']);
    assert.doesNotMatch(JSON.stringify(failure), /wrong-secret-key|Signature=/);
  });
});

describe('a file of profiles', () => {
  it('has sections, comments and nested settings', () => {
    const profiles = parseProfiles(
      '# all\n[default]\nregion = eu-west-1 \n[profile other]\ns3 =\n  addressing_style = path\nregion=auto\n',
    );
    assert.deepEqual(Object.fromEntries(profiles.get('default') ?? []), { region: 'eu-west-1' });
    assert.deepEqual(Object.fromEntries(profiles.get('other') ?? []), { s3: '', region: 'auto' });
  });
});
