import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import type { DumpIngestionStatus, TableIngestionStatus } from '../../crds/contract/generated.ts';
import { exampleDumps } from '../../examples/generate-dumps.ts';
import { zipDump } from '../../examples/generator/dump.ts';
import { startCluster, stopCluster, TEST_FOLDER, type Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { startDatabase, stopDatabase } from './database.ts';
import { offerDumps } from './dumps.ts';
import { buildProjectImage, importImage } from './images.ts';
import { OPERATOR_NAMESPACE, prepareOperator, startOperator, type OperatorProcess } from './operator-process.ts';

const FOLDER = TEST_FOLDER;
const root = join(import.meta.dirname, '..', '..');
const quickstart = readFileSync(join(root, 'examples', 'quickstart.yaml'), 'utf8');
/** The rows of the example dumps by version table, as `make demo` loads them. */
const EXAMPLE_ROWS = Object.fromEntries(
  exampleDumps()
    .flatMap(({ file, tables }) =>
      tables.map(({ name, rows }) => [`${/_(\w+)\.zip$/.exec(file)?.[1] ?? ''}_${name}`, rows.length] as const),
    )
    .toSorted(([one], [other]) => (one < other ? -1 : 1)),
);

const ALL_ROWS = Object.values(EXAMPLE_ROWS).reduce((sum, rows) => sum + rows, 0);
/** Those of the two dumps that most tests are content with. */
const SOME_ROWS = Object.fromEntries(Object.entries(EXAMPLE_ROWS).filter(([name]) => /^v[12]_/.test(name)));

let cluster: Cluster;
let kubeconfig: string;
let image: string;
let operator: OperatorProcess;

before(async () => {
  cluster = await startCluster(FOLDER);
  image = await buildProjectImage(FOLDER, 'runner');
  await importImage(FOLDER, image);
  kubeconfig = await prepareOperator(cluster);
  const dumps = join(FOLDER, 'example-dumps');
  cpSync(join(root, 'examples', 'dumps'), dumps, { recursive: true });
  operator = await start('first');
});
after(async () => {
  await operator.stop('SIGKILL');
  await stopCluster(FOLDER);
});

function start(name: string): Promise<OperatorProcess> {
  return startOperator(cluster, kubeconfig, name, settings());
}

/** Runner pods ask for little, so that the test's machine has room for them. */
function settings(): Record<string, string> {
  return {
    MOTHERLOAD_RUNNER_IMAGE: image,
    MOTHERLOAD_RUNNER_IMAGE_PULL_POLICY: 'Never',
    MOTHERLOAD_JOB_TEMPLATE: '{resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 512Mi}}}',
  };
}

interface Tenant {
  readonly namespace: string;
  kubectl(...parameters: string[]): Promise<string>;
  apply(manifest: string): Promise<void>;
  status(name?: string): Promise<DumpIngestionStatus>;
  tables(name?: string): Promise<{ name: string; spec: { table: string; versionTable?: string }; status: TableIngestionStatus }[]>;
  /** Waits until the DumpIngestion has ended, and gives its status. */
  ended(name?: string, seconds?: number): Promise<DumpIngestionStatus>;
}

/** A namespace that only lets restricted pods in, with the example dumps and the database's Secret; `schema` names what it loads into. */
async function makeTenant(namespace: string, { secret = true, folder = 'example-dumps' } = {}): Promise<Tenant> {
  const metadata = { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }));
  await offerDumps(cluster, namespace, 'dumps', join(FOLDER, folder));
  const kubectl = (...parameters: string[]) => cluster.kubectl(['-n', namespace, ...parameters]);
  if (secret) await makeSecret(namespace);
  const status = async (name = 'quickstart') =>
    (JSON.parse(await kubectl('get', 'di', name, '-o', 'json')) as { status?: DumpIngestionStatus }).status ?? {};
  return {
    namespace,
    kubectl,
    status,
    apply: async (manifest) => {
      await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], manifest);
    },
    tables: async (name = 'quickstart') => {
      const text = await kubectl('get', 'ti', '-l', `motherload.dev/ingestion=${name}`, '-o', 'json');
      const { items } = JSON.parse(text) as {
        items: { metadata: { name: string }; spec: { table: string }; status?: TableIngestionStatus }[];
      };
      return items.map(({ metadata: { name: table }, spec, status: one = {} }) => ({ name: table, spec, status: one }));
    },
    ended: (name = 'quickstart', seconds = 120) =>
      eventually(`the end of ${namespace}/${name}`, seconds, async () => {
        const now = await status(name);
        if (now.phase !== 'Complete' && now.phase !== 'Failed') throw new Error(JSON.stringify(now, null, 1));
        return now;
      }),
  };
}

async function makeSecret(namespace: string): Promise<void> {
  const uri = `uri=${cluster.database.podUri}`;
  await cluster.kubectl(['-n', namespace, 'create', 'secret', 'generic', 'motherload-database', `--from-literal=${uri}`]);
}

/** The quickstart manifest for fewer dumps and a schema of its own, since all tenants have the one database. */
function manifest(schema: string, more: Readonly<Record<string, string>> = {}): string {
  const replaced = Object.entries({
    'schema: velo': `schema: ${schema}\n    ledgerSchema: ${schema}_ledger`,
    "include: ['**/*.zip']": "include: ['velo_v[129].zip']",
    ...more,
  });
  return replaced.reduce((text, [from, to]) => {
    assert(text.includes(from), `examples/quickstart.yaml has no "${from}"`);
    return text.replace(from, to);
  }, quickstart);
}

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client(cluster.database.ownerUri);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Rows by version table, counted in PostgreSQL. */
async function rowsIn(schema: string): Promise<Record<string, number>> {
  const children = await query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = '${schema}' ORDER BY 1`,
  );
  const counts = children.map(async ({ name }) => {
    const [row] = await query<{ count: string }>(`SELECT count(*) FROM "${schema}"."${name}"`);
    return [name, Number(row?.count)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

const conditionOf = ({ conditions = [] }: DumpIngestionStatus, type: string) => conditions.find((one) => one.type === type);

describe('the operator in a cluster', () => {
  it('loads the example dumps after kubectl apply, and tells it in status, conditions, TableIngestions, Events and metrics', async () => {
    const tenant = await makeTenant('quickstart');
    await tenant.kubectl('apply', '-f', join(root, 'examples', 'quickstart.yaml'));
    await tenant.kubectl('wait', '--for=condition=Complete', 'di/quickstart', '--timeout=120s');
    assert.deepEqual(await rowsIn('velo'), EXAMPLE_ROWS);
    const status = await tenant.status();
    assert.deepEqual([status.phase, status.rows, status.percent, status.tables?.summary], ['Complete', ALL_ROWS, 100, '20/20']);
    assert.equal(conditionOf(status, 'Catalogued')?.status, 'True');
    const tables = await tenant.tables();
    assert.deepEqual(Object.fromEntries(tables.map(({ spec, status: { rows } }) => [spec.versionTable, rows]).sort()), EXAMPLE_ROWS);
    assert(tables.every((table) => table.status.phase === 'Loaded' && table.status.attempts === 1 && table.status.jobName !== undefined));
    const story = await tenant.kubectl('describe', 'di', 'quickstart');
    for (const reason of ['Cataloguing', 'Catalogued', 'Loading', 'Finishing', 'AllTablesLoaded']) assert.match(story, new RegExp(reason));
    const { text } = await operator.ask('/metrics');
    assert.match(text, /^motherload_tables\{phase="Loaded"\} 20$/m);
    assert.match(text, /^motherload_job_duration_seconds_count\{task="load",result="succeeded"\} 20$/m);
    assert.match(text, /^motherload_loaded_rows\{namespace="quickstart",ingestion="quickstart"\} \d+$/m);
    assert.match(text, /^motherload_leader 1$/m);
  });

  it('does nothing when the same manifest is applied again, and finds all tables loaded when it is deleted and applied again', async () => {
    const tenant = await makeTenant('again');
    await tenant.apply(manifest('again'));
    const first = await tenant.ended();
    await tenant.apply(manifest('again'));
    assert.deepEqual(await tenant.status(), first);
    await tenant.kubectl('delete', 'di', 'quickstart', '--wait');
    await tenant.apply(manifest('again'));
    const second = await tenant.ended();
    assert.deepEqual([second.phase, second.tables?.alreadyLoaded], ['Complete', Object.keys(SOME_ROWS).length]);
    assert.deepEqual(await rowsIn('again'), SOME_ROWS);
  });

  it('tells which table failed, where and why, while the others are loaded', async () => {
    const folder = join(FOLDER, 'bad-dumps');
    cpSync(join(root, 'examples', 'dumps', 'velo_v1.zip'), join(folder, 'velo_v1.zip'));
    const columns = [{ name: 'member_id', type: 'varchar' }];
    const bad = await zipDump({
      file: 'velo_v9.zip',
      tables: [{ name: 'members', columns, rows: [{ member_id: '1' }, { member_id: 'one' }] }],
    });
    writeFileSync(join(folder, 'velo_v9.zip'), bad);
    const tenant = await makeTenant('failing', { folder: 'bad-dumps' });
    await tenant.apply(manifest('failing'));
    const status = await tenant.ended();
    assert.equal(status.phase, 'Failed');
    const [failure] = status.failures ?? [];
    assert.deepEqual([failure?.kind, failure?.table, failure?.line, status.failures?.length], ['Data', 'members', 3, 1]);
    const failed = (await tenant.tables()).filter((table) => table.status.phase === 'Failed');
    assert.deepEqual(
      failed.map(({ spec, status: { attempts } }) => [spec.versionTable, attempts]),
      [['v9_members', 1]],
    );
    const expected = Object.entries(EXAMPLE_ROWS).filter(([name]) => name.startsWith('v1_'));
    assert.deepEqual(await rowsIn('failing'), Object.fromEntries(expected));
    assert.match(await tenant.kubectl('get', 'events'), /TableFailed.*members/);
  });

  it('starts no new load while it is suspended, and goes on afterwards', async () => {
    const tenant = await makeTenant('suspended');
    await tenant.apply(manifest('suspended'));
    await eventually('the first table', 60, async () => assert((await tenant.tables()).some(({ status }) => status.phase === 'Loaded')));
    await tenant.kubectl('patch', 'di', 'quickstart', '--type=merge', '-p', '{"spec":{"suspend":true}}');
    const status = await eventually('the last running load', 60, async () => {
      const now = await tenant.status();
      assert.deepEqual([now.phase, now.tables?.running], ['Suspended', 0]);
      return now;
    });
    assert.equal(conditionOf(status, 'Suspended')?.status, 'True');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = Object.keys(await rowsIn('suspended')).length;
    assert(before < Object.keys(SOME_ROWS).length);
    assert.equal((await tenant.status()).tables?.loaded, before);
    await tenant.kubectl('patch', 'di', 'quickstart', '--type=merge', '-p', '{"spec":{"suspend":false}}');
    assert.equal((await tenant.ended()).phase, 'Complete');
    assert.deepEqual(await rowsIn('suspended'), SOME_ROWS);
  });

  it('goes on where it was when the operator is killed in the middle', async () => {
    const tenant = await makeTenant('killed');
    await tenant.apply(manifest('killed'));
    await eventually('the first table', 60, async () => assert((await tenant.tables()).some(({ status }) => status.phase === 'Loaded')));
    await operator.stop('SIGKILL');
    operator = await start('second');
    const status = await tenant.ended();
    assert.deepEqual([status.phase, status.rows], ['Complete', Object.values(SOME_ROWS).reduce((sum, rows) => sum + rows)]);
    assert.deepEqual(await rowsIn('killed'), SOME_ROWS);
    assert((await tenant.tables()).every(({ status: { phase, attempts } }) => phase === 'Loaded' && attempts === 1));
  });

  it('stops running Jobs and leaves loaded tables when the DumpIngestion is deleted in the middle', async () => {
    const tenant = await makeTenant('deleted');
    await tenant.apply(manifest('deleted'));
    await eventually('the first table', 60, async () => assert((await tenant.tables()).some(({ status }) => status.phase === 'Loaded')));
    await tenant.kubectl('delete', 'di', 'quickstart');
    await eventually('the end of all Jobs and pods', 60, async () => {
      assert.equal(await tenant.kubectl('get', 'jobs,pods,ti', '-o', 'name'), '');
    });
    const loaded = await rowsIn('deleted');
    assert(Object.keys(loaded).length > 0);
    for (const [table, rows] of Object.entries(loaded)) assert.equal(rows, SOME_ROWS[table], table);
  });

  it('says within seconds that the Secret is missing, and goes on by itself when it is there', async () => {
    const tenant = await makeTenant('waiting', { secret: false });
    await tenant.apply(manifest('waiting'));
    const stuck = await eventually('the condition', 20, async () => {
      const condition = conditionOf(await tenant.status(), 'Progressing');
      assert.deepEqual([condition?.status, condition?.reason], ['False', 'CreateContainerConfigError']);
      return condition;
    });
    assert.match(stuck?.message ?? '', /secret "motherload-database" not found/);
    await makeSecret('waiting');
    assert.equal((await tenant.ended()).phase, 'Complete');
    assert.deepEqual(await rowsIn('waiting'), SOME_ROWS);
  });

  it('says within seconds that the claim is missing, and that a quota leaves no room', async () => {
    const tenant = await makeTenant('without-claim');
    await tenant.apply(manifest('without_claim', { 'claimName: dumps': 'claimName: nowhere' }));
    await eventually('the condition', 20, async () => {
      const condition = conditionOf(await tenant.status(), 'Progressing');
      assert.equal(condition?.reason, 'Unschedulable');
      assert.match(condition.message, /persistentvolumeclaim "nowhere" not found/);
    });
    const full = await makeTenant('without-room');
    await full.kubectl('create', 'quota', 'none', '--hard=pods=0');
    await full.apply(manifest('without_room'));
    await eventually('the condition', 20, async () => {
      const condition = conditionOf(await full.status(), 'Progressing');
      assert.equal(condition?.reason, 'QuotaExceeded');
    });
    await full.kubectl('delete', 'quota', 'none');
    assert.equal((await full.ended()).phase, 'Complete');
  });

  it('refuses a folder of the node unless it is allowed, and says so', async () => {
    const tenant = await makeTenant('host-path');
    const hostPath = { 'persistentVolumeClaim:': 'hostPath:', 'claimName: dumps': 'path: /etc' };
    await tenant.apply(manifest('host_path', hostPath));
    await eventually('the condition', 10, async () => {
      assert.equal(conditionOf(await tenant.status(), 'Progressing')?.reason, 'HostPathNotAllowed');
    });
    assert.equal(await tenant.kubectl('get', 'jobs', '-o', 'name'), '');
  });

  const disturbances: readonly [string, () => Promise<void>][] = [
    [
      'the apiserver is killed',
      async () => {
        await cluster.processes.stop('kube-apiserver', 'SIGKILL');
        cluster.processes.startAgain('kube-apiserver');
        await cluster.ready();
      },
    ],
    [
      'PostgreSQL is restarted',
      async () => {
        await stopDatabase(cluster.processes);
        await startDatabase(cluster);
      },
    ],
    [
      'all runner pods are killed',
      async () => {
        const pods = ['pods', '--all-namespaces', '--selector=motherload.dev/task=Load', '--field-selector=status.phase=Running'];
        await eventually('a running load', 30, async () => {
          assert.match(await cluster.kubectl(['delete', ...pods, '--grace-period=0', '--force']), /deleted/);
        });
      },
    ],
  ];
  for (const [index, [what, disturb]] of disturbances.entries()) {
    it(`ends with exactly the right rows when ${what} in the middle`, async () => {
      const schema = `disturbed-${index}`;
      const tenant = await makeTenant(schema);
      await tenant.apply(manifest(schema));
      await eventually('the first table', 60, async () => assert((await tenant.tables()).some(({ status }) => status.phase === 'Loaded')));
      await disturb();
      const status = await tenant.ended('quickstart', 180);
      assert.deepEqual([status.phase, status.failures], ['Complete', undefined]);
      assert.deepEqual(await rowsIn(schema), SOME_ROWS);
    });
  }

  it('loads two DumpIngestions at once into the same mothers', async () => {
    const tenant = await makeTenant('together');
    for (const version of ['v1', 'v2']) {
      const include = { "include: ['**/*.zip']": `include: ['velo_${version}.zip']`, 'name: quickstart': `name: ${version}` };
      await tenant.apply(manifest('together', include));
    }
    for (const version of ['v1', 'v2']) assert.equal((await tenant.ended(version)).phase, 'Complete');
    assert.deepEqual(await rowsIn('together'), SOME_ROWS);
  });

  it('ends with 0 after SIGTERM and gives up the Lease, so that another replica acts at once', async () => {
    const other = await start('third');
    assert.match((await other.ask('/metrics')).text, /^motherload_leader 0$/m);
    assert.equal(await operator.stop(), 0);
    operator = other;
    await eventually('the takeover', 5, async () => assert.match((await operator.ask('/metrics')).text, /^motherload_leader 1$/m));
  });

  it('does the same as a restricted pod of its own image, and ends at once when the pod is deleted', async () => {
    await operator.stop();
    const own = await buildProjectImage(FOLDER, 'operator');
    await importImage(FOLDER, own);
    const inSystem = ['-n', OPERATOR_NAMESPACE];
    await cluster.kubectl([...inSystem, 'label', 'namespace', OPERATOR_NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(operatorPod(own)));
    await cluster.kubectl([...inSystem, 'wait', '--for=condition=Ready', 'pod/operator', '--timeout=60s']);
    const tenant = await makeTenant('by-pod');
    await tenant.apply(manifest('by_pod'));
    assert.equal((await tenant.ended()).phase, 'Complete');
    assert.deepEqual(await rowsIn('by_pod'), SOME_ROWS);
    const log = await cluster.kubectl([...inSystem, 'logs', 'operator']);
    for (const line of log.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line) as unknown, line);
    assert.match(log, /"ingestion":"quickstart".*"namespace":"by-pod"/);
    const began = Date.now();
    await cluster.kubectl([...inSystem, 'delete', 'pod', 'operator', '--wait']);
    assert(Date.now() - began < 15_000);
    operator = await start('fourth');
  });
});

/** The operator as its chart runs it, for one namespace. */
function operatorPod(own: string): object {
  const env = { ...settings(), MOTHERLOAD_NAMESPACES: 'by-pod', MOTHERLOAD_PORT: '8080', POD_NAMESPACE: OPERATOR_NAMESPACE };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'operator', namespace: OPERATOR_NAMESPACE },
    spec: {
      serviceAccountName: 'operator',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'operator',
          image: own,
          imagePullPolicy: 'Never',
          env: Object.entries(env).map(([name, value]) => ({ name, value })),
          readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
          livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}
