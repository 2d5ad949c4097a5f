import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { Certificates } from '../cluster/certificates.ts';
import { eventually } from '../cluster/commands.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { definitionsEstablished, startOperator, type OperatorProcess } from '../cluster/operator-process.ts';
import { CHART, render, runHelm } from './helm.ts';

/** Whom the operator lets read its metrics, asked of a real apiserver with the rules of the chart and no others. */
const folder = mkdtempSync(join(tmpdir(), 'motherload-metrics-'));
const SYSTEM = 'motherload-system';
const HOST = `motherload.${SYSTEM}.svc`;
const VALUES = {
  metrics: { tls: { secretName: 'metrics' }, authentication: { enabled: true } },
  leaderElection: { enabled: false },
};
const secret = join(folder, 'secret');
const authority = new Certificates(join(folder, 'certificates'));
let plane: ControlPlane;
let operator: OperatorProcess;

const serviceAccountToken = async (name: string) =>
  (await plane.kubectl(['-n', SYSTEM, 'create', 'token', name, '--duration=1h'])).trim();

/** The response to a request as Prometheus sends it, to the name of the Service. */
async function scrape(token?: string, path = '/metrics') {
  const port = operator.lines().find((line) => line['metricsPort'] !== undefined)?.['metricsPort'];
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ca = readFileSync(authority.authority);
  return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request(
      { host: '127.0.0.1', port: Number(port), path, headers, ca, servername: HOST, agent: false },
      (response) => {
        void text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
      },
    )
      .on('error', reject)
      .end();
  });
}

async function operatorKubeconfig(): Promise<string> {
  const token = await serviceAccountToken('motherload');
  const config = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as { users: { name: string }[] };
  const file = join(folder, 'operator.kubeconfig');
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

before(async () => {
  plane = await startControlPlane({ folder: join(folder, 'plane') });
  await plane.kubectl(['create', 'namespace', SYSTEM]);
  for (const name of ['prometheus', 'other']) await plane.kubectl(['-n', SYSTEM, 'create', 'serviceaccount', name]);
  const values = join(folder, 'values.json');
  writeFileSync(values, JSON.stringify(VALUES));
  const common = ['--namespace', SYSTEM, '--kubeconfig', plane.kubeconfig, '--values', values];
  await runHelm(['install', 'motherload', CHART, ...common]);
  await definitionsEstablished(plane);
  const account = `--serviceaccount=${SYSTEM}:prometheus`;
  const role = `--clusterrole=${SYSTEM}:motherload-metrics-reader`;
  await plane.kubectl(['create', 'clusterrolebinding', 'prometheus', role, account]);
  await authority.makeAuthority();
  await authority.make('metrics', { name: HOST, addresses: [HOST] });
  mkdirSync(secret);
  copyFileSync(authority.certificate('metrics'), join(secret, 'tls.crt'));
  copyFileSync(authority.key('metrics'), join(secret, 'tls.key'));
  const { environment } = (await render(VALUES)).operator;
  const given = Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  operator = await startOperator(plane, await operatorKubeconfig(), 'alone', {
    ...(Object.fromEntries(given) as Record<string, string>),
    ...{ MOTHERLOAD_PORT: '0', MOTHERLOAD_METRICS_PORT: '0', MOTHERLOAD_METRICS_CERTIFICATE_FOLDER: secret },
  });
});
after(async () => {
  await operator.stop();
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('/metrics with a certificate and authentication', () => {
  it("is served to an account that is bound to the chart's role, by the name of the Service", async () => {
    const { status, body } = await scrape(await serviceAccountToken('prometheus'));
    assert.equal(status, 200);
    assert.match(body, /^motherload_leader 1$/m);
    assert.match(body, /^motherload_api_requests_total\{method="POST",resource="tokenreviews",code="201"\} 1$/m);
  });

  it('asks the apiserver once about a token that is sent again and again', async () => {
    const token = await serviceAccountToken('prometheus');
    for (let scrapes = 0; scrapes < 5; scrapes++) assert.equal((await scrape(token)).status, 200);
    const { body } = await scrape(token);
    assert.match(body, /^motherload_api_requests_total\{method="POST",resource="tokenreviews",code="201"\} 2$/m);
  });

  it('refuses an account without that role, tokens that are not of this cluster, and requests without one', async () => {
    const other = await scrape(await serviceAccountToken('other'));
    assert.deepEqual(other, { status: 403, body: 'this account may not `get` the URL /metrics\n' });
    const known = await serviceAccountToken('prometheus');
    for (const token of ['nonsense', `${known.slice(0, -8)}AAAAAAAA`])
      assert.deepEqual(await scrape(token), { status: 401, body: 'the cluster does not know this token\n' });
    assert.equal((await scrape()).status, 401);
  });

  it('is not on the port of the probes, which need neither', async () => {
    assert.equal((await operator.ask('/healthz')).status, 200);
    const { status, text: body } = await operator.ask('/metrics');
    assert.deepEqual([status, body], [404, 'not found; the endpoints are /healthz, /readyz\n']);
    assert.equal((await scrape(undefined, '/healthz')).status, 404);
  });

  it('lets nobody read who cannot be checked, and says so in the log, without a token', async () => {
    const role = `${SYSTEM}:motherload-metrics-authentication`;
    await plane.kubectl(['delete', 'clusterrolebinding', role]);
    // An answer is remembered for a minute, so that each token is asked about once.
    const token = await eventually('the end of the right', 60, async () => {
      const another = await serviceAccountToken('prometheus');
      assert.equal((await scrape(another)).status, 503);
      return another;
    });
    const lines = operator.lines().filter(({ message }) => message === '/metrics cannot be served as it should');
    assert.match(String(lines.at(-1)?.['error']), /tokenreviews.*is forbidden/);
    assert(!JSON.stringify(operator.lines()).includes(token));
  });
});
