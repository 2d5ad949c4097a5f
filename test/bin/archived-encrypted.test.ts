import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { zipDump } from '../../examples/generator/dump.ts';
import { Gateway } from '../bucket/gateway.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { rawZip } from '../failing-dumps/failing-dumps.ts';
import { Gpg } from '../gpg.ts';
import { aesEntry } from '../job-runner/dump/encrypted/aes-writer.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder, type CliResult } from './cli.ts';
import { numbered, table } from './dumps.ts';

const ARCHIVE = 'archive: { action: Move, path: archive, name: "{version}/{file}" }';
const folder = temporaryFolder();
const gpg = await Gpg.create();
const key = gpg.createKey('archive');
const manifest = join(folder, 'ingestion.yaml');
const password = join(folder, 'password');
writeFileSync(password, 'secret');

const users = (count: number) => {
  const rows = numbered(count, (id) => ({ id }));
  return zipDump({ file: 'crm.zip', tables: [table('users', ['id int'], rows)] });
};
const run = (database: TestDatabase, more: readonly string[], environment?: NodeJS.ProcessEnv): Promise<CliResult> => {
  writeFileSync(manifest, manifestText(ARCHIVE));
  const parameters = ['run', '-f', manifest, '--database', database.uri, ...more];
  return motherload(parameters, environment === undefined ? {} : { environment });
};
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
/** The files below a folder with what is in them. */
const filesOf = (top: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (readdirSync(top, { recursive: true }) as string[])
      .filter((file) => statSync(join(top, file)).isFile())
      .sort()
      .map((file) => [file, digest(readFileSync(join(top, file)))]),
  );

/** A volume with these dumps. */
function volume(dumps: Readonly<Record<string, Buffer>>): string {
  const top = join(folder, crypto.randomUUID());
  for (const [file, bytes] of Object.entries(dumps)) {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    writeFileSync(join(top, file), bytes);
  }
  return top;
}

describe('an encrypted dump whose tables are loaded', () => {
  it('is archived as it is, under the pattern of its name in the clear, and one that was changed stays', async () => {
    const [one, two] = [gpg.encrypt(await users(3), key), gpg.encrypt(await users(400), key)];
    const changed = Buffer.from(two);
    changed.writeUInt8(changed.readUInt8(changed.length - 100) ^ 1, changed.length - 100);
    const top = volume({ 'eu/crm_v1.zip.gpg': one, 'crm_v2.zip.pgp': changed });
    const database = await createTestDatabase();
    const options = ['--dumps', top, '--gpg-key', key.file];
    const first = await run(database, options);
    assert.equal(first.code, 1, first.stderr + first.stdout);
    assert.deepEqual(filesOf(top), {
      'archive/v1/eu/crm_v1.zip.gpg': digest(one),
      'crm_v2.zip.pgp': digest(changed),
    });
    assert.deepEqual(
      await database.query('SELECT dump_file, action, archived_as FROM motherload.dumps WHERE archived_at IS NOT NULL'),
      [{ dump_file: 'eu/crm_v1.zip.gpg', action: 'Move', archived_as: 'v1/eu/crm_v1.zip.gpg' }],
    );

    rmSync(join(top, 'crm_v2.zip.pgp'));
    writeFileSync(join(top, 'crm_v2.zip.pgp'), two);
    const second = await run(database, options);
    assert.equal(second.code, 0, second.stderr + second.stdout);
    assert.deepEqual(filesOf(top), {
      'archive/v1/eu/crm_v1.zip.gpg': digest(one),
      'archive/v2/crm_v2.zip.pgp': digest(two),
    });
    const counts = await database.query(
      'SELECT dump_version AS version, rows::int AS rows FROM motherload.loads ORDER BY 1',
    );
    assert.deepEqual(counts, [
      { version: 'v1', rows: 3 },
      { version: 'v2', rows: 400 },
    ]);
  });

  it('is archived in its bucket', async () => {
    const gateway = await Gateway.start();
    gateway.createBucket('dumps');
    const message = gpg.encrypt(await users(5), key);
    await gateway.put('dumps', 'in/crm_v1.zip.gpg', message);
    const database = await createTestDatabase();
    const options = ['--dumps', 's3://dumps/in', '--gpg-key', key.file];
    for (const expected of [/archive: 1 dump archived/, /no dump has come since the last ones were archived/]) {
      const result = await run(database, options, gateway.environment);
      assert.equal(result.code, 0, result.stderr + result.stdout);
      assert.match(result.stdout, expected);
    }
    assert.deepEqual(filesOf(join(gateway.folder, 'dumps')), { 'archive/v1/crm_v1.zip.gpg': digest(message) });
  });

  it('is archived where its entries alone are encrypted', async () => {
    const files = { 'users.json': '[{"column_name": "id", "column_type": "int"}]', 'users.dat': 'id\n1\n2\n' };
    const zip = rawZip(Object.entries(files).map(([name, text]) => aesEntry(name, text, 'secret')));
    const top = volume({ 'crm_v1.zip': zip });
    const database = await createTestDatabase();
    const result = await run(database, ['--dumps', top, '--zip-password-file', password]);
    assert.equal(result.code, 0, result.stderr + result.stdout);
    assert.deepEqual(filesOf(top), { 'archive/v1/crm_v1.zip': digest(zip) });
    assert.deepEqual(await database.query('SELECT id::int AS id FROM users ORDER BY 1'), [{ id: 1 }, { id: 2 }]);
  });
});
