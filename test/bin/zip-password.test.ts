import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { tableContents } from '../bucket/table-contents.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { rawZip } from '../failing-dumps/failing-dumps.ts';
import { aesEntry } from '../job-runner/dump/encrypted/aes-writer.ts';
import { manifestText } from '../manifest.ts';
import { installPackages } from '../packages.ts';
import { motherload, ROOT, temporaryFolder, type CliResult } from './cli.ts';
import { BSDTAR, DUMPS, packed, PASSWORD, PACKERS, SEVEN_ZIP } from './encrypted-dumps.ts';

const folder = temporaryFolder();

const inFile = (text: string): readonly string[] => {
  const file = join(folder, crypto.randomUUID());
  writeFileSync(file, text, { mode: 0o600 });
  return ['--zip-password-file', file];
};
const given = inFile(`${PASSWORD}\nand another line\n`);

const run = async (
  database: TestDatabase,
  dumps: string,
  options: readonly string[] = [],
  manifest = 'examples/quickstart.yaml',
): Promise<CliResult> =>
  await motherload(['run', '-f', manifest, '--dumps', dumps, '--database', database.uri, ...options]);

before(() => installPackages(PACKERS, 'install them yourself to run these tests'));

describe('ZIPs with a password', () => {
  let expected: Awaited<ReturnType<typeof tableContents>>;

  before(async () => {
    const database = await createTestDatabase();
    const plain = await run(database, DUMPS);
    assert.equal(plain.code, 0, plain.stderr);
    expected = await tableContents(database);
    assert(Object.keys(expected).length > 10);
  });

  for (const [tool, command] of [
    ['7-Zip', SEVEN_ZIP],
    ['bsdtar', BSDTAR],
  ] as const)
    it(`of ${tool} are loaded row by row as plain ones, not again by a second run, and proven`, async () => {
      const dumps = await packed(command);
      const database = await createTestDatabase();
      const result = await run(database, dumps, given);
      assert.equal(result.code, 0, result.stderr + result.stdout);
      assert.deepEqual(await tableContents(database), expected);
      const again = await run(database, dumps, given);
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stdout, /20 unchanged; 0 rows/);
      const rows = await database.query('SELECT count(*)::int AS count FROM motherload.loads');
      assert.deepEqual(rows, [{ count: 20 }]);
      const shared = ['-f', 'examples/quickstart.yaml', '--dumps', dumps, ...given];
      const verified = await motherload(['verify', ...shared, '--database', database.uri]);
      assert.equal(verified.code, 0, verified.stderr + verified.stdout);
      assert.match(verified.stdout, /20 of 20 version tables have the rows of their dumps/);
    });

  it('are planned, and their format is found', async () => {
    const dumps = await packed(SEVEN_ZIP, /velo_v1/);
    const planned = await motherload(['plan', '-f', 'examples/quickstart.yaml', '--dumps', dumps, ...given]);
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /COPY/);
    const sniffed = await motherload(['sniff', join(dumps, 'velo_v1.zip'), ...given]);
    assert.equal(sniffed.code, 0, sniffed.stderr);
    assert.equal(sniffed.stdout, (await motherload(['sniff', join(DUMPS, 'velo_v1.zip')])).stdout);
  });

  it('keep their rejects, which are loaded again by another format', async () => {
    const dumps = join(folder, 'rides');
    mkdirSync(dumps);
    const schema = '[{"column_name": "ride_id", "column_type": "int"}, {"column_name": "day", "column_type": "date"}]';
    const text = 'ride_id|day\n1|2020-01-02\n2|03/04/2020\nx|07/08/2020\n';
    const entries = { 'rides.json': schema, 'rides.dat': text };
    const zip = rawZip(Object.entries(entries).map(([name, content]) => aesEntry(name, content, PASSWORD)));
    writeFileSync(join(dumps, 'crm_v1.zip'), zip);
    const database = await createTestDatabase();
    const file = join(folder, 'rides.yaml');
    const command = async (name: string, format: string) => {
      writeFileSync(file, manifestText(`rejects: { limit: 5 }\nmotherTables: { policy: Create }\n${format}`));
      return await motherload([name, '-f', file, '--dumps', dumps, '--database', database.uri, ...given]);
    };
    const first = await command('run', '');
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const replay = await command('replay', 'format: { dateOrder: DMY }');
    assert.deepEqual([replay.code, replay.stdout], [1, 'public.v1_rides: 1 rejects are loaded now, 1 are left\n']);
    assert.deepEqual(await database.query('SELECT ride_id, day::text FROM v1_rides ORDER BY 1'), [
      { ride_id: 1, day: '2020-01-02' },
      { ride_id: 2, day: '2020-04-03' },
    ]);
  });

  it("are loaded with the password of the manifest's Secret, which no output shows", async () => {
    const dumps = await packed(SEVEN_ZIP);
    const manifest = join(folder, 'secret.yaml');
    const text = readFileSync(join(ROOT, 'examples', 'quickstart.yaml'), 'utf8');
    const decryption = 'decryption: { zip: { passwordSecretRef: { name: zips } } }';
    const source = `source: { volume: { hostPath: { path: ${dumps} } }, ${decryption} }`;
    const secret = `kind: Secret\napiVersion: v1\nmetadata: { name: zips }\nstringData: { password: "${PASSWORD}" }\n`;
    writeFileSync(manifest, `${secret}---\n${text.replace(/^( *)source:\n(\1 .*\n)+/m, `$1${source}\n`)}`);
    const database = await createTestDatabase();
    const result = await run(database, dumps, ['--verbose'], manifest);
    assert.equal(result.code, 0, result.stderr + result.stdout);
    assert(!(result.stdout + result.stderr).includes(PASSWORD));
    assert.deepEqual(await tableContents(database), expected);
    writeFileSync(manifest, text.replace(/^( *)source:\n(\1 .*\n)+/m, `$1${source}\n`));
    const without = await run(database, dumps, [], manifest);
    assert.match(without.stderr, /spec\.source\.decryption refers to the Secret zips .*add its file with -f/);
  });
});

describe('ZIPs whose password or content is not right', () => {
  const SCHEMA = '[{"column_name": "id", "column_type": "int"}, {"column_name": "name", "column_type": "varchar"}]';
  const dat = (rows: readonly string[]): string => `id|name\n${rows.map((row, index) => `${index}|${row}\n`).join('')}`;
  const salt = Buffer.alloc(16, 7);
  /** A dump in which nothing but the encrypted bytes depends on the rows, if they have one length. */
  const dumpOf = (rows: readonly string[]): Buffer =>
    rawZip([
      aesEntry('bikes.json', SCHEMA, PASSWORD, { salt, method: 0 }),
      aesEntry('bikes.dat', dat(rows), PASSWORD, { salt, method: 0 }),
    ]);
  const write = (zip: Buffer, dumps = join(folder, crypto.randomUUID())): string => {
    mkdirSync(dumps, { recursive: true });
    writeFileSync(join(dumps, 'velo_v1.zip'), zip);
    return dumps;
  };
  const manifest = (more = ''): string => {
    const file = join(folder, `${crypto.randomUUID()}.yaml`);
    const spec = `source: { volume: { hostPath: { path: / } } }\n  target: { databaseSecretRef: { name: none }, schema: velo }\n${more}`;
    writeFileSync(
      file,
      `apiVersion: motherload.dev/v1alpha1\nkind: DumpIngestion\nmetadata: { name: zips }\nspec:\n  ${spec}`,
    );
    return file;
  };
  const names = async (database: TestDatabase) =>
    (await database.query('SELECT name FROM velo.v1_bikes ORDER BY id')).map(({ name }) => name);

  it('are loaded again where the content changed, though size, time and CRC-32 did not', async () => {
    const database = await createTestDatabase();
    const dumps = write(dumpOf(['red', 'two']));
    const file = manifest('  loading: { onExisting: Replace }\n');
    const first = await run(database, dumps, given, file);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(await names(database), ['red', 'two']);
    write(dumpOf(['red', 'six']), dumps);
    const second = await run(database, dumps, given, file);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /1 loaded/);
    assert.deepEqual(await names(database), ['red', 'six']);
    const third = await run(database, dumps, given, file);
    assert.match(third.stdout, /1 unchanged/);
    const [load] = await database.query('SELECT entry_crc32 AS code FROM motherload.loads');
    assert.match(String(load?.['code']), /^[0-9a-f]{20}$/);
  });

  it('are not taken for copies of each other, though their directories are alike', async () => {
    const database = await createTestDatabase();
    const dumps = write(dumpOf(['red', 'two']));
    writeFileSync(join(dumps, 'velo_v2.zip'), dumpOf(['red', 'six']));
    const result = await run(database, dumps, given, manifest());
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /2 loaded/);
    assert.doesNotMatch(result.stdout + result.stderr, /same rows|same bytes|duplicate/i);
  });

  it('attach nothing where one byte was changed, in the middle or in the authentication code, whatever may be left out', async () => {
    const zip = dumpOf(Array.from({ length: 40_000 }, (_, index) => `bike ${index}`));
    const end = zip.lastIndexOf('PK\x01\x02', zip.lastIndexOf('PK\x01\x02') - 1);
    for (const at of [end - 10_000, end - 1]) {
      const changed = Buffer.from(zip);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const database = await createTestDatabase();
      const result = await run(database, write(changed), given, manifest('  rejects: { limit: 10 }\n'));
      assert.notEqual(result.code, 0);
      assert.match(result.stdout + result.stderr, /EntryCodeMismatch: velo_v1\.zip:bikes\.dat.*authentication code/);
      assert.deepEqual(await database.query("SELECT 1 FROM pg_class WHERE relname IN ('v1_bikes')"), []);
      assert.deepEqual(await database.query("SELECT 1 FROM pg_class WHERE relname LIKE 'staging%'"), []);
    }
  });

  it('use no schema file that was changed', async () => {
    const zip = dumpOf(['red', 'two']);
    const at = zip.indexOf('PK\x03\x04', 4) - 15;
    zip[at] = (zip[at] ?? 0) ^ 1;
    const database = await createTestDatabase();
    const result = await run(database, write(zip), given, manifest());
    assert.match(result.stdout + result.stderr, /EntryCodeMismatch: velo_v1\.zip:bikes\.json/);
    assert.deepEqual(await database.query("SELECT 1 FROM pg_class WHERE relname LIKE '%bikes'"), []);
  });

  it('say whether the password is missing, another one, empty or unreadable', async () => {
    const dumps = write(dumpOf(['red']));
    const cases: readonly (readonly [options: readonly string[], expected: RegExp])[] = [
      [[], /EntryEncrypted.*set spec\.source\.decryption\.zip, or give --zip-password-file/],
      [inFile('wrong'), /ZipPassword: velo_v1\.zip:bikes\.json.*its password is another one: correct the Secret/],
      [inFile('\n'), /the password is empty/],
      [['--zip-password-file', join(folder, 'missing')], /--zip-password-file cannot be read: no such file or folder/],
    ];
    for (const [options, expected] of cases) {
      const result = await run(await createTestDatabase(), dumps, options, manifest());
      assert.notEqual(result.code, 0);
      assert.match(result.stdout + result.stderr, expected);
    }
  });

  it('are refused in the old encryption of PKWARE, which 7-Zip uses by default', async () => {
    const dumps = await packed('7zz a -tzip -p"$SECRET" "$OUT" .', /velo_v1/);
    const result = await run(await createTestDatabase(), dumps, given);
    assert.match(result.stdout + result.stderr, /EntryEncrypted.*old way of PKWARE.*weak.*-mem=AES256/);
  });
});
