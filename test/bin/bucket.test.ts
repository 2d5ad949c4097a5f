import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Gateway } from '../bucket/gateway.ts';
import { tableContents } from '../bucket/table-contents.ts';
import { createTestDatabase } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { rawZip } from '../failing-dumps/failing-dumps.ts';
import { Gpg } from '../gpg.ts';
import { aesEntry } from '../job-runner/dump/encrypted/aes-writer.ts';
import { manifestText } from '../manifest.ts';
import { motherload, ROOT, temporaryFolder } from './cli.ts';

const DUMPS = join(ROOT, 'examples', 'dumps');
const BUCKET = 'company-dumps';

const gateway = await Gateway.start();
gateway.createBucket(BUCKET);
for (const file of readdirSync(DUMPS).filter((name) => name.endsWith('.zip')))
  await gateway.put(BUCKET, `exports/nightly/${file}`, readFileSync(join(DUMPS, file)));

const folder = temporaryFolder();
const { accessKeyId, secretAccessKey } = gateway;
const SECRET = `
apiVersion: v1
kind: Secret
metadata: { name: bucket-keys }
stringData: { AWS_ACCESS_KEY_ID: ${accessKeyId}, AWS_SECRET_ACCESS_KEY: ${secretAccessKey} }
`;

/** The quickstart's manifest with another source. */
function quickstartFrom(source: string): string {
  const text = readFileSync(join(ROOT, 'examples', 'quickstart.yaml'), 'utf8');
  const replaced = text.replace(/^( *)source:\n(\1 .*\n)+/m, `$1source: ${source}\n`);
  assert.notEqual(replaced, text);
  const file = join(folder, `${crypto.randomUUID()}.yaml`);
  writeFileSync(file, replaced);
  return file;
}

const fromBucket = `{ s3: { bucket: ${BUCKET}, prefix: exports/nightly, endpoint: "${gateway.endpoint}", credentialsSecretRef: { name: bucket-keys } } }`;
const secretFile = join(folder, 'secret.yaml');
writeFileSync(secretFile, SECRET);

describe('dumps in a bucket', () => {
  let expected: Awaited<ReturnType<typeof tableContents>>;

  before(async () => {
    const database = await createTestDatabase();
    const run = await motherload([
      ...['run', '-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps', '--database', database.uri],
    ]);
    assert.equal(run.code, 0, run.stderr);
    expected = await tableContents(database);
    assert(Object.keys(expected).length > 10);
  });

  it('are loaded by --dumps s3://, with keys from the environment, row by row as from a folder', async () => {
    const database = await createTestDatabase();
    const run = await motherload(
      [
        'run',
        '-f',
        'examples/quickstart.yaml',
        '--dumps',
        `s3://${BUCKET}/exports/nightly`,
        '--database',
        database.uri,
      ],
      { environment: gateway.environment },
    );
    assert.equal(run.code, 0, run.stderr + run.stdout);
    assert.deepEqual(await tableContents(database), expected);
  });

  it('are loaded by a manifest with source.s3, with keys from its Secret, row by row as from a folder', async () => {
    const database = await createTestDatabase();
    const run = await motherload([
      'run',
      '-f',
      quickstartFrom(fromBucket),
      '-f',
      secretFile,
      '--database',
      database.uri,
    ]);
    assert.equal(run.code, 0, run.stderr + run.stdout);
    assert.deepEqual(await tableContents(database), expected);
  });

  it('are loaded encrypted, row by row as from a folder', async () => {
    const gpg = await Gpg.create();
    const key = gpg.createKey('bucket');
    for (const file of readdirSync(DUMPS).filter((name) => name.endsWith('.zip')))
      await gateway.put(BUCKET, `encrypted/${file}.gpg`, gpg.encrypt(readFileSync(join(DUMPS, file)), key));
    const database = await createTestDatabase();
    const options = ['--dumps', `s3://${BUCKET}/encrypted`, '--database', database.uri, '--gpg-key', key.file];
    const run = await motherload(['run', '-f', 'examples/quickstart.yaml', ...options], {
      environment: gateway.environment,
    });
    assert.equal(run.code, 0, run.stderr + run.stdout);
    assert.deepEqual(await tableContents(database), expected);
  });

  it('are loaded where their entries are encrypted, and known by their authentication codes, which are read by ranges', async () => {
    const salt = Buffer.alloc(16, 7);
    const schema = '[{"column_name": "id", "column_type": "int"}, {"column_name": "name", "column_type": "varchar"}]';
    const put = async (rows: string) => {
      const entries = { 'parts.json': schema, 'parts.dat': `id|name\n${rows}` };
      const zip = rawZip(
        Object.entries(entries).map(([name, text]) => aesEntry(name, text, 'secret', { salt, method: 0 })),
      );
      await gateway.put(BUCKET, 'passwords/velo_v1.zip', zip);
    };
    const password = join(folder, 'password');
    writeFileSync(password, 'secret');
    const database = await createTestDatabase();
    const manifest = join(folder, 'passwords.yaml');
    writeFileSync(manifest, manifestText('loading: { onExisting: Replace }'));
    const options = [
      '--dumps',
      `s3://${BUCKET}/passwords`,
      '--database',
      database.uri,
      '--zip-password-file',
      password,
    ];
    const large = Array.from({ length: 200_000 }, (_, id) => `${id}|part\n`).join('');
    for (const [rows, expectedOutcome] of [
      [`${large}200000|one\n`, /1 loaded/],
      [`${large}200000|one\n`, /1 unchanged/],
      [`${large}200000|two\n`, /1 loaded/],
    ] as const) {
      await put(rows);
      const run = await motherload(['run', '-f', manifest, ...options], { environment: gateway.environment });
      assert.equal(run.code, 0, run.stderr + run.stdout);
      assert.match(run.stdout, expectedOutcome);
    }
    assert.deepEqual(await database.query('SELECT count(*)::int AS rows, max(name) AS name FROM v1_parts'), [
      { rows: 200_001, name: 'two' },
    ]);
  });

  it('are planned, proven and compared as those of a folder', async () => {
    const database = await createTestDatabase();
    const files = ['-f', quickstartFrom(fromBucket), '-f', secretFile, '--database', database.uri];
    const [own, folders] = [
      files,
      ['-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps', '--database', database.uri],
    ];
    const plans = [await motherload(['plan', ...own]), await motherload(['plan', ...folders])];
    assert.equal(plans[0]?.code, 0, plans[0]?.stderr);
    assert.equal(plans[0].stdout, plans[1]?.stdout);
    assert.equal((await motherload(['run', ...own])).code, 0);
    const again = await motherload(['run', ...own]);
    assert.match(again.stdout + again.stderr, /loaded before|unchanged|kept/i);
    const proof = await motherload(['verify', ...own, '--output', 'json']);
    assert.equal(proof.code, 0, proof.stdout + proof.stderr);
    const { tables } = JSON.parse(proof.stdout) as { tables: { outcome: string }[] };
    assert(tables.length > 10 && tables.every(({ outcome }) => outcome === 'Same'));
    const drifts = [await motherload(['drift', ...own]), await motherload(['drift', ...folders])];
    assert.equal(drifts[0]?.stdout, drifts[1]?.stdout);
    assert.equal((await motherload(['replay', ...own])).code, 0);
  });

  it('keep their rejects, which are loaded again by another format, as those of a folder', async () => {
    const database = await createTestDatabase();
    const text = 'ride_id|day\n1|2020-01-02\n2|03/04/2020\nx|07/08/2020\n';
    const dumps = join(folder, 'rides');
    await writeDump(dumps, 'crm_v1.zip', { rides: { columns: { ride_id: 'int', day: 'date' }, rows: [], text } });
    await gateway.put(BUCKET, 'rides/crm_v1.zip', readFileSync(join(dumps, 'crm_v1.zip')));
    const file = join(folder, 'rides.yaml');
    const withBucket = async (command: string, format: string) => {
      writeFileSync(file, manifestText(`rejects: { limit: 5 }\nmotherTables: { policy: Create }\n${format}`));
      const parameters = [command, '-f', file, '--dumps', `s3://${BUCKET}/rides`, '--database', database.uri];
      return await motherload(parameters, { environment: gateway.environment });
    };
    const run = await withBucket('run', '');
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const counts = () => database.query('SELECT rows::int, rejects::int FROM motherload.loads');
    assert.deepEqual(await counts(), [{ rows: 1, rejects: 2 }]);
    const replay = await withBucket('replay', 'format: { dateOrder: DMY }');
    assert.deepEqual([replay.code, replay.stdout], [1, 'public.v1_rides: 1 rejects are loaded now, 1 are left\n']);
    assert.deepEqual(await counts(), [{ rows: 2, rejects: 1 }]);
    assert.deepEqual(await database.query('SELECT ride_id, day::text FROM v1_rides ORDER BY 1'), [
      { ride_id: 1, day: '2020-01-02' },
      { ride_id: 2, day: '2020-04-03' },
    ]);
  });

  it('are sniffed by their URL as a file is', async () => {
    const file = await motherload(['sniff', 'examples/dumps/velo_v1.zip']);
    const object = await motherload(['sniff', `s3://${BUCKET}/exports/nightly/velo_v1.zip`], {
      environment: gateway.environment,
    });
    assert.deepEqual([object.code, object.stdout], [file.code, file.stdout]);
    const missing = await motherload(['sniff', `s3://${BUCKET}/velo_v9.zip`], { environment: gateway.environment });
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /no object of this name/);
  });

  it('need credentials: the error says where they may come from, and no Secret is shown', async () => {
    const database = await createTestDatabase();
    const environment = { HOME: folder, AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: 'true' };
    const run = await motherload(['run', '-f', quickstartFrom(fromBucket), '--database', database.uri], {
      environment,
    });
    assert.notEqual(run.code, 0);
    assert.match(run.stdout + run.stderr, /no credentials for the bucket/);
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, SECRET.replace(secretAccessKey, 'not-the-secret-key'));
    const refused = await motherload([
      'run',
      '-f',
      quickstartFrom(fromBucket),
      '-f',
      wrong,
      '--database',
      database.uri,
      '--verbose',
    ]);
    assert.match(refused.stdout + refused.stderr, /SignatureDoesNotMatch/);
    assert.doesNotMatch(refused.stdout + refused.stderr, /not-the-secret-key/);
  });

  it('are refused where --dumps is no URL of a bucket', async () => {
    const run = await motherload(['plan', '-f', 'examples/quickstart.yaml', '--dumps', 's3:/oops']);
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, /write s3:\/\/BUCKET\/PREFIX/);
  });
});
