import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { failureOf, LEDGER_TABLES, load, relationsOf, upTo, type Scene } from './load-scene.ts';
import { COLUMNS, fileWith, HEADER, MOTHER, rejectsOf, ROWS, sumsWithout } from './rejects-scene.ts';

interface BadRecord {
  readonly title: string;
  /** Of the bad record, without its line end. */
  readonly text: string;
  readonly code: string;
  readonly sqlState: string;
  readonly column?: string;
  readonly value?: string;
  readonly spec?: string;
}

const UTF8 = 'format: { encoding: UTF8 }';
const KINDS: readonly BadRecord[] = [
  { title: 'a field too few', text: '7|seven', code: 'FieldCount', sqlState: '22P04' },
  { title: 'a field too many', text: '7|seven|1.5|more', code: 'FieldCount', sqlState: '22P04' },
  { title: 'text behind a quote', text: '7|`se`ven|1.5', code: 'TextBehindQuote', sqlState: '22P04' },
  {
    title: 'text behind a quote, and a line end in a value behind it',
    text: '7|`se`ven|`1\n.5`',
    code: 'TextBehindQuote',
    sqlState: '22P04',
  },
  { title: 'a carriage return', text: '7|se\rven|1.5', code: 'CarriageReturn', sqlState: '22P04' },
  {
    title: 'a value that is no number',
    text: '7x|seven|1.5',
    ...{ code: 'Sql22P02', sqlState: '22P02', column: 'ride_id', value: '7x' },
  },
  {
    title: 'a number out of range',
    text: '99999999999|seven|1.5',
    ...{ code: 'Sql22003', sqlState: '22003', column: 'ride_id', value: '99999999999' },
  },
  {
    title: 'a number that would be rounded',
    text: '7|`line\nend`|1.555',
    ...{ code: 'ValueRounded', sqlState: '22003', column: 'price', value: '1.555' },
  },
  {
    title: 'a number with too many digits',
    text: '7|seven|1234567.5',
    ...{ code: 'Sql22003', sqlState: '22003', column: 'price', value: '1234567.5' },
  },
  {
    title: 'NULL in a NOT NULL column',
    text: 'NULL|seven|1.5',
    code: 'Sql23502',
    sqlState: '23502',
    column: 'ride_id',
  },
  { title: 'what a CHECK refuses', text: '-7|seven|1.5', code: 'Sql23514', sqlState: '23514' },
  { title: 'a NUL byte', text: '7|se\0ven|1.5', code: 'Sql22021', sqlState: '22021', spec: UTF8 },
  { title: 'bytes that are no UTF-8', text: '7|se\xebven|1.5', code: 'NotInEncoding', sqlState: '22021', spec: UTF8 },
  {
    title: 'a byte that the encoding lacks',
    text: '7|se\x81ven|1.5',
    ...{ code: 'NotInEncoding', sqlState: '22021', column: 'rider', spec: 'format: { encoding: WIN1252 }' },
  },
];

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    await database.query(MOTHER);
    const clear = async () => {
      await database.query('DROP TABLE IF EXISTS v1_rides; DROP SCHEMA IF EXISTS motherload CASCADE');
    };

    test('are not counted among records that end with LF where all end with CRLF', async () => {
      await clear();
      const text = `${HEADER}1|one|1.5\n2x|two|1.5\n3|three|1.5\n`.replaceAll('\n', '\r\n');
      const { rows, rejects, warnings } = await load(database, {
        text,
        columns: COLUMNS,
        spec: 'rejects: { limit: 9 }',
      });
      assert.deepEqual([rows, rejects, warnings], [2, 1, []]);
    });

    test('are a warning where nothing else is left of the table, in each run', async () => {
      const warning = (all: string) =>
        `the table is empty, since ${all}: see why by motherload rejects, correct spec.format or the type map, and load them by motherload replay, or the dump again with spec.loading.onExisting Replace`;
      for (const [records, expected] of [
        ['1x|one|1.5\n2x|two|1.5\n', [warning('all of its 2 records are rejects')]],
        ['1x|one|1.5\n', [warning('its only record is a reject')]],
        ['1x|one|1.5\n2|two|1.5\n', []],
        ['', []],
      ] as const) {
        await clear();
        const scene = { text: HEADER + records, columns: COLUMNS, spec: 'rejects: { percent: 100 }' };
        for (const [run, outcome] of Object.entries({ first: 'Loaded', second: 'AlreadyLoaded' })) {
          const result = await load(database, { ...scene, run });
          assert.deepEqual([result.outcome, result.warnings], [outcome, expected]);
        }
      }
    });

    for (const { title, text, spec = '', ...kind } of KINDS) {
      test(`keep ${title} at the first, a middle and the last record, and load all others`, async () => {
        for (const streams of [1, 2]) {
          await clear();
          const places = [0, 31_234, ROWS - 1];
          const file = fileWith(text, places);
          const scene: Scene = {
            ...{ text: file.text, columns: COLUMNS },
            spec: `${spec}\nloading: { streamsPerTable: ${streams} }\nrejects: { limit: 3 }`,
          };
          const result = await load(database, scene);
          assert.deepEqual([result.rows, result.rejects], [ROWS - 3, 3]);
          const { column = null, value = null, code, sqlState: sqlstate } = kind;
          const raw = Buffer.from(text, 'latin1').toString('hex');
          assert.deepEqual(
            await rejectsOf(database),
            places.map((place, index) => ({
              ...{ record: place + 1, line: file.lines[index], offset: file.offsets[index] },
              ...{ column, value, sqlstate, code, raw },
            })),
          );
          assert.deepEqual(
            await database.query(
              `SELECT count(*)::int AS rows, sum(ride_id)::float8 AS ids, sum(price)::float8 AS prices,
                      count(*) FILTER (WHERE rider = E'rider\n' || ride_id % 97)::int AS riders FROM v1_rides`,
            ),
            [sumsWithout(places)],
          );
          assert.equal(result.firstRejects?.[0]?.line, 2);
        }
      });
    }

    test('fail the table past the limit, with line and reason of the first one, and leave nothing', async () => {
      for (const streams of [1, 2]) {
        await clear();
        const { text, lines } = fileWith('x|seven|1.5', [4_000, 31_234, 50_000]);
        const spec = `loading: { streamsPerTable: ${streams} }\nrejects: { limit: 2 }`;
        const failure = await failureOf(load(database, { text, columns: COLUMNS, spec }));
        assert.deepEqual(
          [failure.code, failure.line, failure.column, failure.message],
          [
            'TooManyRejects',
            lines[0],
            'ride_id',
            '3 records or more cannot be loaded, and spec.rejects.limit is 2; the first one: the value is not valid input for the type integer: fix the value, or map the type int to another one in a dialect of your own (docs/type-maps.md)',
          ],
        );
        assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides']);
        assert.deepEqual(await database.query('SELECT 1 FROM motherload.rejects'), []);
      }
    });

    test('keep tens of thousands of rejects, whoever finds them, in several streams and batches', async () => {
      for (const streams of [1, 2]) {
        await clear();
        // Of each kind, among those that the reader and those that only PostgreSQL can tell.
        const places = Array.from({ length: ROWS }, (_, index) => index).filter((index) => index % 4 === 1);
        const { text, lines } = fileWith('x|seven|1.5', places);
        const scene = {
          text,
          columns: COLUMNS,
          spec: `loading: { streamsPerTable: ${streams} }\nrejects: { percent: 25 }`,
        };
        const result = await load(database, scene);
        assert.deepEqual([result.rows, result.rejects], [ROWS - places.length, places.length]);
        const found = (await rejectsOf(database)).map(({ record, line }) => [record, line]);
        assert.deepEqual(
          found,
          places.map((place, index) => [place + 1, lines[index]]),
        );
      }
      await clear();
      const places = [...upTo(2_000)];
      const { text, lines } = fileWith('-7|seven|1.5', places);
      const scene = { text, columns: COLUMNS, spec: 'rejects: { limit: 2000 }' };
      assert.equal((await load(database, scene)).rows, ROWS - 2_000);
      const found = (await rejectsOf(database)).map(({ record, line, code }) => [record, line, code]);
      assert.deepEqual(
        found,
        places.map((place, index) => [place + 1, lines[index], 'Sql23514']),
      );
    });

    test('fail the table above the percentage of its records, and not at it', async () => {
      await clear();
      const { text } = fileWith('x|seven|1.5', [...upTo(600)]);
      const scene = (percent: number) => ({ text, columns: COLUMNS, spec: `rejects: { percent: ${percent} }` });
      const failure = await failureOf(load(database, scene(0.99)));
      assert.deepEqual([failure.code, failure.line], ['TooManyRejects', 4]);
      assert.match(failure.message, /^600 records or more cannot be loaded, and spec\.rejects\.percent is 0\.99;/);
      assert.equal((await load(database, scene(1))).rejects, 600);
    });

    test('fail the table where a quote is never closed, since nobody knows how many records it has in it', async () => {
      await clear();
      const text = `${HEADER}1|one|1.5\n2|\`two|2.5\n3|three|3.5\n`;
      const failure = await failureOf(load(database, { text, columns: COLUMNS, spec: 'rejects: { percent: 100 }' }));
      assert.deepEqual([failure.code, failure.line], ['UnterminatedQuote', 3]);
      assert.equal(
        (
          await load(database, {
            text: text.replace('\n3|three|3.5\n', ''),
            columns: COLUMNS,
            spec: 'rejects: { limit: 1 }',
          })
        ).rejects,
        1,
      );
    });
  });
}
