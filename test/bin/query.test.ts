import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { connect } from '../../job-runner/database/connection.ts';
import { migrateLedger } from '../../job-runner/database/ledger.ts';
import { createTestDatabase } from '../database.ts';
import { LAUNCHER, motherload, ROOT, startMotherload } from './cli.ts';

const database = await createTestDatabase();
const query = (sql: string, ...more: string[]) => ['query', sql, '--database', database.uri, ...more];
const series = (count: number) =>
  `SELECT n AS id, md5(n::text) AS digest, 'größe ' || n AS size, NULL AS nothing, n * 1.5 AS price, now() AS at,
          repeat('x', n % 50) AS long FROM generate_series(1, ${count}) n`;

/** Makes a command print its resource usage on standard error as it ends. */
const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(
  `process.on('exit', () => process._rawDebug(JSON.stringify(process.resourceUsage())));`,
)}`;

async function measure(parameters: readonly string[]) {
  const { code, stdout, stderr } = await motherload(parameters, { environment: { NODE_OPTIONS } });
  assert.equal(code, 0, stderr);
  const usage = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as NodeJS.ResourceUsage;
  return {
    stdout,
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    peakMegabytes: usage.maxRSS / 1024,
  };
}

describe('motherload query', () => {
  for (const form of ['table', 'json']) {
    it(`prints 150,000 rows as ${form} in less than 10 s of CPU, in the same memory as 1,500`, async (context) => {
      const few = await measure(query(series(1500), '--output', form));
      const many = await measure(query(series(150_000), '--output', form));
      context.diagnostic(`${many.cpuSeconds} s, ${few.peakMegabytes} and ${many.peakMegabytes} MB`);
      assert(many.cpuSeconds < 10, `${many.cpuSeconds} s`);
      assert(many.peakMegabytes < few.peakMegabytes + 50, `${few.peakMegabytes} and ${many.peakMegabytes} MB`);
      if (form === 'json') assert.equal((JSON.parse(many.stdout) as unknown[]).length, 150_000);
      else assert.equal(many.stdout.split('\n').length, 150_002);
      assert.match(many.stdout, /149999.*größe 149999.*224998\.5/s);
    });
  }

  it('prints only titles, or an empty list as JSON, if there are no rows', async () => {
    assert.equal((await motherload(query('SELECT 1 AS one WHERE false'))).stdout, 'one\n');
    assert.equal((await motherload(query('SELECT 1 AS one WHERE false', '-o', 'json'))).stdout, '[]\n');
  });

  it("fails with the server's message when one of many rows cannot be computed", async () => {
    const { code, stdout, stderr } = await motherload(
      query('SELECT 1 / (5000 - n) AS x FROM generate_series(1, 9000) n'),
    );
    assert.deepEqual([code, stderr], [2, 'error: the query failed: division by zero\n']);
    assert.match(stdout, /^x\n0\n/);
  });

  it('says that a statement is missing, or that there are several', async () => {
    const { code, stdout, stderr } = await motherload(query(' '));
    assert.deepEqual([code, stdout, stderr], [2, '', 'error: there is no statement: give one, such as SELECT 1\n']);
    const several = await motherload(query('SELECT 1; SELECT 2'));
    assert.deepEqual([several.code, several.stdout], [2, '']);
    assert.match(several.stderr, /multiple commands .*; give one statement at a time\n$/);
    const wrong = await motherload(query('SELEC 1'));
    assert.equal(wrong.stderr, 'error: the query failed: syntax error at or near "SELEC"\n');
  });

  it('runs no statement that returns no rows: COPY would write files of the server, although it is read-only', async () => {
    const file = `/tmp/motherload-query-${crypto.randomUUID()}`;
    const statements = [
      `COPY (SELECT 1) TO '${file}'`,
      `COPY (SELECT 1) TO PROGRAM 'touch ${file}'`,
      'COPY (SELECT 1) TO STDOUT',
      'CREATE TABLE a (b int)',
      'SET search_path TO a',
      'BEGIN',
      '-- SELECT 1',
    ];
    for (const sql of statements) {
      const { code, stdout, stderr } = await motherload(['query', '--database', database.uri, '--', sql]);
      assert.deepEqual([code, stdout], [2, ''], sql);
      assert.equal(
        stderr,
        'error: the statement returns no rows, and is not run: give a SELECT; nothing can be changed here\n',
      );
    }
    assert(!existsSync(file));
    for (const sql of ['SHOW timezone', 'EXPLAIN SELECT 1', 'VALUES (1)', 'TABLE pg_am'])
      assert.equal((await motherload(query(sql))).code, 0, sql);
  });

  it('says what to do about a statement that changes something, and about a table that is not found', async () => {
    await database.query('CREATE TABLE changed (a int)');
    const change = await motherload(query('INSERT INTO changed VALUES (1) RETURNING a'));
    assert.equal(
      change.stderr,
      'error: the query failed: cannot execute INSERT in a read-only transaction; nothing can be changed here\n',
    );
    const missing = await motherload(query('SELECT * FROM rides'));
    assert.equal(
      missing.stderr,
      'error: the query failed: relation "rides" does not exist; check its name, with its schema in front\n',
    );
  });

  it('ends silently when the reader of its output closes the pipe, as head does', async () => {
    for (const form of ['table', 'json']) {
      const child = spawn(process.execPath, [LAUNCHER, ...query(series(1_000_000), '-o', form)], { cwd: ROOT });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [code] = (await once(child, 'close')) as [number | null];
      assert.deepEqual([code, stderr], [0, '']);
    }
  });

  it('ends silently at Ctrl-C in the middle of its output', async () => {
    const { child, result } = startMotherload(query(series(10_000_000)));
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { code, stderr } = await result;
    assert.deepEqual([code, stderr], [130, '']);
  });
});

describe('motherload status', () => {
  it('prints 150,000 loads in less than 10 s of CPU, in the same memory as 1,500', async (context) => {
    const columns = `target_schema, version_table, load_id, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes, plan_digest,
      rows, streams, seconds, ingestion_namespace, ingestion_name, ingestion_run`;
    const fill = (schema: string, count: number) => `INSERT INTO ${schema}.loads (${columns})
      SELECT 'app', 'v' || n || '_users', md5(n::text)::uuid, 'users', 'crm_v' || n || '.zip', 'users.dat', 'v' || n, '00000000', 1000, '',
             10, 1, '{"copy": 0.5}', 'default', 'nightly', 'run' FROM generate_series(1, ${count}) n`;
    const db = await connect(database.uri);
    for (const schema of ['few', 'many']) await migrateLedger(db, schema);
    await db.end();
    await database.query(fill('few', 1500));
    await database.query(fill('many', 150_000));
    const status = (schema: string, ...more: string[]) =>
      measure(['status', '--database', database.uri, '--ledger-schema', schema, ...more]);
    const few = await status('few');
    const many = await status('many');
    context.diagnostic(`${many.cpuSeconds} s, ${few.peakMegabytes} and ${many.peakMegabytes} MB`);
    assert(many.cpuSeconds < 10, `${many.cpuSeconds} s`);
    assert(many.peakMegabytes < few.peakMegabytes + 50, `${few.peakMegabytes} and ${many.peakMegabytes} MB`);
    assert.match(many.stdout, /\n\n150,000 version tables, 1,500,000 rows, 150\.0 MB\n$/);
    const asJson = await status('many', '--output', 'json');
    assert.equal((JSON.parse(asJson.stdout) as { loads: unknown[] }).loads.length, 150_000);
  });
});
