import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { jobName } from '../../crds/contract/names.ts';
import { ROOT } from '../bin/cli.ts';
import { madeUpRun } from '../bin/report/made-up-run.ts';
import { eventually } from './commands.ts';
import { PluginBed } from './kubectl-plugin.ts';
import { MIDDLE, runnerJob } from './run-in-the-middle.ts';
import { startSimulatedNodes } from './simulated-nodes.ts';

let bed: PluginBed;
before(async () => {
  bed = await PluginBed.start();
});
after(() => bed.stop());

describe('kubectl motherload', () => {
  it('says so where the cluster has no CRDs, with exit code 2', async () => {
    for (const parameters of [['status'], ['status', 'nightly'], ['retry', 'nightly'], ['report', 'nightly']]) {
      const { code, stdout, stderr } = await bed.motherload(...parameters);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^error: the cluster has no DumpIngestions: install the operator with its chart/);
    }
  });

  it('says what to do where kubectl, the cluster, a right or a name is missing', async () => {
    await bed.installCustomResources();
    const plugin = [process.execPath, join(ROOT, 'bin', 'kubectl-motherload.js'), 'status', 'nightly'];
    for (const [code, message, parameters, environment] of [
      [2, /kubectl is not found: install it/, [], { PATH: '/nowhere' }],
      [2, /there is no DumpIngestion nightly in the namespace default: kubectl get di -A/, [], {}],
      [2, /there is no DumpIngestion nightly in the namespace crm/, ['-n', 'crm'], {}],
      [2, /kubectl: .*nowhere/, ['--context', 'nowhere'], {}],
      [2, /User "stranger" cannot .*: ask whoever administers the cluster/, ['--kubeconfig', await bed.stranger()], {}],
      [1, /the cluster cannot be reached: /, [], { KUBECONFIG: '/nowhere' }],
    ] as const) {
      const { code: ended, stdout, stderr } = await bed.run([...plugin, ...parameters], environment);
      assert.deepEqual([ended, stdout], [code, ''], stderr);
      assert.match(stderr, message);
      assert.match(stderr, /^error: [^\n]*\n$/);
    }
  });

  it('shows a namespace without a DumpIngestion as such', async () => {
    const { code, stdout } = await bed.motherload('status');
    assert.deepEqual([code, stdout], [0, 'the namespace default has no DumpIngestion\n']);
  });
});

describe('kubectl motherload, of a run in the middle', () => {
  before(async () => {
    await startSimulatedNodes(bed.plane, {
      ...{ nodes: 1, result: '("")', milliseconds: 3_600_000 },
      logs: { default: ['{"progress":1}'] },
    });
    const uid = await bed.create('nightly', MIDDLE);
    const catalogue = jobName('nightly', `${uid}/2`, 'Catalogue');
    const items = [
      runnerJob('orders'),
      runnerJob('lines', { nodeSelector: { disk: 'fast' } }),
      runnerJob('stock', { nodeSelector: { disk: 'fast' } }),
      runnerJob(catalogue),
    ];
    await bed.plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await eventually('the pods', 180, async () => {
      const phases = await bed.plane.kubectl([
        'get',
        'pods',
        '-o',
        'jsonpath={.items[*].status.phase} {.items[*].status.conditions[0].reason}',
      ]);
      assert.equal(phases.match(/Running/g)?.length, 2);
      assert.equal(phases.match(/Unschedulable/g)?.length, 2);
    });
  });

  it('status shows run, catalogue, and tables with Job, pod, node and what keeps them', async () => {
    const { code, stdout, stderr } = await bed.motherload('status', 'nightly');
    assert.deepEqual([code, stderr], [0, '']);
    const pattern = String.raw`
default/nightly  Loading, 2/7 tables, 1 failed, 40 %, 12,000 rows, 2 rejects, 84\.2 MB/s, \S+
├─ run 2, spec\.trigger "again"
├─ catalogue: 7 tables in 1\.50 s
├─ running \(1\)
│  └─ v7_orders  30 %, 2,000 rows
│     └─ Job orders, pod orders-\w+ on simulated-0
├─ failed \(1\)
│  └─ v7_users  BadValue: crm_v7\.zip:users\.dat, line 3: fix the dump
│     └─ Job users
├─ with rejects \(1\)
│  └─ v7_bills  2 records left out
│     └─ line 9, column born: no such date \(Sql22008\)
├─ starting, or kept from it \(2\)
│  ├─ v7_lines  .*
│  │  ├─ Job lines, pod lines-\w+ on no node yet
│  │  └─ Unschedulable: 0/1 nodes are available: 1 node\(s\) did not match Pod node affinity
│  └─ v7_stock  .*
│     ├─ Job stock, pod stock-\w+ on no node yet
│     └─ Unschedulable: pod stock-\w+: 0/1 nodes are available: .*
└─ ended: 2 loaded, 1 unchanged
`;
    assert.match(stdout, new RegExp(`^${pattern.trim()}\n$`));
  });

  it('status without a name has a line for each DumpIngestion, of all namespaces with -A, and everything with -o json', async () => {
    assert.match((await bed.motherload('status')).stdout, /^nightly {2}Loading, 2\/7 tables, 1 failed, /);
    assert.match((await bed.motherload('status', '-A')).stdout, /^default\/nightly {2}Loading, /);
    const { stdout } = await bed.motherload('status', 'nightly', '-o', 'json');
    const objects = JSON.parse(stdout) as { tables: unknown[]; pods: unknown[] };
    assert.deepEqual([objects.tables.length, objects.pods.length], [7, 4]);
  });

  it('logs prints the log of a table by its version table, and of the catalogue', async () => {
    for (const parameters of [['v7_orders'], ['orders'], []]) {
      const { code, stdout, stderr } = await bed.motherload('logs', 'nightly', ...parameters);
      assert.deepEqual([code, stdout, stderr], [0, '{"progress":1}\n', '']);
    }
  });

  it('logs -f follows the log, and ends kubectl when it is stopped', async () => {
    const child = bed.start(['kubectl', 'motherload', 'logs', 'nightly', 'v7_orders', '-f']);
    const ended = once(child, 'close');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    assert.equal(line.toString(), '{"progress":1}\n');
    child.kill('SIGTERM');
    // The output is closed only when kubectl has ended, too.
    assert.deepEqual(await ended, [130, null]);
  });

  it('logs says why there is no log, and which tables a name could mean', async () => {
    for (const [parameters, message] of [
      [
        ['v7_users'],
        /the Job of v7_users \(users\) does not exist: it has not been created yet, or was deleted a while after its end/,
      ],
      [['v8_users'], /nightly has no table v8_users: kubectl get ti -l motherload\.dev\/ingestion=nightly/],
      [['bikes'], /nightly has 2 tables bikes: give the name of one of v[67]_bikes, v[67]_bikes\n/],
      [['--finish'], /the Job of the last step \(nightly-finish-\w+\) does not exist/],
      [['v7_orders', '--finish'], /'--finish' cannot be used with a table/],
    ] as const) {
      const { code, stderr } = await bed.motherload('logs', 'nightly', ...parameters);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  it('suspend and resume set spec.suspend, and say what that means now', async () => {
    const said = async (command: string) => (await bed.motherload(command, 'nightly')).stdout;
    assert.match(
      await said('suspend'),
      /^nightly is suspended: loads that run \(1\) continue to their end, the others \(2\) wait until kubectl motherload resume nightly\n$/,
    );
    assert.equal((await bed.spec('nightly'))['suspend'], true);
    assert.match(await said('suspend'), /suspended already: nothing was changed/);
    assert.equal(await said('resume'), 'nightly continues\n');
    assert.equal((await bed.spec('nightly'))['suspend'], false);
  });

  it('retry sets the trigger to the time, and says that it takes effect at the end of the run', async () => {
    const before = new Date().toISOString();
    const { code, stdout } = await bed.motherload('retry', 'nightly');
    assert.deepEqual(
      [code, stdout],
      [
        0,
        'nightly is under way; when this run has ended, the next one loads the table that failed, and those of dumps that have come since\n',
      ],
    );
    const { trigger, retryPolicy } = await bed.spec('nightly');
    assert.equal(retryPolicy, 'FailedTables');
    assert(String(trigger) >= before && String(trigger) <= new Date().toISOString());
    assert.match((await bed.motherload('status', 'nightly')).stdout, /next run: spec\.trigger is "2/);
  });

  it('retry --all drops loaded tables only with --yes', async () => {
    const ended = {
      ingestion: { phase: 'Complete', completionTime: '2026-03-01T03:00:00Z', tables: { total: 7 } },
      tables: [],
    } as const;
    await bed.create('recreated', ended, { motherTables: { policy: 'Recreate' } });
    const refused = await bed.motherload('retry', 'recreated', '--all');
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /with spec\.motherTables\.policy Recreate, a run of all tables drops what is loaded first: add --yes/,
    );
    assert.equal((await bed.spec('recreated'))['trigger'], undefined);
    const { stdout } = await bed.motherload('retry', 'recreated', '--all', '--yes');
    assert.equal(stdout, 'recreated runs again: it loads all 7 tables, and drops what is loaded first\n');
    assert.equal((await bed.spec('recreated'))['retryPolicy'], 'All');
  });

  it('report prints a summary, or writes a page, and refuses a file that cannot be written', async () => {
    const { stdout } = await bed.motherload('report', 'nightly');
    assert.match(stdout, /^nightly, run 2: Loading; 2\/7 tables, 12,000 rows/);
    const file = join(bed.folder, 'nightly.html');
    const { code, stdout: written } = await bed.motherload('report', 'nightly', '--html', file);
    assert.deepEqual([code, written], [0, `the report of nightly is in ${file}\n`]);
    assert.match(readFileSync(file, 'utf8'), /<bdi class="name">v7_users<\/bdi>/);
    const refused = await bed.motherload('report', 'nightly', '--html', '/nowhere/x.html');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /the report cannot be written .*: choose another file/);
  });

  it('status of many tables is a few lines', async () => {
    await bed.create('large', madeUpRun(500));
    const { code, stdout } = await bed.motherload('status', 'large');
    assert.equal(code, 0);
    assert(stdout.split('\n').length < 60, stdout);
    const failed = await bed.motherload('status', 'large', '--all');
    assert.equal(failed.stdout.match(/BadValue/g)?.length, (await bed.status('large')).tables?.failed);
  });
});
