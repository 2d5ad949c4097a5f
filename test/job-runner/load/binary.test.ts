import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Log } from '../../../crds/contract/log.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { failureOf, load, relationsOf } from './load-scene.ts';

const RIDES = {
  mother: undefined,
  columns: { ride_id: 'int', rider: 'varchar', begun: 'datetime', price: 'decimal(8,2)' },
};
const HEADER = 'ride_id|rider|begun|price\n';
const rides = (count: number, first = 1) =>
  Array.from(
    { length: count },
    (_, index) => `${first + index}|\`Zo\xeb ${index}\`|\`Nov  3 2019 12:30PM\`|9.50\n`,
  ).join('');

/** What a load says of its COPY statements, and why it began anew. */
function listening(): { log: Log; said: string[] } {
  const said: string[] = [];
  const hear = (message: string) => void said.push(message);
  const log: Log = { info: hear, warn: hear, error: hear, child: () => log };
  return { log, said };
}

const formatsOf = (said: readonly string[]) =>
  said.flatMap((line) => /^COPY .* WITH \(FORMAT (\w+)/.exec(line)?.[1] ?? []);

async function totals(database: TestDatabase): Promise<unknown> {
  const [row] = await database.query(
    `SELECT count(*)::int AS rows, count(DISTINCT ride_id)::int AS rides, sum(price)::text AS price, min(begun)::text AS begun, max(rider) AS rider
     FROM v1_rides`,
  );
  return row;
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable by COPY's binary format on PostgreSQL ${version}`, () => {
    for (const streams of [1, 3]) {
      test(`loads a table of plain values through ${streams} streams`, async () => {
        const database = await createTestDatabase(version);
        const { log, said } = listening();
        const result = await load(
          database,
          { ...RIDES, text: HEADER + rides(40_000), spec: `loading: { streamsPerTable: ${streams} }` },
          log,
        );
        assert.deepEqual(
          [result.outcome, result.rows, result.streams, formatsOf(said)],
          ['Loaded', 40_000, streams, ['binary']],
        );
        const expected = {
          rows: 40_000,
          rides: 40_000,
          price: '380000.00',
          begun: '2019-11-03 12:30:00',
          rider: 'Zoë 9999',
        };
        assert.deepEqual(await totals(database), expected);
      });

      test(`falls back to text where only PostgreSQL can read a value, and keeps no row that was sent through ${streams} streams`, async () => {
        const database = await createTestDatabase(version);
        const { log, said } = listening();
        const text = `${HEADER}${rides(40_000)}40001|A|\`3 November 2019\`|1e1\n`;
        const result = await load(database, { ...RIDES, text, spec: `loading: { streamsPerTable: ${streams} }` }, log);
        assert.deepEqual(
          [result.outcome, result.rows, result.bytes, formatsOf(said)],
          ['Loaded', 40_001, text.length, ['binary', 'text']],
        );
        assert(
          said.some((line) => line.startsWith('record 40001, column 4: only PostgreSQL can interpret this value')),
          said.join('\n'),
        );
        const expected = {
          rows: 40_001,
          rides: 40_001,
          price: '380010.00',
          begun: '2019-11-03 00:00:00',
          rider: 'Zoë 9999',
        };
        assert.deepEqual(await totals(database), expected);
      });
    }

    test('names the line, the column and the record of a value that PostgreSQL refuses', async () => {
      const database = await createTestDatabase(version);
      const text = `${HEADER}${rides(3)}4|\`a\nb\`|NULL|1\n5|x|NULL|\`1234567.00\`\n${rides(3, 6)}`;
      const failure = await failureOf(load(database, { ...RIDES, text }));
      assert.deepEqual(
        [failure.kind, failure.code, failure.line, failure.column, failure.record],
        ['Data', 'Sql22003', 7, 'price', '5|x|NULL|`1234567.00`'],
      );
      assert(!(await relationsOf(database)).includes('public.v1_rides'));
    });

    test('names the line of a record that violates a constraint of the mother', async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE rides (ride_id int CHECK (ride_id <> 3), rider text NOT NULL)');
      const text = 'ride_id|rider\n1|a\n2|NULL\n';
      const failure = await failureOf(load(database, { text }));
      assert.deepEqual(
        [failure.kind, failure.code, failure.line, failure.column, failure.record],
        ['Data', 'Sql23502', 3, 'rider', '2|NULL'],
      );
      const other = await failureOf(load(database, { text: 'ride_id|rider\n1|a\n3|b\n' }));
      assert.deepEqual([other.kind, other.code, other.line, other.record], ['Data', 'Sql23514', 3, '3|b']);
    });

    test('does not use it for a SQL_ASCII database, which stores bytes as they come', async () => {
      const database = await createTestDatabase(version);
      const name = /test_\w+/.exec(database.uri)?.[0] ?? '';
      const plain = { uri: database.uri.replace(name, `${name}_plain`) };
      await database.query(`CREATE DATABASE ${name}_plain TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'`);
      const { log, said } = listening();
      try {
        await load(plain, { text: 'ride_id|rider\n1|`Zo\xeb`\n', mother: undefined }, log);
        assert.deepEqual(formatsOf(said), ['text']);
        const stored = await connect(plain.uri);
        const { rows } = await stored.query("SELECT encode(rider::bytea, 'hex') AS rider FROM v1_rides");
        await stored.end();
        assert.deepEqual(rows, [{ rider: '5a6feb' }]);
      } finally {
        await database.query(`DROP DATABASE ${name}_plain WITH (FORCE)`);
      }
    });
  });
}
