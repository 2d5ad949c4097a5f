import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { motherload, temporaryFolder } from './cli.ts';
import { dumpsFolder, manifest, table } from './dumps.ts';

const FIRST = new URL('../../job-runner/database/migrations/0001.sql', import.meta.url);

describe('the ledger of an older Motherload', async () => {
  const database = await createTestDatabase();
  await database.query('CREATE SCHEMA motherload');
  await database.query(readFileSync(FIRST, 'utf8').replaceAll('{schema}', 'motherload'));
  await database.query('CREATE TABLE motherload.migrations (number integer PRIMARY KEY, applied_at timestamptz)');
  await database.query('INSERT INTO motherload.migrations VALUES (1, now())');
  const dumps = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }])] });
  const file = join(temporaryFolder(), 'ingestion.yaml');
  writeFileSync(file, manifest(dumps));
  const run = (...parameters: string[]) => motherload([...parameters, '--database', database.uri]);
  await database.query('CREATE TABLE public.v1_good (id integer)');

  it('is named by the commands that change nothing, with what to do', async () => {
    for (const [command, exitCode] of [
      [['status'], 2],
      [['verify', '-f', file], 2],
      [['plan', '-f', file], 1],
    ] as const) {
      const { code, stdout, stderr } = await run(...command);
      assert.match(stdout + stderr, /the ledger in schema motherload was written by an older Motherload: the next run/);
      assert.equal(code, exitCode, stderr);
    }
  });

  it('is brought up to date by a run', async () => {
    await database.query('DROP TABLE public.v1_good');
    assert.equal((await run('run', '-f', file)).code, 0);
    for (const command of [['status'], ['drift'], ['rejects'], ['plan', '-f', file], ['verify', '-f', file]]) {
      const { code, stderr } = await run(...command);
      assert.equal(code, 0, stderr);
    }
  });
});
