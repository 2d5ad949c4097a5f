import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { readManifests } from '../../../crds/contract/manifest.ts';
import { SILENT_LOG, type Log } from '../../../crds/contract/log.ts';
import { runLocally, type LocalRunOptions, type LocalView } from '../../../operator/local/run-locally.ts';
import { runnerEnvironment } from '../../../operator/local/runner-environment.ts';
import { Runners, type RunnersOptions } from '../../../operator/local/runners.ts';
import { FULL_TEMPLATE } from '../../crds/contract/full-template.ts';
import { entry, manifest } from '../fixtures.ts';

const RUNNER = [process.execPath, join(import.meta.dirname, 'runner.ts')];

/** A folder with a catalogue for the test runner, which does what its tables are called. */
function scene(entries: readonly TableIngestionSpec[], moreSpec = '') {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-local-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'entries.json'), JSON.stringify(entries));
  writeFileSync(join(folder, 'journal.txt'), '');
  const options: Omit<LocalRunOptions, 'runners'> = {
    manifest: manifest(moreSpec),
    dumpsFolder: folder,
    dialectFiles: {},
    log: SILENT_LOG,
    backOff: { base: 5, cap: 20 },
  };
  const runnersOptions: RunnersOptions = {
    command: RUNNER,
    databaseUri: `postgresql://nobody:secret@nowhere/none?folder=${folder}`,
    captureLog: true,
    graceMilliseconds: 300,
  };
  const journal = () => readFileSync(join(folder, 'journal.txt'), 'utf8').trim().split('\n');
  const run = async (more: Partial<LocalRunOptions> = {}, moreOfRunners: Partial<RunnersOptions> = {}) => {
    const runners = new Runners({ ...runnersOptions, ...moreOfRunners });
    try {
      return await runLocally({ ...options, runners, ...more });
    } finally {
      await runners.end();
    }
  };
  return { folder, options, runnersOptions, journal, run };
}

function tableOf(view: LocalView, name: string) {
  const found = view.tables.find(({ spec }) => spec.table === name);
  assert(found, `${name} is not among the tables`);
  return found.status;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    assert(waited < 20_000, 'waited in vain');
    await sleep(20);
  }
}

describe('a local run', () => {
  it('makes the catalogue, loads every table, finishes the mothers, and is complete', async () => {
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

  it('takes a manifest that is made for a cluster, and no notice of what it says of pods, queues and its own deletion', async () => {
    const [forCluster] = readManifests([{ name: 'full.yaml', text: FULL_TEMPLATE }]).ingestions;
    assert(forCluster);
    const view = await scene([entry('users')]).run({ manifest: forCluster });
    assert.equal(view.ingestion.phase, 'Complete');
    assert.equal(tableOf(view, 'users').phase, 'Loaded');
  });

  it('fails a table at once on bad data or a bad manifest, with the failure that the runner left, and loads the others', async () => {
    const { run, journal } = scene([entry('bad_data'), entry('bad_manifest'), entry('users')]);
    const view = await run();
    assert.equal(view.ingestion.phase, 'Failed');
    assert.equal(tableOf(view, 'bad_data').failure?.code, 'BadRow');
    assert.equal(tableOf(view, 'bad_data').attempts, 1);
    assert.equal(tableOf(view, 'bad_manifest').failure?.kind, 'Manifest');
    assert.equal(tableOf(view, 'users').phase, 'Loaded');
    assert.equal(journal().filter((line) => line.startsWith('bad_data ')).length, 1);
  });

  it('tries again after a runner was killed, and counts the attempts', async () => {
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

  it('says how a runner died that left no result, with its last words', async () => {
    const { run } = scene([entry('bug'), entry('silent')], 'retry: { limit: 0 }');
    const view = await run();
    assert.equal(tableOf(view, 'bug').failure?.code, 'RunnerDied');
    assert.match(tableOf(view, 'bug').failure?.message ?? '', /exit code 1 .*a bug that shows on standard error/s);
    assert.match(tableOf(view, 'silent').failure?.message ?? '', /exit code 0 and left no result/);
  });

  it('fails with a clear message where the runner cannot be started', async () => {
    const { run } = scene([]);
    const view = await run({}, { command: ['/no/such/program'] });
    assert.equal(view.ingestion.phase, 'Failed');
    assert.match(view.ingestion.message ?? '', /\/no\/such\/program could not be started/);
  });

  it('survives a runner that floods its output, and passes its log lines on', async () => {
    const { run } = scene([entry('flood')]);
    let lines = 0;
    let longest = 0;
    const hear = (message: string) => {
      if (message.startsWith('line ')) lines++;
      longest = Math.max(longest, message.length);
    };
    const log: Log = { info: hear, warn: hear, error: hear, child: () => log };
    const view = await run({ log });
    assert.equal(view.ingestion.phase, 'Complete');
    assert.equal(lines, 20_000);
    assert(longest <= 1024 * 1024);
  });

  it('gives a runner no more of the environment than it needs, and the URI never on a command line', async () => {
    process.env['SECRET_OF_THE_USER'] = 'x';
    process.env['PGAPPNAME'] = 'x';
    const { run, journal } = scene([entry('environment')]);
    await run();
    delete process.env['SECRET_OF_THE_USER'];
    delete process.env['PGAPPNAME'];
    const line = journal().find((one) => one.startsWith('environment ') && one.includes('MOTHERLOAD_TASK')) ?? '';
    assert.match(line, /MOTHERLOAD_DATABASE_URI/);
    assert.match(line, /PGAPPNAME/);
    assert.doesNotMatch(line, /SECRET_OF_THE_USER|NODE_TEST_CONTEXT|postgresql:/);
  });

  it('never runs more loads at once than spec.loading.maxParallelJobs', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      entry('steady', { dump: { file: `${name}.zip`, version: name } }),
    );
    const { run } = scene(names, 'loading: { maxParallelJobs: 2 }');
    let most = 0;
    const view = await run({ onChange: ({ ingestion }) => (most = Math.max(most, ingestion.tables?.running ?? 0)) });
    assert.equal(view.ingestion.tables?.loaded, 5);
    assert.equal(most, 2);
  });

  it('gives a runner that succeeded the next task, and none to one that failed', async () => {
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
    for (const pid of processes) assert.equal(isAlive(Number(pid)), false, 'the run leaves none behind');
  });

  it('starts the runners of the tables while these are looked for, and no more than spec.loading.maxParallelJobs', async () => {
    for (const most of [1, 2]) {
      const { run, folder } = scene([entry('users'), entry('courses')], `loading: { maxParallelJobs: ${most} }`);
      const pids = join(folder, 'pids.txt');
      await run({}, { command: ['/bin/sh', '-c', `echo $$ >> '${pids}'; exec "$0" "$@"`, ...RUNNER] });
      const started = readFileSync(pids, 'utf8').trim().split('\n');
      assert.equal(started.length, most);
      for (const pid of started) assert.equal(isAlive(Number(pid)), false);
    }
  });

  it('tells of every change of state in order', async () => {
    const { run } = scene([entry('users')]);
    const phases: (string | undefined)[] = [];
    await run({ onChange: ({ ingestion }) => phases.push(ingestion.phase) });
    assert.deepEqual(
      phases.filter((phase, index) => phase !== 'Pending' && phase !== phases[index - 1]),
      ['Cataloguing', 'Loading', 'Finishing', 'Complete'],
    );
  });

  it('ends at once where the manifest is suspended', async () => {
    const { run, journal } = scene([entry('users')], 'suspend: true');
    const view = await run();
    assert.equal(view.ingestion.phase, 'Suspended');
    assert.deepEqual(journal(), ['']);
  });

  it('passes MOTHERLOAD_UNPACKER on to its runners', () => {
    const environment = runnerEnvironment(
      { MOTHERLOAD_UNPACKER: 'zlib', MOTHERLOAD_OTHER: 'x' },
      'postgresql://a/b',
      true,
    );
    assert.equal(environment['MOTHERLOAD_UNPACKER'], 'zlib');
    assert.equal('MOTHERLOAD_OTHER' in environment, false);
  });

  it('shares its compile cache with its runners, and tells them whether somebody hears them', async () => {
    const environmentOf = async (captureLog: boolean) => {
      const { run, journal } = scene([entry('environment')]);
      await run({}, { captureLog });
      return journal().find((line) => line.includes('MOTHERLOAD_TASK')) ?? '';
    };
    assert.doesNotMatch(await environmentOf(true), /NODE_COMPILE_CACHE|MOTHERLOAD_LOG/);
    assert.match(await environmentOf(false), /MOTHERLOAD_LOG/);
    // In a process of its own: Node writes the cache when the process ends, after all that could remove its folder.
    const compiled = join(scene([]).folder, 'compiled');
    const program = `
      import { enableCompileCache } from 'node:module';
      import { runnerEnvironment } from ${JSON.stringify(new URL('../../../operator/local/runner-environment.ts', import.meta.url).href)};
      enableCompileCache(${JSON.stringify(compiled)});
      process.stdout.write(JSON.stringify(runnerEnvironment({}, 'postgresql://nowhere/none', false)));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    assert.equal((JSON.parse(stdout) as NodeJS.ProcessEnv)['NODE_COMPILE_CACHE'], compiled);
  });
});

describe('aborting a local run', () => {
  it('stops the runners, SIGKILL after the grace where they do not listen, and leaves the run suspended', async () => {
    const { run, journal } = scene([entry('slow'), entry('stubborn')]);
    const stop = new AbortController();
    const ending = run({ signal: stop.signal }, { graceMilliseconds: 3000 });
    await until(() => journal().some((line) => /^slow \d/.test(line)) && journal().includes('stubborn listens'));
    stop.abort();
    const view = await ending;
    assert.equal(view.ingestion.phase, 'Suspended');
    assert.equal(view.ingestion.tables?.pending, 2);
    assert(journal().includes('stubborn heard SIGTERM'));
    for (const line of journal()) {
      const pid = /^(?:slow|stubborn) (\d+)$/.exec(line)?.[1];
      if (pid !== undefined) assert.equal(isAlive(Number(pid)), false);
    }
  });

  it('does nothing where it was aborted before it began', async () => {
    const { run, journal } = scene([entry('users')]);
    const view = await run({ signal: AbortSignal.abort() });
    assert.equal(view.ingestion.phase, 'Suspended');
    assert.deepEqual(journal(), ['']);
  });
});

describe('a local run that is killed', () => {
  it('takes its runners with it', async () => {
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
