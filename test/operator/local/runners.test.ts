import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '../../../crds/contract/task.ts';
import { Runners } from '../../../operator/local/runners.ts';
import { isAlive, until } from './processes.ts';

const SUCCEEDED = '{"result":{"task":"Finish","outcome":"Succeeded","seconds":{}}}';
const FINISH = { kind: 'Finish' } as Task;
const CORES = availableParallelism();

/** Runners that are a shell script, which records its process id and then returns a result for each task. */
function scene(script = `while read -r task; do echo '${SUCCEEDED}'; done`) {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-runners-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const [program, journal] = [join(folder, 'runner.sh'), join(folder, 'pids.txt')];
  writeFileSync(program, `#!/bin/sh\necho $$ >> '${journal}'\n${script}\n`);
  chmodSync(program, 0o755);
  writeFileSync(journal, '');
  const runners = new Runners({ command: [program], databaseUri: '', captureLog: true, graceMilliseconds: 3000 });
  const started = () => readFileSync(journal, 'utf8').trim().split('\n').filter(Boolean).map(Number);
  const output: string[] = [];
  const run = async () => {
    const runner = runners.acquire();
    const end = await runner.run(FINISH, { onOutput: () => undefined, onErrorOutput: (line) => output.push(line) });
    runners.release(runner);
    return end;
  };
  return { runners, started, run, output, folder };
}

describe('the runners of a local run', () => {
  it('can be started in advance, and get the first tasks', async () => {
    const { runners, started, run } = scene();
    runners.prepare(1);
    await until(() => started().length === 1);
    assert.equal((await run()).outcome, 'Succeeded');
    await runners.end();
    assert.equal(started().length, 1);
  });

  it('are at most as many as expected tasks or cores, including busy ones', async () => {
    const { runners, started } = scene();
    const busy = runners.acquire();
    runners.prepare(1);
    runners.prepare(1000);
    runners.prepare(1000);
    await until(() => started().length === CORES);
    await runners.end();
    await runners.stop(busy);
    assert.equal(started().length, CORES);
  });

  it('end together, whether they had a task or not', async () => {
    const { runners, started } = scene();
    runners.prepare(2);
    await until(() => started().length === Math.min(2, CORES));
    await runners.end();
    assert.deepEqual(started().filter(isAlive), []);
  });

  it('are replaced if they died before a task, or have ended', async () => {
    const { runners, started, run } = scene();
    runners.prepare(1);
    await until(() => started().length === 1);
    const [killed = 0] = started();
    process.kill(killed, 'SIGKILL');
    // Once Node has taken note of its end, that of its output is read before a timer.
    await until(() => !isAlive(killed));
    await sleep(100);
    assert.equal((await run()).outcome, 'Succeeded');
    await runners.end();
    assert.equal((await run()).outcome, 'Succeeded');
    assert.equal(started().length, 3);
    await runners.end();
  });

  it('report their earlier output with the first task', async () => {
    const script = `echo 'a warning' >&2; : > "$0.warned"; read -r task; echo '${SUCCEEDED}'; read -r task`;
    const { runners, run, output, folder } = scene(script);
    runners.prepare(1);
    await until(() => existsSync(join(folder, 'runner.sh.warned')));
    await sleep(100);
    await run();
    assert.deepEqual(output, ['a warning']);
    await runners.end();
  });
});
