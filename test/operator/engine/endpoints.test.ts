import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serveEndpoints } from '../../../operator/engine/endpoints.ts';

describe('the endpoints', () => {
  it('respond with 200 if all is well, else with 503 and the reasons, and allow only GET', async () => {
    const problems: string[] = [];
    const server = await serveEndpoints(0, { unhealthy: () => [], unready: () => problems, metrics: () => 'a 1\n' });
    const request = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [response.status, await response.text()];
    };
    try {
      assert.deepEqual(await request('/healthz'), [200, 'ok\n']);
      assert.deepEqual(await request('/readyz'), [200, 'ok\n']);
      problems.push('the apiserver is unreachable');
      assert.deepEqual(await request('/readyz?verbose'), [503, 'the apiserver is unreachable\n']);
      assert.deepEqual(await request('/metrics'), [200, 'a 1\n']);
      assert.deepEqual((await request('/elsewhere'))[0], 404);
      assert.deepEqual((await request('/healthz', 'POST'))[0], 405);
    } finally {
      server.close();
    }
  });

  it('say that another program uses their port', async () => {
    const nothing = { unhealthy: () => [], unready: () => [], metrics: undefined };
    const first = await serveEndpoints(0, nothing);
    try {
      await assert.rejects(serveEndpoints(first.port, nothing), {
        kind: 'Manifest',
        code: 'InvalidOption',
        message: `port ${first.port} of --port cannot be had: another program uses it; choose another one`,
      });
    } finally {
      first.close();
    }
  });
});
