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
import { RestrictedJobs } from './restricted-jobs.ts';
import { removeLeftovers, startTestCluster, stopTestCluster, TEST_FOLDER } from './test-cluster.ts';
import { readTraces, type Traces } from './traces.ts';

const FOLDER = TEST_FOLDER;
const NAMESPACE = 'tenant';
const examples = join(import.meta.dirname, '..', '..', 'examples');
let earlier: Traces;
let cluster: Cluster;
let jobs: RestrictedJobs;

before(async () => {
  await removeLeftovers();
  earlier = await readTraces(FOLDER);
  cluster = await startTestCluster();
  const image = await buildProjectImage(FOLDER, 'runner');
  await importImage(FOLDER, image);
  jobs = await RestrictedJobs.create(cluster, NAMESPACE, image);
});
after(stopTestCluster);

describe('the node', () => {
  it('runs the runner image as a restricted pod: not as root, without a token, writing only the termination log', async () => {
    const script = `
      import { existsSync, writeFileSync } from 'node:fs';
      const attempt = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
      writeFileSync('/dev/termination-log', JSON.stringify({ rows: 3 }));
      const token = existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token');
      console.log(JSON.stringify({ user: process.getuid(), token, app: attempt('/app/x'), temporary: attempt('/tmp/x') }));`;
    const { log, result } = await jobs.run('restricted', jobs.podSpec(script));
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
    const { log } = await jobs.run('programs', jobs.podSpec(script));
    assert.deepEqual(log.trim().split(' ').sort(), ['gpg', 'gpg-agent', 'gpg-connect-agent', 'gpgconf', 'node']);
  });

  it("starts the runner with the image's entrypoint, which fails with the exit code for a wrong manifest if it has no task", async () => {
    await jobs.run('entrypoint', jobs.podSpec('', {}, { command: undefined }));
    const code = await jobs.terminated('entrypoint', 'exitCode');
    assert.equal(Number(code), EXIT_CODES.Manifest);
  });

  it('lets a pod read the dumps of a claim and write to PostgreSQL at its name', async () => {
    const dumps = join(FOLDER, 'dumps');
    mkdirSync(dumps);
    writeFileSync(join(dumps, 'crm_v1.zip'), 'a dump');
    chmodSync(join(dumps, 'crm_v1.zip'), 0o644);
    await offerDumps(cluster, NAMESPACE, 'dumps', dumps);
    const uri = cluster.database.podUri;
    await jobs.apply({ kind: 'Secret', metadata: { name: 'database', namespace: NAMESPACE }, stringData: { uri } });
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
    await jobs.run('loading', jobs.podSpec(script, { volumes }, container));
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
    await jobs.apply({ kind: 'ConfigMap', metadata: { name: 'example', namespace: NAMESPACE }, data: { manifest } });
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
    const { log } = await jobs.run('command-line', jobs.podSpec('', { volumes }, container));
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
    const { log } = await jobs.run('asking', jobs.podSpec(script, { automountServiceAccountToken: true }));
    assert.match(log, /"gitVersion": "v1\.36\./);
  });

  it('lets a pod send requests to another pod at the name of a Service', async () => {
    const script = `import { createServer } from 'node:http'; createServer((_, answer) => answer.end('hello')).listen(8080); process.on('SIGTERM', () => process.exit());`;
    const metadata = { name: 'greeter', namespace: NAMESPACE, labels: { app: 'greeter' } };
    await jobs.apply({ kind: 'Pod', metadata, spec: jobs.podSpec(script) });
    await jobs.apply({
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
    const { log } = await jobs.run('greeted', jobs.podSpec(asking));
    assert.equal(log, 'hello\n');
  });

  it('gets no pod that the restricted standard forbids', async () => {
    const spec = { ...jobs.podSpec(''), securityContext: {} };
    const pod = { kind: 'Pod', metadata: { name: 'careless', namespace: NAMESPACE }, spec };
    await assert.rejects(jobs.apply(pod), /violates PodSecurity "restricted/);
  });

  it('becomes ready again after the apiserver was killed', async () => {
    await cluster.processes.stop('kube-apiserver', 'SIGKILL');
    cluster.processes.startAgain('kube-apiserver');
    await cluster.ready();
    const { log } = await jobs.run('afterwards', jobs.podSpec(`console.log('still here')`));
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
    const { log } = await jobs.run('once-more', jobs.podSpec(script, {}, { env }));
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
