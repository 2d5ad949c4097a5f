import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serveEndpoints } from '../../../operator/engine/endpoints.ts';

describe('the endpoints', () => {
  it('say 200 where all is well, 503 and why where it is not, and nothing but GET is allowed', async () => {
    const problems: string[] = [];
    const server = await serveEndpoints(0, { unhealthy: () => [], unready: () => problems, metrics: () => 'a 1\n' });
    const ask = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [answer.status, await answer.text()];
    };
    try {
      assert.deepEqual(await ask('/healthz'), [200, 'ok\n']);
      assert.deepEqual(await ask('/readyz'), [200, 'ok\n']);
      problems.push('the apiserver is out of reach');
      assert.deepEqual(await ask('/readyz?verbose'), [503, 'the apiserver is out of reach\n']);
      assert.deepEqual(await ask('/metrics'), [200, 'a 1\n']);
      assert.deepEqual((await ask('/elsewhere'))[0], 404);
      assert.deepEqual((await ask('/healthz', 'POST'))[0], 405);
    } finally {
      server.close();
    }
  });
});
