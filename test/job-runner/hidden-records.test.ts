import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeResult } from '../../crds/contract/result-text.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { createTestDatabase } from '../database.ts';
import { temporaryFolder } from './catalogue/tasks.ts';
import { taskOf, type Scene } from './load/load-scene.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'job-runner', 'main.ts');
const folder = temporaryFolder();
/** Within every record that cannot be loaded. */
const SECRET = 'Zaphod';

const BAD: readonly (Scene & { readonly title: string; readonly code?: string; readonly line?: number })[] = [
  { title: 'a value that its type refuses', text: `ride_id|rider\n1|a\n${SECRET}|b\n`, code: 'Sql22P02', line: 3 },
  { title: 'a row that a CHECK refuses', text: `ride_id|rider\n-1|${SECRET}\n`, code: 'Sql23514', line: 2 },
  { title: 'a duplicate key', text: `ride_id|rider\n1|${SECRET}\n2|${SECRET}\n`, code: 'Sql23505' },
  { title: 'a record with a field too many', text: `ride_id|rider\n1|${SECRET}|c\n`, code: 'FieldCount', line: 2 },
  { title: 'a first record that was taken for a header', text: `7|${SECRET}\n8|b\n`, code: 'HeaderMismatch', line: 1 },
  { title: 'a first record with a value twice', text: `${SECRET}|${SECRET}\n8|b\n`, code: 'DuplicateColumn', line: 1 },
  {
    title: 'more rejects than allowed',
    text: `ride_id|rider\n1|${SECRET}\n2|${SECRET}\n3|${SECRET}\n`,
    spec: 'rejects: { limit: 1 }',
    ...{ code: 'TooManyRejects', line: 3 },
  },
  { title: 'rejects', text: `ride_id|rider\n1|${SECRET}\n2|${SECRET}\n`, spec: 'rejects: { limit: 1 }' },
];

/** Everything that a runner lets others see. */
async function run(task: LoadTask, databaseUri: string): Promise<{ readonly result: string; readonly log: string }> {
  const resultFile = join(folder, `${crypto.randomUUID()}.json`);
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      MOTHERLOAD_RESULT_FILE: resultFile,
      MOTHERLOAD_TASK: JSON.stringify(task),
      MOTHERLOAD_DATABASE_URI: databaseUri,
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return { result: readFileSync(resultFile, 'utf8'), log };
}

describe('a runner', async () => {
  const database = await createTestDatabase();
  await database.query('CREATE TABLE rides (ride_id bigint CHECK (ride_id > 0), rider text UNIQUE)');

  for (const { title, code, line, ...scene } of BAD) {
    it(`shows no value of ${title} unless the manifest allows it, but file, line and reason`, async () => {
      const task = await taskOf(scene);
      const hidden = await run(task, database.uri);
      assert.equal(`${hidden.result}${hidden.log}`.toLowerCase().includes(SECRET.toLowerCase()), false, hidden.log);
      const result = decodeResult(hidden.result);
      if (result.outcome === 'Failed') {
        const { failure } = result;
        assert.deepEqual([failure.code, failure.line, failure.file], [code, line, 'crm_v1.zip:rides.dat']);
        assert.match(failure.message, /\w+ \w+/);
      } else {
        assert(result.task === 'Load');
        assert.deepEqual(result.firstRejects, [
          {
            ...{ line: 3, code: 'Sql23505' },
            reason: 'a key is there twice (v1_rides_rider_key), SQLSTATE 23505; spec.privacy.records hides the rest',
          },
        ]);
        await database.query('DROP TABLE v1_rides; DELETE FROM motherload.loads');
      }
      const shown = await run({ ...task, records: 'Shown' }, database.uri);
      assert.match(shown.result.toLowerCase(), new RegExp(SECRET.toLowerCase()));
    });
  }
});
