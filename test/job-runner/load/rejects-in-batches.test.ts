import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { verifyTable } from '../../../job-runner/load/verify-table.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { load, taskOf } from './load-scene.ts';
import { rejectsOf } from './rejects-scene.ts';

/** More than three batches. */
const RECORDS = 160_000;
const COLUMNS = { ride_id: 'int', rider: 'varchar', price: 'decimal(8,2)', colour: 'varchar' };

/** A bad record, and what is said of it. */
interface Bad {
  readonly record: (index: number) => string;
  readonly code: string;
  readonly column: string | null;
  readonly value?: string;
}

const good = (index: number) => `${index}|rider ${index}|${index % 900}.25|red`;

interface Scene {
  readonly title: string;
  readonly mother: string;
  readonly bad: readonly Bad[];
}

const FOUND_BY_READER: Bad = { record: () => 'x|nobody|1.00|red', code: 'Sql22P02', column: 'ride_id', value: 'x' };

const SCENES: readonly Scene[] = [
  {
    title: 'a CHECK, a key and the reader in binary',
    mother: `CREATE TABLE bikes (ride_id int, rider text, price numeric(8,2) CHECK (price < 900), colour text); CREATE UNIQUE INDEX ON bikes (ride_id)`,
    bad: [
      { record: (index) => `${index}|nobody|901.00|red`, code: 'Sql23514', column: null },
      FOUND_BY_READER,
      { record: () => '0|there already|1.00|red', code: 'Sql23505', column: null },
    ],
  },
  {
    title: 'a domain and a CHECK over two columns, one of which has its default, in binary',
    mother: `CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 900);
      CREATE TABLE bikes (extra int DEFAULT 7, ride_id int NOT NULL, rider text, price fare, colour text, CHECK (length(rider) > extra OR ride_id < 10))`,
    bad: [
      { record: (index) => `${index}|somebody|901.5|red`, code: 'Sql23514', column: 'price', value: '901.5' },
      { record: (index) => `${index}|short|1.00|red`, code: 'Sql23514', column: null },
      { record: () => 'NULL|short|901.00|red', code: 'Sql23502', column: 'ride_id' },
    ],
  },
  {
    title: 'an enum and a type that only PostgreSQL reads, as text',
    mother: `CREATE TYPE colour AS ENUM ('red', 'a\\b'); CREATE TABLE bikes (ride_id int, rider text, price money CHECK (price < 900::money), colour colour)`,
    bad: [
      { record: (index) => `${index}|tab\tand|1.00|green`, code: 'Sql22P02', column: 'colour', value: 'green' },
      { record: (index) => `${index}|nobody|950.00|a\\b`, code: 'Sql23514', column: null },
      FOUND_BY_READER,
    ],
  },
  {
    title: 'a CHECK about no column of the dump, and a key',
    mother: `CREATE TABLE bikes (extra int DEFAULT 7 CHECK (extra > 0), ride_id int, rider text, price numeric(8,2), colour text); CREATE UNIQUE INDEX ON bikes (rider)`,
    bad: [{ record: (index) => `${index}|rider 3|1.00|red`, code: 'Sql23505', column: null }],
  },
];

/** The first and the last record, and some of each batch, in turn of each kind. */
const PLACES = [0, 1, 2, 49_999, 50_000, 77_777, 99_999, 100_001, 149_000, RECORDS - 2, RECORDS - 1];
/** Behind the first ones, whose keys others have again. */
const placesOf = ({ code }: Bad) => PLACES.filter((place) => code !== 'Sql23505' || place > 2);

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects in batches on PostgreSQL ${version}`, () => {
    for (const { title, mother, bad } of SCENES)
      test(`are exact for ${title}, and so is what is loaded`, async () => {
        const database = await createTestDatabase(version);
        await database.query(mother);
        const records = Array.from({ length: RECORDS }, (_, index) => good(index + 10));
        records[3] = good(0).replace('rider 0', 'rider 3');
        const kinds = new Map<number, Bad>();
        for (const [turn, place] of PLACES.entries()) {
          const kind = bad[turn % bad.length];
          if (kind === undefined || !placesOf(kind).includes(place)) continue;
          kinds.set(place, kind);
          records[place] = kind.record(place + 10);
        }
        const text = `${Object.keys(COLUMNS).join('|')}\n${records.join('\n')}\n`;
        const spec = `format: { quote: "" }\nrejects: { limit: ${kinds.size} }`;
        const task = await taskOf({ text, columns: COLUMNS, mother: 'bikes', spec });
        const { rows, rejects } = await load(database, task);
        assert.deepEqual([rows, rejects], [RECORDS - kinds.size, kinds.size]);
        assert.deepEqual(
          (await rejectsOf(database)).map(({ record, line, offset, column, value, code, raw }) => ({
            ...{ record, line, offset, column, value, code, raw },
          })),
          [...kinds].map(([place, { code, column, value = null }]) => ({
            ...{ record: place + 1, line: place + 2, offset: text.split('\n', place + 1).join('\n').length + 1 },
            ...{ column, value, code, raw: Buffer.from(records[place] ?? '').toString('hex') },
          })),
        );
        const expected = records.flatMap((record, index) => (kinds.has(index) ? [] : [Number(record.split('|')[0])]));
        assert.deepEqual(await database.query('SELECT sum(ride_id)::float8 AS sum FROM bikes'), [
          { sum: expected.reduce((sum, id) => sum + id, 0) },
        ]);
        assert.deepEqual(await proofOf(database, task), ['Same', []]);
      });
  });
}

/** Of dump, table and the checksum of the rows as they were sent. */
async function proofOf(database: TestDatabase, task: Awaited<ReturnType<typeof taskOf>>) {
  const db = await connect(database.uri);
  try {
    const { outcome, findings } = await verifyTable(task, database.uri, db);
    return [outcome, findings];
  } finally {
    await db.end();
  }
}
