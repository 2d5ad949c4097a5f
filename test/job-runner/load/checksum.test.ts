import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readChecksum } from '../../../job-runner/database/checksum.ts';
import { findLoad } from '../../../job-runner/database/ledger.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { load, ridesDatabase, ridesText, upTo, type Scene } from './load-scene.ts';

const TABLE = { schema: 'public', name: 'v1_rides' };

/** The checksum that a load has left in the ledger, and that of its table as PostgreSQL computes it. */
async function checksumsOf(database: TestDatabase, scene: Scene) {
  const { seconds, rows } = await load(database, scene);
  const { checksum } = (await findLoad(database.client, 'motherload', TABLE)) ?? {};
  assert(checksum);
  const scanned = await readChecksum(database.client, TABLE, checksum.columns);
  assert.equal(scanned.rows, rows);
  return { kept: checksum.sum, scanned: scanned.sum.toString(), isScanned: 'checksum' in seconds, checksum };
}

/** Values of each type that is copied in binary, whose spelling leaves no doubt. */
const BINARY: Readonly<Record<string, readonly string[]>> = {
  smallint: ['-32768', '32767', '0', '-1'],
  integer: ['-2147483648', '2147483647', '-0', '007'],
  bigint: ['-99999999999999999', '999999999999999999', '4294967296', '1'],
  'numeric(12,4)': ['0', '-0.0', '1.5', '1.5000'],
  'numeric(18,9)': ['0.00005', '10000', '-120000.000100000', '99999999.999999999'],
  numeric: ['1.50', '1.5', '0.000000000000001', '100000000000000000'],
  boolean: ['0', '1', 't', 'f'],
  'double precision': ['0', '-0', '1.5', '-12345.678'],
  date: ['0001-01-01', '9999-12-31', '2000-01-01', '2024-02-29'],
  timestamp: ['2000-01-01', '2024-02-29 23:59:59.123456', '1900-01-01T00:00:00', '9999-12-31 23:59:59'],
  'timestamp(3)': ['2024-02-29 12:00:00.120', '2024-02-29 12:00:00.12', '1999-12-31 00:00:00', '2000-01-01 00:00:01'],
  timestamptz: ['2024-02-29 12:00:00+02', '2024-02-29 12:00:00Z', '1970-01-01', '2024-02-29 00:00:00.5 -0330'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ],
  text: ['', 'a', 'eleven byte', 'Zo\xeb and a text of more than twelve bytes'],
  'varchar(20)': ['twelve bytes', 'thirteen byte', ' blanks ', '\xfcber'],
  bytea: ['\\x', '\\x00', '\\xff00ff', '\\x000102030405060708090a0b0c0d'],
};

/** Those that only PostgreSQL reads, or that are copied as text. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  real: ['0', '-0', '1.5', '3.4e38'],
  'char(5)': ['', 'a', 'abcde', 'a b'],
  time: ['00:00:00', '23:59:59.999999', '12:00', '01:02:03'],
  timetz: ['12:00:00+02', '00:00:00Z', '23:59:59-11:30', '12:00:00+00'],
  interval: ['1 day', '-00:00:01', '1 year 2 mons', '100 days 01:00:00'],
  json: ['{"a":1}', '{"a": 1}', '[]', '"x"'],
  jsonb: ['{"a":1}', '{"a": 1}', '[1, 2]', 'null'],
  xml: ['<a/>', '<a></a>', 'text', '<b>1</b>'],
  point: ['(1,2)', '(0,-0)', '(1.5,2)', '(2,1)'],
  inet: ['10.0.0.1', '10.0.0.0/8', '::1', '10.0.0.1/32'],
  'bit(4)': ['0000', '1010', '1111', '0001'],
  'varbit(8)': ['', '0', '10101010', '1'],
  'integer[]': ['{}', '{1,2}', '{NULL}', '{{1},{2}}'],
  'text[]': ['{}', '{"a b",NULL}', '{""}', '{a}'],
  int4range: ['empty', '[1,5)', '(,3)', '[1,)'],
  money: ['1.50', '-1', '0', '1000000'],
  tsvector: ["'a' 'b'", "'a':1", '', "'b'"],
};

function sceneOf(types: Readonly<Record<string, readonly string[]>>, spec = ''): Scene {
  const names = Object.keys(types).map((_, index) => `c${index}`);
  const columns = Object.fromEntries(Object.keys(types).map((type, index) => [names[index] ?? '', type]));
  const lines = [0, 1, 2, 3].map((row) => Object.values(types).map((values) => `\`${values[row] ?? ''}\``));
  const nulls = names.map(() => 'NULL');
  const text = [names, ...lines, nulls].map((fields) => `${fields.join('|')}\n`).join('');
  const dialect = 'format: { dialect: postgresql, encoding: LATIN1, quotedNull: false, unknownTypes: Text }';
  return { text, columns, mother: undefined, spec: `${dialect}\n${spec}` };
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`the checksum of a load on PostgreSQL ${version}`, () => {
    for (const streams of [1, 2]) {
      const spec = `loading: { streamsPerTable: ${streams} }`;

      test(`is computed of the rows on their way, as PostgreSQL computes it of the table (streams: ${streams})`, async () => {
        const database = await createTestDatabase(version);
        const { kept, scanned, isScanned } = await checksumsOf(database, sceneOf(BINARY, spec));
        assert.equal(kept, scanned);
        assert.equal(isScanned, false);
      });

      test(`is that of the table for each type that is not copied in binary (streams: ${streams})`, async () => {
        const database = await createTestDatabase(version);
        const { kept, scanned, isScanned } = await checksumsOf(database, sceneOf(OTHERS, spec));
        assert.equal(kept, scanned);
        assert.equal(isScanned, true);
      });

      test(`is that of the rows where records are left out (streams: ${streams})`, async () => {
        const database = await ridesDatabase(version);
        const text = ridesText(upTo(30_000), (id) => (id % 1000 === 7 ? `${id}|one field too many` : `rider ${id}`));
        const { kept, scanned } = await checksumsOf(database, { text, spec: `${spec}\nrejects: { limit: 30 }` });
        assert.equal(kept, scanned);
      });
    }

    test('is that of the table for bits and bytes as MySQL writes them', async () => {
      const database = await createTestDatabase(version);
      const columns = { flags: 'bit(4)', many: 'bit(12)', photo: 'blob' };
      const text = 'flags|many|photo\n5|4095|0x00ff\n0|0|\nNULL|1|0x41\n';
      const scene = { text, columns, mother: undefined, spec: 'format: { dialect: mysql }' };
      const { kept, scanned, isScanned } = await checksumsOf(database, scene);
      assert.deepEqual([kept, isScanned], [scanned, false]);
    });

    test('is the same for the same rows in another order, in binary and in text', async () => {
      const database = await ridesDatabase(version);
      const rider = (id: number) => `rider ${id}`;
      const replace = 'loading: { onExisting: Replace }';
      const forwards = await checksumsOf(database, { text: ridesText(upTo(500), rider) });
      const backwards = ridesText([...upTo(500)].reverse(), rider);
      assert.equal((await checksumsOf(database, { text: backwards, spec: replace })).kept, forwards.kept);
      // A blank before a number is for PostgreSQL to read.
      const inText = await checksumsOf(database, { text: backwards.replace('\n7|', '\n 7|'), spec: replace });
      assert.deepEqual([inText.kept, inText.isScanned], [forwards.kept, true]);
    });

    test('is another one where two rows have exchanged a value', async () => {
      const database = await ridesDatabase(version);
      const { checksum, scanned } = await checksumsOf(database, { text: 'ride_id|rider\n1|one\n2|two\n3|NULL\n' });
      const after = async (sql: string) => {
        await database.query(sql);
        return (await readChecksum(database.client, TABLE, checksum.columns)).sum.toString();
      };
      assert.notEqual(
        await after(`UPDATE v1_rides SET rider = CASE ride_id WHEN 1 THEN 'two' ELSE 'one' END WHERE ride_id < 3`),
        scanned,
      );
      assert.equal(
        await after(`UPDATE v1_rides SET rider = CASE ride_id WHEN 1 THEN 'one' ELSE 'two' END WHERE ride_id < 3`),
        scanned,
      );
      // The halves of a bigint, of which PostgreSQL's own hash takes the exclusive or.
      assert.notEqual(await after('UPDATE v1_rides SET ride_id = 4294967296 WHERE ride_id = 1'), scanned);
    });
  });
}

test('the checksum of a load is the same on every version of PostgreSQL', async () => {
  const sums = new Set<string>();
  for (const version of SUPPORTED_VERSIONS) {
    const { kept } = await checksumsOf(await createTestDatabase(version), sceneOf(BINARY));
    sums.add(kept);
  }
  assert.equal(sums.size, 1);
});
