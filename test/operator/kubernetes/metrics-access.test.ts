import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MetricsAccess } from '../../../operator/kubernetes/metrics-access.ts';

/** An apiserver that knows tokens by their account, with the requests that it got. */
class Apiserver {
  readonly requests: { path: string; spec: Record<string, unknown> }[] = [];
  isSilent = false;

  async request<T>(_method: string, path: string, { body }: { body?: unknown } = {}): Promise<T> {
    const { spec } = body as { spec: Record<string, unknown> };
    this.requests.push({ path, spec });
    if (this.isSilent) await new Promise(() => undefined);
    if (path.endsWith('/subjectaccessreviews')) return { status: { allowed: spec['user'] === 'prometheus' } } as T;
    const user = { username: String(spec['token']), groups: ['system:authenticated'], extra: { node: ['one'] } };
    return { status: spec['token'] === 'unknown' ? { authenticated: false } : { authenticated: true, user } } as T;
  }
}

function scene() {
  const apiserver = new Apiserver();
  const clock = { now: 0 };
  return { apiserver, clock, access: new MetricsAccess(apiserver, () => clock.now) };
}

describe('who may read the metrics', () => {
  it('is asked of the apiserver: who has the token, and whether that account may get /metrics', async () => {
    const { apiserver, access } = scene();
    assert.equal(await access.permissionOf('prometheus'), 'Allowed');
    assert.deepEqual(apiserver.requests, [
      { path: '/apis/authentication.k8s.io/v1/tokenreviews', spec: { token: 'prometheus' } },
      {
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        spec: {
          ...{ user: 'prometheus', groups: ['system:authenticated'], extra: { node: ['one'] } },
          nonResourceAttributes: { path: '/metrics', verb: 'get' },
        },
      },
    ]);
    assert.equal(await access.permissionOf('other'), 'Forbidden');
    assert.equal(await access.permissionOf('unknown'), 'Unauthenticated');
  });

  it('is remembered for a minute', async () => {
    const { apiserver, clock, access } = scene();
    await access.permissionOf('prometheus');
    clock.now = 59_999;
    await access.permissionOf('prometheus');
    assert.equal(apiserver.requests.length, 2);
    clock.now = 60_000;
    await access.permissionOf('prometheus');
    assert.equal(apiserver.requests.length, 4);
  });

  it('is remembered of a hundred tokens, so that nobody fills the memory with others', async () => {
    const { apiserver, access } = scene();
    for (let token = 0; token <= 100; token++) await access.permissionOf(`token-${token}`);
    const before = apiserver.requests.length;
    await access.permissionOf('token-1');
    assert.equal(apiserver.requests.length, before);
    await access.permissionOf('token-0');
    assert.equal(apiserver.requests.length, before + 2);
  });

  it('is asked of four tokens at the same time, so that nobody floods the apiserver', async () => {
    const { apiserver, access } = scene();
    await access.permissionOf('prometheus');
    apiserver.isSilent = true;
    for (let token = 0; token < 4; token++) void access.permissionOf(`slow-${token}`);
    await assert.rejects(access.permissionOf('one more'), /4 tokens for \/metrics are being checked already/);
    assert.equal(await access.permissionOf('prometheus'), 'Allowed');
  });
});
