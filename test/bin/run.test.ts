import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { connect } from '../../job-runner/database/connection.ts';
import { lockStagingTable } from '../../job-runner/database/staging-table.ts';
import { stagingTable } from '../../job-runner/plan/staging-table.ts';
import { createTestDatabase } from '../database.ts';
import { motherload, startMotherload, temporaryFolder } from './cli.ts';
import { dumpsFolder, manifest, numbered, table } from './dumps.ts';

describe('motherload run', () => {
  it('loads the other tables when one fails, reports where and why, and exits with 1', async () => {
    const database = await createTestDatabase();
    const rows = [
      { id: '1', size: '10' },
      { id: '2', size: '20' },
      { id: '3', size: 'many\n`' },
    ];
    const folder = await dumpsFolder({
      'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }]), table('bad', ['id int', 'size int'], rows)],
      'crm_v2.zip': [table('good', ['id int'], [{ id: '1' }, { id: '2' }])],
    });
    writeFileSync(join(folder, 'crm_v3.zip'), 'no zip');
    const file = join(temporaryFolder(), 'ingestion.yaml');
    writeFileSync(file, manifest(folder));
    const { code, stdout, stderr } = await motherload(['run', '-f', file, '--database', database.uri]);
    assert.equal(code, 1, stderr);
    assert.match(stdout, /^v1_good +crm_v1\.zip +Loaded +1 /m);
    assert.match(stdout, /^v2_good +crm_v2\.zip +Loaded +2 /m);
    assert.match(stdout, /^v1_bad +crm_v1\.zip +Failed .*invalid input syntax for type integer/m);
    assert.match(
      stdout,
      /^Sql22P02: crm_v1\.zip:bad\.dat, table bad, line 4, column size: invalid input syntax for type integer: "many.*: `3`\|`many/m,
    );
    assert.match(stdout, /^DumpNotZip: .*crm_v3\.zip/m);
    assert.match(stdout, /^test failed: tables: 2 loaded, 2 failed; 3 rows in /m);
    assert.deepEqual(
      await database.query(`SELECT relname FROM pg_class WHERE relname LIKE '%bad%' AND relname <> 'bad'`),
      [],
    );
    const again = await motherload(['plan', '-f', file, '--database', database.uri]);
    assert.equal(again.code, 1);
    assert.match(again.stdout, /2 that cannot be loaded|1 that cannot be loaded/);
  });

  it('fails with a manifest error for a folder without dumps', async () => {
    const database = await createTestDatabase();
    for (const command of ['run', 'plan']) {
      const { code, stdout, stderr } = await motherload([command, '-f', '-', '--database', database.uri], {
        input: manifest(temporaryFolder()),
      });
      assert.equal(code, 2);
      assert.match(stdout + stderr, /no file matches \*\*\/\*\.zip: check spec\.source/);
    }
  });

  it('reports at once which database cannot be reached', async () => {
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [])] });
    const started = Date.now();
    const { code, stderr } = await motherload(
      ['run', '-f', '-', '--database', 'postgresql://loader:geheim@127.0.0.1:1/crm'],
      {
        input: manifest(folder),
      },
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /into database "crm" at 127\.0\.0\.1:1 as loader\nerror: the database cannot be reached .*ECONNREFUSED/,
    );
    assert(!stderr.includes('geheim'));
    assert(Date.now() - started < 60_000);
  });

  it('starts a runner early, and stops it when the run fails before it is needed', async () => {
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('users', ['user_id int'], [{ user_id: '1' }])] });
    const file = join(folder, 'ingestion.yaml');
    const [preload, pids] = [join(folder, 'preload.cjs'), join(folder, 'pids.txt')];
    const runnersOf = () => readFileSync(pids, 'utf8').split('\n').filter(Boolean).map(Number);
    writeFileSync(
      preload,
      `if (process.env.MOTHERLOAD_TASK) require('fs').appendFileSync('${pids}', process.pid + '\\n');`,
    );
    const environment = { NODE_OPTIONS: `--require ${preload}` };
    for (const [text, code] of [
      [manifest(folder, '  loading: { maxParallelJobs: 0 }'), 2],
      [manifest(folder), 1],
    ] as const) {
      writeFileSync(file, text);
      writeFileSync(pids, '');
      const { code: ended, stderr } = await motherload(
        ['run', '-f', file, '--database', 'postgresql://u@127.0.0.1:1/x'],
        { environment },
      );
      assert.equal(ended, code, stderr);
      assert(runnersOf().length <= 1, 'one at most: it may be ended before it has begun');
      for (const pid of runnersOf()) assert.throws(() => process.kill(pid, 0), 'the runner is gone');
    }
  });

  it('takes the URI from --database, or else from its variable, or else from a Secret in the files', async () => {
    const [given, fromVariable, fromSecret] = [
      await createTestDatabase(),
      await createTestDatabase(),
      await createTestDatabase(),
    ];
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }])] });
    const secret = `---\napiVersion: v1\nkind: Secret\nmetadata: { name: database }\ndata: { uri: ${Buffer.from(fromSecret.uri).toString('base64')} }\n`;
    const input = `${manifest(folder)}${secret}`;
    const environment = { MOTHERLOAD_DATABASE_URI: fromVariable.uri };
    for (const [database, parameters, variables] of [
      [given, ['--database', given.uri], environment],
      [fromVariable, [], environment],
      [fromSecret, [], {}],
    ] as const) {
      const { code, stderr } = await motherload(['run', '-f', '-', ...parameters], { input, environment: variables });
      assert.equal(code, 0, stderr);
      assert.deepEqual(await database.query('SELECT id FROM v1_good'), [{ id: 1 }]);
    }
  });

  it('runs all DumpIngestions of the files, one after the other, with the type maps of their ConfigMaps', async () => {
    const database = await createTestDatabase();
    const folder = await dumpsFolder({
      'crm_v1.zip': [
        table('prices', ['id int', 'price amount(9,2)', 'flag tinyint(1)'], [{ id: '1', price: '1.5', flag: '1' }]),
      ],
    });
    const types = join(temporaryFolder(), 'types.yaml');
    writeFileSync(
      types,
      'kind: ConfigMap\napiVersion: v1\nmetadata: { name: types }\ndata:\n  crm.yaml: |\n    types:\n      amount(p,s): numeric(p,s)\n',
    );
    const dialect =
      '  format: { dialect: crm, dialects: [{ name: crm, extends: mysql, typesFrom: { configMapKeyRef: { name: types, key: crm.yaml } } }] }\n';
    const second = manifest(folder, dialect, 'second').replace(
      'name: database } }',
      'name: database }, schema: other }',
    );
    const input = `${manifest(folder, dialect, 'first')}---\n${second}`;
    const { code, stdout, stderr } = await motherload(
      ['run', '-f', '-', '-f', types, '--database', database.uri, '-o', 'json'],
      { input },
    );
    assert.equal(code, 0, stderr);
    const { ingestions } = JSON.parse(stdout) as { ingestions: { name: string }[] };
    assert.deepEqual(
      ingestions.map(({ name }) => name),
      ['first', 'second'],
    );
    for (const schema of ['public', 'other']) {
      const columnsFound = await database.query(
        `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = '${schema}.v1_prices'::regclass AND attnum > 0 ORDER BY attname`,
      );
      assert.deepEqual(
        columnsFound.map(({ type }) => type),
        ['smallint', 'integer', 'numeric(9,2)'],
      );
    }
  });

  it('prints the log without secrets as JSON lines on standard error with --verbose', async () => {
    const database = await createTestDatabase();
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }])] });
    const uri = database.uri.replace('postgres@', 'postgres:geheim@');
    const { code, stdout, stderr } = await motherload(['run', '-f', '-', '--verbose', '--database', uri], {
      input: manifest(folder),
    });
    assert.equal(code, 0, stderr);
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    assert(lines.length > 0);
    for (const line of lines) assert.equal(typeof (JSON.parse(line) as { message: unknown }).message, 'string');
    assert(!(stdout + stderr).includes('geheim'));
  });

  it('prints the result of the first DumpIngestion as JSON when the database of the next one cannot be reached', async () => {
    const database = await createTestDatabase();
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }])] });
    const inNamespace = (namespace: string, uri: string) =>
      `${manifest(folder).replace('name: test', `name: test, namespace: ${namespace}`)}\n---\nkind: Secret\n` +
      `metadata: { name: database, namespace: ${namespace} }\nstringData: { uri: '${uri}' }\n`;
    const input = `${inNamespace('one', database.uri)}---\n${inNamespace('two', 'postgresql://nobody@127.0.0.1:1/gone')}`;
    const { code, stdout, stderr } = await motherload(['run', '-f', '-', '-o', 'json'], { input });
    assert.notEqual(code, 0);
    assert.match(stderr, /^error: the database cannot be reached/m);
    const { ingestions } = JSON.parse(stdout) as { ingestions: unknown[] };
    assert.equal(ingestions.length, 1);
  });

  it('stops at Ctrl-C with exit code 130, keeps what is loaded, and continues from there in the next run', async () => {
    const database = await createTestDatabase();
    const many = Object.fromEntries(
      numbered(8, (number) => ({ number })).map(({ number }) => [
        `crm_v${number ?? ''}.zip`,
        [table('good', ['id int'], [{ id: number ?? '' }])],
      ]),
    );
    const folder = await dumpsFolder(many);
    const file = join(temporaryFolder(), 'ingestion.yaml');
    writeFileSync(file, manifest(folder, '  loading: { maxParallelJobs: 1 }\n'));
    // The third waits for its lock, so that the run is in the middle whenever the signal comes.
    const holder = await connect(database.uri);
    await lockStagingTable(holder, stagingTable('motherload', { schema: 'public', name: 'v3_good' }));
    const { child, result } = startMotherload(['run', '-f', file, '--database', database.uri]);
    child.stdin.end();
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    while (!/^loaded /m.test(output) && child.exitCode === null && child.signalCode === null) await wait(50);
    child.kill('SIGINT');
    const { code, stderr } = await result;
    assert.equal(code, 130, stderr);
    const countLoaded = async () =>
      (await database.query('SELECT count(*)::int AS loaded FROM motherload.loads'))[0]?.['loaded'] as number;
    const before = await countLoaded();
    assert(before >= 1 && before < 3, `${before} loaded`);
    await holder.end();
    const again = await motherload(['run', '-f', file, '--database', database.uri]);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(await countLoaded(), 8);
    assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM good'), [{ rows: 8 }]);
  });
});
