import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { EXIT_CODES } from '../../crds/contract/errors.ts';
import { CatalogueReader } from '../../crds/contract/catalogue-reader.ts';
import { decodeResult } from '../../crds/contract/result-text.ts';
import { readReport } from '../../crds/contract/report-line.ts';
import type { TaskResult } from '../../crds/contract/report.ts';
import { inlineResults } from '../../crds/contract/table-results.ts';
import { decodeResultLine, encodeTaskLine, TASKS_BY_INPUT } from '../../crds/contract/task-line.ts';
import type { Task } from '../../crds/contract/task.ts';
import { createTestDatabase } from '../database.ts';
import { goodDump } from '../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder, writeFiles } from './catalogue/tasks.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'job-runner', 'main.ts');
const folder = temporaryFolder();
writeFiles(folder, { 'dumps/crm_v1.zip': await goodDump() });
const task = catalogueTask(join(folder, 'dumps'));
let number = 0;

interface Ended {
  readonly exitCode: number | null;
  readonly result: TaskResult | undefined;
  readonly lines: readonly Record<string, unknown>[];
}

/** Runs the runner to its end; `onStart` may send it a signal. */
async function run(
  environment: Readonly<Record<string, string>>,
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const resultFile = join(folder, `result-${++number}.json`);
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], MOTHERLOAD_RESULT_FILE: resultFile, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  onStart?.((signal) => child.kill(signal));
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const result = existsSync(resultFile) ? decodeResult(readFileSync(resultFile, 'utf8')) : undefined;
  const lines = output.split('\n').filter((line) => line !== '');
  return { exitCode, result, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
/** A runner that takes tasks by standard input. */
function startWithInput(databaseUri: string) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], MOTHERLOAD_TASK: TASKS_BY_INPUT, MOTHERLOAD_DATABASE_URI: databaseUri },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    exitCode: new Promise<number | null>((resolve) => child.once('close', resolve)),
    give: (task: Task) => void child.stdin.write(encodeTaskLine(task)),
    nextResult: async (): Promise<TaskResult | undefined> => {
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        const result = decodeResultLine(line.value);
        if (result !== undefined) return result;
      }
      return undefined;
    },
  };
}

const failureOf = ({ result }: Ended) => (result?.outcome === 'Failed' ? result.failure : undefined);

describe('the runner', async () => {
  const database = await createTestDatabase();

  it('does its task, reports on standard output and writes a result', async () => {
    const ended = await run({ MOTHERLOAD_TASK: JSON.stringify(task), MOTHERLOAD_DATABASE_URI: database.uri });
    assert.equal(ended.exitCode, EXIT_CODES.Success);
    const reader = new CatalogueReader();
    for (const line of ended.lines) {
      const report = readReport(JSON.stringify(line));
      if (report !== undefined && report.report !== 'progress') reader.add(report);
    }
    assert.equal(reader.complete?.length, 1);
    assert.equal(ended.result?.task, 'Catalogue');
    const logged = ended.lines.find(({ message }) => typeof message === 'string');
    assert.deepEqual(
      [logged?.['namespace'], logged?.['ingestion'], logged?.['task']],
      ['default', 'nightly', 'Catalogue'],
    );
  });

  it('does task after task from standard input, writes a result line for each, and exits with the input', async () => {
    const child = startWithInput(database.uri);
    for (const expected of [1, 2]) {
      child.give(task);
      assert.equal((await child.nextResult())?.outcome, 'Succeeded', `task ${expected}`);
    }
    child.process.stdin.end();
    assert.equal(await child.exitCode, EXIT_CODES.Transient);
  });

  it('writes no log if configured so, and reports all the same', async () => {
    const ended = await run({
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: database.uri,
      MOTHERLOAD_LOG: 'none',
    });
    assert.equal(ended.exitCode, EXIT_CODES.Success);
    assert.deepEqual(new Set(ended.lines.map(({ report }) => report)), new Set(['catalogueChunk', 'catalogueEnd']));
  });

  it('exits with the first task that fails, and leaves the next one to another runner', async () => {
    const child = startWithInput(database.uri);
    child.give({ ...task, source: { include: ['nothing'], exclude: [] } });
    child.give(task);
    const result = await child.nextResult();
    assert.equal(result?.outcome === 'Failed' && result.failure.code, 'NoDumps');
    assert.equal(await child.exitCode, EXIT_CODES.Manifest);
    assert.equal(await child.nextResult(), undefined);
  });

  it('loads tables that share a Job; where another attempt may do better it says so by its exit code, with the results so far', async () => {
    const entries = new CatalogueReader();
    const catalogue = { MOTHERLOAD_TASK: JSON.stringify(task), MOTHERLOAD_DATABASE_URI: database.uri };
    for (const line of (await run(catalogue)).lines) {
      const report = readReport(JSON.stringify(line));
      if (report?.report === 'catalogueChunk' || report?.report === 'catalogueEnd') entries.add(report);
    }
    const tables = entries.complete ?? assert.fail('no catalogue');
    const { motherTables, ...common } = task;
    const loading = { streamsPerTable: 'Auto', onExisting: 'Fail' } as const;
    const batch: Task = { ...common, kind: 'LoadBatch', tables, loading, indexes: motherTables.indexes };
    const runBatch = (uri: string) => run({ MOTHERLOAD_TASK: JSON.stringify(batch), MOTHERLOAD_DATABASE_URI: uri });
    const good = await runBatch(database.uri);
    assert(good.exitCode === EXIT_CODES.Success && good.result?.task === 'LoadBatch' && good.result.results);
    const [loaded] = inlineResults(good.result.results, tables.length) ?? [];
    assert.deepEqual(loaded?.outcome, 'Loaded');
    const bad = await runBatch('postgresql://nobody@127.0.0.1:1/nothing');
    assert.equal(bad.exitCode, EXIT_CODES.Transient);
    assert.deepEqual([bad.result?.task, bad.result?.outcome], ['LoadBatch', 'Failed']);
    const reports = bad.lines.map(({ report }) => report).filter((report) => report !== undefined);
    assert.deepEqual(reports, ['resultsChunk', 'resultsEnd']);
  });

  it('fails with a Manifest error without a task', async () => {
    const ended = await run({});
    assert.equal(ended.exitCode, EXIT_CODES.Manifest);
    assert.equal(failureOf(ended)?.code, 'NoTask');
  });

  it('fails with a Manifest error if the task is something else', async () => {
    assert.equal(failureOf(await run({ MOTHERLOAD_TASK: '{"kind": "Dance"}' }))?.code, 'NoTask');
    assert.equal(failureOf(await run({ MOTHERLOAD_TASK: '{' }))?.code, 'NoTask');
  });

  it('fails with a Manifest error without a database', async () => {
    const ended = await run({ MOTHERLOAD_TASK: JSON.stringify(task) });
    assert.equal(ended.exitCode, EXIT_CODES.Manifest);
    assert.equal(failureOf(ended)?.code, 'NoDatabaseUri');
  });

  it('fails with a Manifest error without dumps, also in the log', async () => {
    const nothing = { ...task, source: { include: ['nothing'], exclude: [] } };
    const ended = await run({ MOTHERLOAD_TASK: JSON.stringify(nothing), MOTHERLOAD_DATABASE_URI: database.uri });
    assert.equal(ended.exitCode, EXIT_CODES.Manifest);
    assert.equal(failureOf(ended)?.code, 'NoDumps');
    const [logged] = ended.lines.filter(({ level }) => level === 'error');
    assert.equal(logged?.['code'], 'NoDumps');
    assert.equal(logged['message'], `${task.dumpsFolder}: ${failureOf(ended)?.message ?? ''}`);
  });

  it('fails with a Transient error if it cannot reach the database', async () => {
    const ended = await run({
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: 'postgresql://u:secret@127.0.0.1:1/x',
    });
    assert.equal(ended.exitCode, EXIT_CODES.Transient);
    assert.doesNotMatch(JSON.stringify([ended.result, ended.lines]), /secret/);
  });

  it('fails with a bug: the result says so, and the task is retried', async () => {
    const ended = await run({ MOTHERLOAD_TASK: '{"kind": "Catalogue"}', MOTHERLOAD_DATABASE_URI: database.uri });
    assert.equal(ended.exitCode, EXIT_CODES.Bug);
    assert.equal(failureOf(ended)?.code, 'Unexpected');
    assert.equal(failureOf(ended)?.kind, 'Transient');
  });

  it('fails with a Transient error if it is stopped while it waits', async () => {
    // A server that takes connections and never answers.
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    after(() => silent.close());
    const address = silent.address();
    assert(typeof address === 'object' && address !== null);
    const uri = `postgresql://u@127.0.0.1:${address.port}/x`;
    const ended = await run({ MOTHERLOAD_TASK: JSON.stringify(task), MOTHERLOAD_DATABASE_URI: uri }, (kill) => {
      silent.once('connection', (socket) => {
        socket.on('error', () => undefined);
        kill('SIGTERM');
      });
    });
    assert.equal(ended.exitCode, EXIT_CODES.Transient);
    assert.equal(failureOf(ended)?.code, 'Stopped');
  });
});
