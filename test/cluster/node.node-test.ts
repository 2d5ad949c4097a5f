import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { EXIT_CODES } from '../../crds/contract/errors.ts';
import { startCluster, stopCluster, type Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { startDatabase, stopDatabase } from './database.ts';
import { offerDumps } from './dumps.ts';
import { buildProjectImage, importImage } from './images.ts';
import { removeLeftovers, startTestCluster, stopTestCluster, TEST_FOLDER } from './test-cluster.ts';
import { readTraces, type Traces } from './traces.ts';

const FOLDER = TEST_FOLDER;
const NAMESPACE = 'tenant';
const examples = join(import.meta.dirname, '..', '..', 'examples');
let earlier: Traces;
let cluster: Cluster;
let image: string;

before(async () => {
  await removeLeftovers();
  earlier = await readTraces(FOLDER);
  cluster = await startTestCluster();
  image = await buildProjectImage(FOLDER, 'runner');
  await importImage(FOLDER, image);
  await apply({
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
});
after(stopTestCluster);

const apply = (resource: Record<string, unknown>) =>
  cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', ...resource }));

/** A pod that meets the restricted standard and runs a script in the runner's image. */
function podSpec(
  script: string,
  more: Record<string, unknown> = {},
  container: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'runner',
        image,
        imagePullPolicy: 'Never',
        command: ['node', '--input-type=module', '--eval', script],
        workingDir: '/app',
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        ...container,
      },
    ],
    ...more,
  };
}

/** Runs the script as a Job, and returns its output and its termination message. */
async function runJob(name: string, spec: Record<string, unknown>): Promise<{ log: string; result: string }> {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: NAMESPACE },
    spec: { backoffLimit: 0, template: { spec } },
  };
  await apply(job);
  const inNamespace = ['-n', NAMESPACE];
  await cluster.kubectl([
    ...inNamespace,
    'wait',
    `job/${name}`,
    '--for=jsonpath={.status.conditions[*].type}',
    '--timeout=300s',
  ]);
  const log = await cluster.kubectl([...inNamespace, 'logs', `job/${name}`]);
  const path = '{.items[0].status.containerStatuses[0].state.terminated.message}';
  const result = await cluster.kubectl([
    ...inNamespace,
    'get',
    'pods',
    '-l',
    `job-name=${name}`,
    '-o',
    `jsonpath=${path}`,
  ]);
  return { log, result };
}

describe('the node', () => {
  it('runs the runner image as a restricted pod: not as root, without a token, writing only the termination log', async () => {
    const script = `
      import { existsSync, writeFileSync } from 'node:fs';
      const attempt = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
      writeFileSync('/dev/termination-log', JSON.stringify({ rows: 3 }));
      const token = existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token');
      console.log(JSON.stringify({ user: process.getuid(), token, app: attempt('/app/x'), temporary: attempt('/tmp/x') }));`;
    const { log, result } = await runJob('restricted', podSpec(script));
    assert.deepEqual(JSON.parse(log), { user: 65532, token: false, app: 'EROFS', temporary: 'EROFS' });
    assert.equal(result, '{"rows":3}');
  });

  it("has no programs but Node and GnuPG in the runner's image: no shell, no package manager", async () => {
    const script = `
      import { accessSync, constants, readdirSync, statSync } from 'node:fs';
      const executable = (path) => { try { accessSync(path, constants.X_OK); return statSync(path).isFile(); } catch { return false; } };
      const folders = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
      const files = folders.flatMap((folder) => { try { return readdirSync(folder).map((name) => folder + '/' + name); } catch { return []; } });
      console.log(files.filter(executable).map((file) => file.split('/').at(-1)).join(' '));`;
    const { log } = await runJob('programs', podSpec(script));
    assert.deepEqual(log.trim().split(' ').sort(), ['gpg', 'gpg-agent', 'gpg-connect-agent', 'gpgconf', 'node']);
  });

  it("starts the runner with the image's entrypoint, which fails with the exit code for a wrong manifest if it has no task", async () => {
    await runJob('entrypoint', podSpec('', {}, { command: undefined }));
    const path = '{.items[0].status.containerStatuses[0].state.terminated.exitCode}';
    const code = await cluster.kubectl([
      '-n',
      NAMESPACE,
      'get',
      'pods',
      '-l',
      'job-name=entrypoint',
      '-o',
      `jsonpath=${path}`,
    ]);
    assert.equal(Number(code), EXIT_CODES.Manifest);
  });

  it('lets a pod read the dumps of a claim and write to PostgreSQL at its name', async () => {
    const dumps = join(FOLDER, 'dumps');
    mkdirSync(dumps);
    writeFileSync(join(dumps, 'crm_v1.zip'), 'a dump');
    chmodSync(join(dumps, 'crm_v1.zip'), 0o644);
    await offerDumps(cluster, NAMESPACE, 'dumps', dumps);
    const uri = cluster.database.podUri;
    await apply({ kind: 'Secret', metadata: { name: 'database', namespace: NAMESPACE }, stringData: { uri } });
    const script = `
      import { readFileSync } from 'node:fs';
      import pg from 'pg';
      const client = new pg.Client(process.env.URI);
      await client.connect();
      await client.query('CREATE TABLE public.seen AS SELECT $1::text AS content', [readFileSync('/dumps/crm_v1.zip', 'utf8')]);
      await client.end();`;
    const volumes = [{ name: 'dumps', persistentVolumeClaim: { claimName: 'dumps', readOnly: true } }];
    const container = {
      env: [{ name: 'URI', valueFrom: { secretKeyRef: { name: 'database', key: 'uri' } } }],
      volumeMounts: [{ name: 'dumps', mountPath: '/dumps', readOnly: true }],
    };
    await runJob('loading', podSpec(script, { volumes }, container));
    const client = new pg.Client(cluster.database.ownerUri);
    await client.connect();
    const { rows } = await client.query<{ content: string }>('SELECT content FROM public.seen');
    await client.end();
    assert.deepEqual(rows, [{ content: 'a dump' }]);
  });

  it('loads the example dumps with the image of the command line, as compose.yaml does', async () => {
    const commandLine = await buildProjectImage(FOLDER, 'cli');
    await importImage(FOLDER, commandLine);
    const dumps = join(FOLDER, 'example-dumps');
    cpSync(join(examples, 'dumps'), dumps, { recursive: true });
    await offerDumps(cluster, NAMESPACE, 'example-dumps', dumps);
    const manifest = readFileSync(join(examples, 'quickstart.yaml'), 'utf8');
    await apply({ kind: 'ConfigMap', metadata: { name: 'example', namespace: NAMESPACE }, data: { manifest } });
    const volumes = [
      { name: 'dumps', persistentVolumeClaim: { claimName: 'example-dumps', readOnly: true } },
      { name: 'example', configMap: { name: 'example' } },
      { name: 'tmp', emptyDir: {} },
    ];
    const container = {
      image: commandLine,
      command: undefined,
      args: ['run', '-f', '/example/manifest', '--dumps', '/dumps'],
      env: [{ name: 'MOTHERLOAD_DATABASE_URI', valueFrom: { secretKeyRef: { name: 'database', key: 'uri' } } }],
      volumeMounts: [
        { name: 'dumps', mountPath: '/dumps', readOnly: true },
        { name: 'example', mountPath: '/example', readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    };
    const { log } = await runJob('command-line', podSpec('', { volumes }, container));
    assert.match(log, /quickstart complete: tables: 20 loaded; 78,494 rows/);
  });

  it('lets a pod with a service account send requests to the apiserver at the name of its Service', async () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { request } from 'node:https';
      const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
      const headers = { authorization: 'Bearer ' + readFileSync(folder + 'token', 'utf8') };
      const question = request('https://kubernetes.default.svc/version', { headers, ca: readFileSync(folder + 'ca.crt') }, (answer) => answer.pipe(process.stdout));
      question.end();`;
    const { log } = await runJob('asking', podSpec(script, { automountServiceAccountToken: true }));
    assert.match(log, /"gitVersion": "v1\.36\./);
  });

  it('lets a pod send requests to another pod at the name of a Service', async () => {
    const script = `import { createServer } from 'node:http'; createServer((_, answer) => answer.end('hello')).listen(8080); process.on('SIGTERM', () => process.exit());`;
    const metadata = { name: 'greeter', namespace: NAMESPACE, labels: { app: 'greeter' } };
    await apply({ kind: 'Pod', metadata, spec: podSpec(script) });
    await apply({
      kind: 'Service',
      metadata,
      spec: { selector: metadata.labels, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await cluster.kubectl(['-n', NAMESPACE, 'wait', 'pod/greeter', '--for=condition=Ready', '--timeout=300s']);
    const asking = `
      const end = Date.now() + 120000;
      for (;;) {
        try { console.log(await (await fetch('http://greeter')).text()); break; }
        catch (error) { if (Date.now() > end) throw error; await new Promise((resolve) => setTimeout(resolve, 200)); }
      }`;
    const { log } = await runJob('greeted', podSpec(asking));
    assert.equal(log, 'hello\n');
  });

  it('gets no pod that the restricted standard forbids', async () => {
    const spec = { ...podSpec(''), securityContext: {} };
    const pod = { kind: 'Pod', metadata: { name: 'careless', namespace: NAMESPACE }, spec };
    await assert.rejects(apply(pod), /violates PodSecurity "restricted/);
  });

  it('becomes ready again after the apiserver was killed', async () => {
    await cluster.processes.stop('kube-apiserver', 'SIGKILL');
    cluster.processes.startAgain('kube-apiserver');
    await cluster.ready();
    const { log } = await runJob('afterwards', podSpec(`console.log('still here')`));
    assert.equal(log, 'still here\n');
  });
});

describe('the database', () => {
  it('has its data after a restart', async () => {
    await stopDatabase(cluster.processes);
    await startDatabase(cluster);
    const script = `
      import pg from 'pg';
      const client = new pg.Client(process.env.URI);
      await client.connect();
      console.log((await client.query('SELECT content FROM public.seen')).rows[0].content);
      await client.end();`;
    const env = [{ name: 'URI', valueFrom: { secretKeyRef: { name: 'database', key: 'uri' } } }];
    const { log } = await runJob('once-more', podSpec(script, {}, { env }));
    assert.equal(log, 'a dump\n');
  });
});

describe('the test bed', () => {
  it('does not change what is already running', async () => {
    const pids = () => cluster.processes.names().map((name) => [name, cluster.processes.pid(name)]);
    const first = pids();
    await startCluster(FOLDER);
    assert.deepEqual(pids(), first);
  });

  it('leaves nothing behind', async () => {
    await stopCluster(FOLDER);
    // The kernel needs a moment to remove an unused network.
    await eventually('the end of all traces', 60, async () => assert.deepEqual(await readTraces(FOLDER), earlier));
  });
});
