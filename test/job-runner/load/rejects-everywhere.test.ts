import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG, type Log } from '../../../crds/contract/log.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { load, type Scene } from './load-scene.ts';
import { COLUMNS, fileWith, rejectsOf, ROWS, sumsWithout } from './rejects-scene.ts';

interface Kind {
  readonly title: string;
  /** Of the bad record, without its line end and its last field. */
  readonly text: string;
  readonly code: string;
  readonly column?: string;
  readonly value?: string;
  /** An earlier record must have its key. */
  readonly isKey?: boolean;
}

const BY_POSTGRESQL: readonly Kind[] = [
  { title: 'what a domain refuses', text: '7|seven|5000.5', code: 'Sql23514', column: 'price', value: '5000.5' },
  { title: 'a key that is there already', text: '1|seven|1.5', code: 'Sql23505', isKey: true },
];
const BY_READER: readonly Kind[] = [
  { title: 'a field too many', text: '7|seven|1.5|more', code: 'FieldCount' },
  { title: 'text behind a quote, and a line end behind it', text: '7|`se`ven|`1\n.5`', code: 'TextBehindQuote' },
  { title: 'bytes that are no UTF-8', text: '7|se\xebven|1.5', code: 'NotInEncoding' },
  { title: 'letters in a number', text: '7x|seven|1.5', code: 'Sql22P02', column: 'ride_id', value: '7x' },
  {
    title: 'a number out of range',
    text: '9999999999|x|1.5',
    code: 'Sql22003',
    column: 'ride_id',
    value: '9999999999',
  },
  { title: 'NULL in a NOT NULL column', text: 'NULL|seven|1.5', code: 'Sql23502', column: 'ride_id' },
  { title: 'what a CHECK refuses', text: '-7|seven|1.5', code: 'Sql23514' },
];

/** The type of a column that makes COPY's format, and the kinds that rejects.test.ts has not in that one. */
const FORMATS = [
  { format: 'binary', type: 'integer', kinds: BY_POSTGRESQL },
  { format: 'text', type: 'money', kinds: [...BY_READER, ...BY_POSTGRESQL] },
] as const;

for (const version of SUPPORTED_VERSIONS)
  for (const { format, type, kinds } of FORMATS)
    suite(`rejects of a table that is copied as ${format} into PostgreSQL ${version}`, async () => {
      const database = await createTestDatabase(version);
      await database.query(`CREATE DOMAIN fare AS numeric(8,2) CHECK (VALUE < 5000);
        CREATE TABLE rides (ride_id integer NOT NULL UNIQUE CHECK (ride_id > 0), rider text, price fare, extra ${type})`);

      for (const { title, text, code, column = null, value = null, isKey = false } of kinds)
        test(`keep ${title} at the first, a middle and the last record, and load all others`, async () => {
          const places = [isKey ? 1 : 0, 31_234, ROWS - 1];
          const file = fileWith(`${text}|1`, places, { lastField: '|1' });
          for (const streams of [1, 2]) {
            await database.query('DROP TABLE IF EXISTS v1_rides; DROP SCHEMA IF EXISTS motherload CASCADE');
            const copies: string[] = [];
            const scene: Scene = {
              ...{ text: file.text, columns: { ...COLUMNS, extra: 'int' } },
              spec: `format: { encoding: UTF8 }\nloading: { streamsPerTable: ${streams} }\nrejects: { limit: 3 }`,
            };
            const result = await load(database, scene, copiesInto(copies));
            assert(copies.length > 0 && copies.every((each) => each.includes(`FORMAT ${format}`)), copies.join('\n'));
            assert.deepEqual([result.rows, result.rejects], [ROWS - 3, 3]);
            assert.deepEqual(
              (await rejectsOf(database)).map(({ sqlstate: _, ...reject }) => reject),
              places.map((place, index) => ({
                ...{ record: place + 1, line: file.lines[index], offset: file.offsets[index], column, value, code },
                raw: Buffer.from(`${text}|1`, 'latin1').toString('hex'),
              })),
            );
            const sums = `SELECT count(*)::int AS rows, sum(ride_id)::float8 AS ids, sum(price)::float8 AS prices,
              count(*) FILTER (WHERE rider = E'rider\\n' || ride_id % 97 AND extra = 1::${type})::int AS riders FROM v1_rides`;
            assert.deepEqual(await database.query(sums), [sumsWithout(places)]);
          }
        });
    });

/** A log that keeps the statements by which a table is copied. */
function copiesInto(copies: string[]): Log {
  const log: Log = {
    ...SILENT_LOG,
    info: (message) => {
      if (message.startsWith('COPY')) copies.push(message);
    },
    child: () => log,
  };
  return log;
}
