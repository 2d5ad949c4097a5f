import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readManifests } from '../../../crds/contract/manifest.ts';
import type { Log } from '../../../crds/contract/log.ts';
import { FULL_TEMPLATE } from '../../crds/contract/full-template.ts';
import { entry } from '../fixtures.ts';
import { isAlive, until } from './processes.ts';
import { RUNNER, scene, tableOf } from './scene.ts';

describe('a local run', () => {
  it('creates the catalogue, loads every table, finishes the mothers, and completes', async () => {
    const { run, journal } = scene([
      entry('users'),
      entry('courses'),
      entry('notes', { decision: 'Skip', reason: 'NoMother' }),
    ]);
    const view = await run();
    assert.equal(view.ingestion.phase, 'Complete');
    assert.equal(view.ingestion.tables?.summary, '2/2');
    assert.equal(view.ingestion.tables.skipped, 1);
    assert.equal(view.ingestion.rows, 20);
    assert.equal(view.ingestion.percent, 100);
    assert.equal(view.ingestion.catalogueSeconds, 0.5);
    const subjects = journal().map((line) => line.split(' ')[0]);
    assert.equal(subjects[0], 'Catalogue');
    assert.equal(subjects.at(-1), 'Finish');
  });

  it('accepts a manifest written for a cluster, and ignores its fields for pods, queues and TTL', async () => {
    const [forCluster] = readManifests([{ name: 'full.yaml', text: FULL_TEMPLATE }]).ingestions;
    assert(forCluster);
    const view = await scene([entry('users')]).run({ manifest: forCluster });
    assert.equal(view.ingestion.phase, 'Complete');
    assert.equal(tableOf(view, 'users').phase, 'Loaded');
  });

  it("fails a table without a retry on data or manifest errors, with the runner's failure, and loads the others", async () => {
    const { run, journal } = scene([entry('bad_data'), entry('bad_manifest'), entry('users')]);
    const view = await run();
    assert.equal(view.ingestion.phase, 'Failed');
    assert.equal(tableOf(view, 'bad_data').failure?.code, 'BadRow');
    assert.equal(tableOf(view, 'bad_data').attempts, 1);
    assert.equal(tableOf(view, 'bad_manifest').failure?.kind, 'Manifest');
    assert.equal(tableOf(view, 'users').phase, 'Loaded');
    assert.equal(journal().filter((line) => line.startsWith('bad_data ')).length, 1);
  });

  it('retries after a runner was killed, and counts the attempts', async () => {
    const { run } = scene([entry('killed_twice')]);
    const view = await run();
    assert.equal(view.ingestion.phase, 'Complete');
    assert.equal(tableOf(view, 'killed_twice').attempts, 3);
  });

  it('gives up after spec.retry.limit retries and keeps the failure of the last attempt', async () => {
    const { run, journal } = scene([entry('lost_connection')], 'retry: { limit: 2 }');
    const status = tableOf(await run(), 'lost_connection');
    assert.equal(status.phase, 'Failed');
    assert.equal(status.attempts, 3);
    assert.equal(status.failure?.code, 'ConnectionLost');
    assert.equal(journal().filter((line) => line.startsWith('lost_connection ')).length, 3);
  });

  it('describes how a runner without a result ended, with its last lines on standard error', async () => {
    const { run } = scene([entry('bug'), entry('silent')], 'retry: { limit: 0 }');
    const view = await run();
    assert.equal(tableOf(view, 'bug').failure?.code, 'RunnerDied');
    assert.match(
      tableOf(view, 'bug').failure?.message ?? '',
      /exited with code 1 .*a bug that shows on standard error/s,
    );
    assert.match(tableOf(view, 'silent').failure?.message ?? '', /exited with code 0 without a result/);
  });

  it('fails with a clear message if the runner cannot be started', async () => {
    const { run } = scene([]);
    const view = await run({}, { command: ['/no/such/program'] });
    assert.equal(view.ingestion.phase, 'Failed');
    assert.match(view.ingestion.message ?? '', /could not start the runner \/no\/such\/program/);
  });

  it('survives a runner that floods its output, and forwards its log lines', async () => {
    const { run } = scene([entry('flood')]);
    let lines = 0;
    let longest = 0;
    const record = (message: string) => {
      if (message.startsWith('line ')) lines++;
      longest = Math.max(longest, message.length);
    };
    const log: Log = { info: record, warn: record, error: record, child: () => log };
    const view = await run({ log });
    assert.equal(view.ingestion.phase, 'Complete');
    assert.equal(lines, 20_000);
    assert(longest <= 1024 * 1024);
  });

  it('never runs more loads at the same time than spec.loading.maxParallelJobs', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      entry('steady', { dump: { file: `${name}.zip`, version: name } }),
    );
    const { run } = scene(names, 'loading: { maxParallelJobs: 2 }');
    let most = 0;
    const view = await run({ onChange: ({ ingestion }) => (most = Math.max(most, ingestion.tables?.running ?? 0)) });
    assert.equal(view.ingestion.tables?.loaded, 5);
    assert.equal(most, 2);
  });

  it('reuses a runner that succeeded, but not one that failed', async () => {
    const names = ['a', 'b', 'c'].map((name) => entry('steady', { dump: { file: `${name}.zip`, version: name } }));
    const { run, journal } = scene([entry('users'), entry('bad_data'), ...names], 'loading: { maxParallelJobs: 1 }');
    assert.equal((await run()).ingestion.tables?.loaded, 4);
    const processes = journal().flatMap((line) => / (\d+)$/.exec(line)?.[1] ?? []);
    const failed =
      journal()
        .find((line) => line.startsWith('bad_data '))
        ?.split(' ')[1] ?? '';
    assert.equal(processes.length, 7, 'catalogue, five loads, finish');
    assert.equal(new Set(processes).size, 2);
    assert.equal(
      processes.lastIndexOf(failed),
      journal()
        .filter((line) => / \d+$/.test(line))
        .findIndex((line) => line.startsWith('bad_data ')),
    );
    for (const pid of processes) assert.equal(isAlive(Number(pid)), false, 'a runner is left behind');
  });

  it('starts up to spec.loading.maxParallelJobs runners for the tables during the catalogue', async () => {
    for (const most of [1, 2]) {
      const { run, folder } = scene([entry('users'), entry('courses')], `loading: { maxParallelJobs: ${most} }`);
      const pids = join(folder, 'pids.txt');
      await run({}, { command: ['/bin/sh', '-c', `echo $$ >> '${pids}'; exec "$0" "$@"`, ...RUNNER] });
      const started = readFileSync(pids, 'utf8').trim().split('\n');
      assert.equal(started.length, most);
      for (const pid of started) assert.equal(isAlive(Number(pid)), false);
    }
  });

  it('reports every change of state in order', async () => {
    const { run } = scene([entry('users')]);
    const phases: (string | undefined)[] = [];
    await run({ onChange: ({ ingestion }) => phases.push(ingestion.phase) });
    assert.deepEqual(
      phases.filter((phase, index) => phase !== 'Pending' && phase !== phases[index - 1]),
      ['Cataloguing', 'Loading', 'Finishing', 'Complete'],
    );
  });

  it('ends immediately if the manifest is suspended', async () => {
    const { run, journal } = scene([entry('users')], 'suspend: true');
    const view = await run();
    assert.equal(view.ingestion.phase, 'Suspended');
    assert.deepEqual(journal(), ['']);
  });
});

describe('aborting a local run', () => {
  it('stops the runners, with SIGKILL after the grace period, and leaves the run suspended', async () => {
    const { run, journal } = scene([entry('slow'), entry('stubborn')]);
    const stop = new AbortController();
    const ending = run({ signal: stop.signal }, { graceMilliseconds: 3000 });
    await until(() => journal().some((line) => /^slow \d/.test(line)) && journal().includes('stubborn is ready'));
    stop.abort();
    const view = await ending;
    assert.equal(view.ingestion.phase, 'Suspended');
    assert.equal(view.ingestion.tables?.pending, 2);
    assert(journal().includes('stubborn received SIGTERM'));
    for (const line of journal()) {
      const pid = /^(?:slow|stubborn) (\d+)$/.exec(line)?.[1];
      if (pid !== undefined) assert.equal(isAlive(Number(pid)), false);
    }
  });

  it('does nothing if it was aborted before it started', async () => {
    const { run, journal } = scene([entry('users')]);
    const view = await run({ signal: AbortSignal.abort() });
    assert.equal(view.ingestion.phase, 'Suspended');
    assert.deepEqual(journal(), ['']);
  });
});

describe('a local run that is killed', () => {
  it('ends its runners, too', async () => {
    const { options, runnersOptions, journal } = scene([entry('slow')]);
    const program = `
      import { runLocally } from ${JSON.stringify(new URL('../../../operator/local/run-locally.ts', import.meta.url).href)};
      import { Runners } from ${JSON.stringify(new URL('../../../operator/local/runners.ts', import.meta.url).href)};
      import { SILENT_LOG } from ${JSON.stringify(new URL('../../../crds/contract/log.ts', import.meta.url).href)};
      const runners = new Runners(${JSON.stringify(runnersOptions)});
      await runLocally({ ...${JSON.stringify(options)}, runners, log: SILENT_LOG });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    await until(() => journal().some((line) => line.startsWith('slow ')));
    const pid = Number(
      journal()
        .find((line) => line.startsWith('slow '))
        ?.split(' ')[1],
    );
    await sleep(100);
    assert(isAlive(pid));
    child.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });
});
