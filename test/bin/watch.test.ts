import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { zipDump } from '../../examples/generator/dump.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { motherload, startMotherload, temporaryFolder } from './cli.ts';
import { dumpsFolder, manifest, numbered, table } from './dumps.ts';

const users = (count: number) => [
  table(
    'users',
    ['id int'],
    numbered(count, (id) => ({ id })),
  ),
];
const dump = (file: string, count: number) => zipDump({ file, tables: users(count) });

/** Waits until the command has printed this, and fails if it ends before. */
function printing({ child }: ReturnType<typeof startMotherload>) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
  return {
    get text() {
      return text;
    },
    until: async (pattern: RegExp, seconds = 120) => {
      const end = Date.now() + seconds * 1000;
      while (!pattern.test(text)) {
        assert(child.exitCode === null, `it has ended: ${text}`);
        assert(Date.now() < end, `${pattern} was not printed within ${seconds} s: ${text}`);
        await wait(50);
      }
    },
  };
}

async function tablesOf(database: TestDatabase): Promise<Record<string, number>> {
  const rows = await database.query(
    'SELECT dump_version AS version, rows::int AS rows FROM motherload.loads ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ version, rows: count }) => [String(version), Number(count)]));
}

describe('motherload run --watch', () => {
  it('loads each dump once it is complete, and nothing of one that is still written', async () => {
    const database = await createTestDatabase();
    const folder = await dumpsFolder({ 'crm_v1.zip': users(3) });
    const file = join(temporaryFolder(), 'ingestion.yaml');
    const report = join(temporaryFolder(), 'report.html');
    writeFileSync(file, manifest(folder));
    const started = startMotherload(['run', '-f', file, '--database', database.uri, '--watch', '--report', report]);
    const output = printing(started);
    await output.until(/test: watching .* for dumps; Ctrl-C ends it/);
    await output.until(/test complete: tables: 1 loaded/);
    assert.deepEqual(await tablesOf(database), { v1: 3 });

    // Half of a dump arrives, and its writer pauses.
    const second = await dump('crm [2]_v2.zip', 5);
    const path = join(folder, 'crm [2]_v2.zip');
    writeFileSync(path, second.subarray(0, second.length / 2));
    await output.until(/test: crm \[2\]_v2\.zip is not loaded before it changes: /);
    assert.deepEqual(await tablesOf(database), { v1: 3 });
    appendFileSync(path, second.subarray(second.length / 2));
    await output.until(/tables: 1 loaded, 1 unchanged/);
    assert.deepEqual(await tablesOf(database), { v1: 3, v2: 5 });
    assert.doesNotMatch(output.text, /failed/);
    assert.match(readFileSync(report, 'utf8'), /v2_users/);

    // A folder below, a link that leads out, and no dump at all: only the first is loaded.
    mkdirSync(join(folder, 'more'));
    symlinkSync('/etc/hostname', join(folder, 'crm_v8.zip'));
    writeFileSync(join(folder, 'notes.txt'), 'none');
    writeFileSync(join(folder, 'more', 'crm_v3.zip'), await dump('crm_v3.zip', 2));
    await output.until(/tables: 1 loaded, 2 unchanged/);
    await output.until(/crm_v8\.zip is not loaded before it changes: the link leads out of the dumps folder/);
    rmSync(join(folder, 'more'), { recursive: true });
    started.child.kill('SIGINT');
    assert.equal((await started.result).code, 130);
    assert.deepEqual(await tablesOf(database), { v1: 3, v2: 5, v3: 2 });
  });

  it('shows a table that fails, and tries it again when its dump changes', async () => {
    const database = await createTestDatabase();
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('users', ['id int'], [{ id: 'one' }])] });
    const file = join(temporaryFolder(), 'ingestion.yaml');
    writeFileSync(file, manifest(folder));
    const started = startMotherload(['run', '-f', file, '--database', database.uri, '--watch', '-o', 'json']);
    const output = printing(started);
    await output.until(/"phase": "Failed"/);
    writeFileSync(join(folder, 'crm_v1.zip'), await dump('crm_v1.zip', 4));
    await output.until(/"phase": "Complete"/);
    assert.deepEqual(await tablesOf(database), { v1: 4 });
    started.child.kill('SIGTERM');
    assert.equal((await started.result).code, 130);
  });

  it('waits for a folder that is empty, and ends with a message if it is deleted', async () => {
    const database = await createTestDatabase();
    const folder = temporaryFolder();
    const file = join(temporaryFolder(), 'ingestion.yaml');
    writeFileSync(file, manifest(folder));
    const started = startMotherload(['run', '-f', file, '--database', database.uri, '--watch']);
    const output = printing(started);
    await output.until(/watching/);
    await wait(2500);
    assert.equal(started.child.exitCode, null);
    rmSync(folder, { recursive: true });
    const { code, stderr } = await started.result;
    assert.equal(code, 2);
    assert.match(stderr, /the dumps folder cannot be read \(ENOENT\)/);
  });

  for (const [what, text, message] of [
    [
      'a policy that would drop everything for each dump',
      'motherTables: { policy: Recreate }',
      /policy Recreate and --watch.*would drop and load all tables for each new dump: use Create/,
    ],
    ['a bucket', '', /reads a bucket, a server or a database, and --watch is for folders/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const file = join(temporaryFolder(), 'ingestion.yaml');
      const source = 'volume: { hostPath: { path: /tmp } }';
      const bucket = 's3: { bucket: dumps, region: eu-central-1 }';
      const given = manifest('/tmp', text === '' ? '' : `  ${text}`);
      writeFileSync(file, text === '' ? given.replace(source, bucket) : given);
      const { code, stderr } = await motherload([
        'run',
        '-f',
        file,
        '--database',
        'postgresql://nobody@localhost:1/none',
        '--watch',
      ]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    });
  }
});
