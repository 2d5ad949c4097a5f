import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

interface Proof {
  readonly versionTable: string;
  readonly outcome: string;
  readonly rows: number;
  readonly onlyInDump?: number;
  readonly onlyInTable?: number;
  readonly findings: readonly string[];
  readonly notes: readonly string[];
  readonly examples: { readonly onlyInDump: readonly string[]; readonly onlyInTable: readonly string[] };
}

const TEXT = 'ride_id|price|rider\n1|1.50|one\n2|2.25|two\n3|1.50|NULL\n4|9|`four`\n';
const BY_CHECKSUM = 'the rows of the table are not those that were loaded, by the checksum in the ledger';

/** What somebody does to the table, and what it says. */
const CHANGES = [
  {
    title: 'one changed value',
    sql: `UPDATE v1_rides SET rider = 'Two' WHERE ride_id = 2`,
    ...{
      onlyInDump: ['{"ride_id":2,"price":2.25,"rider":"two"}'],
      onlyInTable: ['{"ride_id":2,"price":2.25,"rider":"Two"}'],
    },
    findings: ['1 row is only in the dump, and 1 only in the table', BY_CHECKSUM],
  },
  {
    title: 'a value that two rows have exchanged',
    sql: `UPDATE v1_rides SET rider = CASE ride_id WHEN 1 THEN 'two' ELSE 'one' END WHERE ride_id IN (1, 2)`,
    findings: ['2 rows are only in the dump, and 2 only in the table', BY_CHECKSUM],
  },
  {
    title: 'one missing row',
    sql: 'DELETE FROM v1_rides WHERE ride_id = 4',
    ...{ onlyInDump: ['{"ride_id":4,"price":9.00,"rider":"four"}'], onlyInTable: [] },
    findings: [
      'the table has 3 rows, and 4 were loaded',
      '1 row is only in the dump, and 0 only in the table',
      BY_CHECKSUM,
    ],
  },
  {
    title: 'one row that is there twice',
    sql: 'INSERT INTO v1_rides SELECT * FROM v1_rides WHERE ride_id = 3',
    findings: [
      'the table has 5 rows, and 4 were loaded',
      '0 rows are only in the dump, and 1 only in the table',
      BY_CHECKSUM,
    ],
  },
  {
    title: 'a NULL in place of an empty text',
    sql: `UPDATE v1_rides SET rider = '' WHERE ride_id = 3`,
    findings: ['1 row is only in the dump, and 1 only in the table', BY_CHECKSUM],
  },
  {
    title: 'a table that readers of the mother do not see any more',
    sql: 'ALTER TABLE v1_rides NO INHERIT rides',
    findings: ['the table does not inherit from public.rides any more'],
  },
  {
    title: 'a row of the ledger that somebody has changed',
    sql: 'UPDATE motherload.loads SET records = records + 1',
    findings: [
      'the ledger has 5 records, and 4 rows and 0 rejects of them',
      'the dump has 4 records, and 5 were loaded',
    ],
  },
] as const;

for (const version of SUPPORTED_VERSIONS) {
  describe(`motherload verify on PostgreSQL ${version}`, async () => {
    const folder = temporaryFolder();
    const database = await createTestDatabase(version);
    await database.query('CREATE TABLE rides (ride_id integer, price numeric(8,2))');
    const manifest = join(folder, 'ingestion.yaml');
    const dumps = join(folder, 'dumps');
    const columns = { ride_id: 'int', price: 'decimal(8,2)', rider: 'varchar' };
    const write = (text: string) => writeDump(dumps, 'crm_v1.zip', { rides: { columns, rows: [], text } });
    const command = async (name: string, ...more: string[]) =>
      await motherload([name, '-f', manifest, '--dumps', dumps, '--database', database.uri, ...more]);
    const verify = async (...more: string[]) => {
      const { code, stdout, stderr } = await command('verify', '--output', 'json', ...more);
      assert.notEqual(stdout, '', stderr);
      const [proof] = (JSON.parse(stdout) as { tables: Proof[] }).tables;
      assert(proof !== undefined);
      return { code, ...proof };
    };
    /** Everything that the target has, and the ledger. */
    const everything = async () =>
      JSON.stringify([
        await database.query('SELECT xmin::text, ctid::text, * FROM v1_rides ORDER BY ctid'),
        await database.query('SELECT xmin::text, * FROM motherload.loads'),
        await database.query('SELECT xmin::text, * FROM motherload.rejects'),
        await database.query('SELECT relname FROM pg_class WHERE relnamespace >= 16384 ORDER BY 1'),
      ]);
    const load = async (spec: string, text = TEXT) => {
      writeFileSync(manifest, manifestText(spec));
      await write(text);
      await database.query('DROP TABLE IF EXISTS v1_rides; DROP SCHEMA IF EXISTS motherload CASCADE');
      const { code, stdout, stderr } = await command('run');
      assert.equal(code, 0, stdout + stderr);
    };

    it('says so where a table is not loaded', async () => {
      writeFileSync(manifest, manifestText(''));
      await write(TEXT);
      const { code, outcome } = await verify();
      assert.deepEqual([code, outcome], [1, 'NotLoaded']);
    });

    it('finds the rows of the dump in the table, and changes nothing', async () => {
      await load('');
      const before = await everything();
      const { code, stdout } = await command('verify', 'v1_rides');
      assert.equal(code, 0);
      assert.match(
        stdout,
        /public\.v1_rides +Same +4 +0 +0 +0\n\n1 of 1 version tables have the rows of their dumps\n$/,
      );
      assert.equal(await everything(), before);
    });

    it('refuses a name that no dump is loaded into', async () => {
      const { code, stderr } = await command('verify', 'v9_rides');
      assert.equal(code, 2);
      assert.match(stderr, /no dump of this manifest is loaded into v9_rides/);
    });

    for (const { title, sql, findings, ...examples } of CHANGES) {
      it(`finds ${title}`, async () => {
        await load('');
        await database.query(sql);
        const before = await everything();
        const proof = await verify('public.v1_rides');
        assert.deepEqual([proof.code, proof.outcome, proof.findings], [1, 'Differs', findings]);
        if ('onlyInDump' in examples) assert.deepEqual(proof.examples, examples);
        assert.equal(await everything(), before);
      });
    }

    it('shows no value where they are hidden', async () => {
      await load('privacy: { records: Hidden }');
      await database.query(`UPDATE v1_rides SET rider = 'secret'`);
      const { code, stdout } = await command('verify');
      assert.equal(code, 1);
      assert.match(stdout, /Differs +4 +0 +4 +4\n/);
      assert.doesNotMatch(stdout, /secret|four/);
    });

    it('finds a dump with other content, and one that was packed again', async () => {
      await load('');
      await write(TEXT.replace('one', 'eno'));
      const other = await verify();
      assert.deepEqual([other.code, other.onlyInDump, other.onlyInTable], [1, 1, 1]);
      assert.match(other.findings[0] ?? '', /^the dump has other content than was loaded: CRC-32 /);
      await write(TEXT);
      await database.query(`UPDATE motherload.loads SET sha256 = repeat('0', 64)`);
      const again = await verify();
      assert.match(
        again.findings.join(),
        /^the packed bytes in the dump are not those that were loaded: SHA-256 [0-9a-f]{64}, not 0{64}$/,
      );
      assert.deepEqual([again.code, again.onlyInDump], [1, 0]);
    });

    it('compares dump and table of a load that has no checksum, and says so', async () => {
      await load('');
      await database.query(
        'UPDATE motherload.loads SET checksum = NULL, checksum_of = NULL, sha256 = NULL, records = NULL',
      );
      const proof = await verify();
      assert.deepEqual([proof.code, proof.outcome], [0, 'Same']);
      assert.deepEqual(proof.notes, [
        'the ledger has no checksum of this load, which an earlier version of Motherload made',
      ]);
    });

    it('says which column changed its type since the load, and still compares dump and table', async () => {
      await load('');
      await database.query('ALTER TABLE rides ALTER price TYPE numeric, ALTER ride_id TYPE bigint');
      const proof = await verify();
      assert.deepEqual(
        [proof.code, proof.notes],
        [1, ["the ledger's checksum was not compared: price changed its type since the load"]],
      );
      await load('');
      await database.query('ALTER TABLE rides ALTER price TYPE numeric(12,4), ALTER ride_id TYPE bigint');
      assert.deepEqual((await verify()).findings, []);
    });
  });
}
