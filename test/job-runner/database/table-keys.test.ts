import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readTableKeys, readUncertainDefaults } from '../../../job-runner/database/table-keys.ts';
import { judgeBatch } from '../../../job-runner/plan/judge-batch.ts';
import { askedRows } from '../../../job-runner/plan/key-question.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';

const TYPES = `
  CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE colour AS ENUM ('red', 'blue'); CREATE TYPE pair AS (x int, y int);
  CREATE DOMAIN few AS int; CREATE DOMAIN fewer AS few; CREATE DOMAIN seven AS int DEFAULT 7`;
const COLUMNS = [
  ...[
    'n int',
    'w text',
    'v varchar(20)',
    'c char(8)',
    'u text COLLATE any_case',
    'f fewer',
    'e colour',
    'p pair',
    'a int[]',
  ],
  ...['r int4range', 'j jsonb', 'd numeric'],
];
const VALUES = `n, n::text AS w, n::text AS v, n::text AS c, n::text AS u, n AS f, 'red'::colour AS e, (n, 1)::pair AS p, ARRAY[n] AS a,
  int4range(n, n + 1) AS r, to_jsonb(n) AS j, n AS d`;
const NAMES = COLUMNS.map((column) => column.split(' ')[0] ?? '');

/** Behind `CREATE UNIQUE INDEX key ON loaded`. */
const UNDERSTOOD = [
  ...[
    '(n)',
    '(w)',
    '(v)',
    '(c)',
    '(u)',
    '(f)',
    '(p)',
    '(a)',
    '(r)',
    '(j)',
    '(d)',
    '(e, n)',
    '(n DESC NULLS LAST, w)',
    '(n DESC)',
    '(n NULLS FIRST)',
    '(v) INCLUDE (j)',
  ],
  ...[
    '(lower(w), (n + 1))',
    '(w COLLATE any_case)',
    '(u COLLATE "C")',
    '(n) WHERE n > 3',
    "(w) WHERE v <> 'x' AND d IS NOT NULL",
  ],
];
const UNDERSTOOD_SINCE_15 = [
  '(f) NULLS NOT DISTINCT',
  '(n, e, w) NULLS NOT DISTINCT',
  '(lower(w)) NULLS NOT DISTINCT WHERE n > 3',
];
const OTHER = [
  ...['CREATE UNIQUE INDEX key ON loaded (w text_pattern_ops)', 'CREATE UNIQUE INDEX key ON loaded (v bpchar_ops)'],
  'ALTER TABLE loaded ADD CONSTRAINT key UNIQUE (n) DEFERRABLE INITIALLY IMMEDIATE',
  'ALTER TABLE loaded ADD CONSTRAINT key EXCLUDE USING hash (n WITH =)',
  'CREATE UNIQUE INDEX ok ON loaded (n); ALTER TABLE loaded ADD CONSTRAINT key EXCLUDE USING gist (r WITH &&)',
];
const OTHER_SINCE_15 = ['(p) NULLS NOT DISTINCT', '(n, w, v, d) NULLS NOT DISTINCT'].map(unique);

const LOADED = { schema: 'public', name: 'loaded' };

function unique(key: string): string {
  return `CREATE UNIQUE INDEX key ON loaded ${key}`;
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`readTableKeys on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    await database.query(`${TYPES}; CREATE TEMPORARY TABLE batch_of (${COLUMNS.join(', ')}, o int)`);
    await database.query(`INSERT INTO batch_of SELECT ${VALUES}, n - 1 FROM generate_series(1, 2000) AS n`);
    const loaded = async (index: string) => {
      await database.query(`DROP TABLE IF EXISTS loaded; CREATE TABLE loaded (${COLUMNS.join(', ')}); ${index}`);
    };

    for (const key of version === 18 ? [...UNDERSTOOD, ...UNDERSTOOD_SINCE_15] : UNDERSTOOD)
      test(`understands ${key}, which is looked up by the index for each row`, async () => {
        await loaded(unique(key));
        const found = await readTableKeys(database.client, LOADED);
        assert(found !== undefined);
        const judged = judgeBatch('batch_of', { columns: NAMES, row: 'o', ruled: [], checks: [] });
        const question = askedRows(judged, found.keys, LOADED);
        assert.deepEqual(await database.query(question), []);
        // Without ANALYZE, as in a load.
        await database.query(`INSERT INTO loaded SELECT ${VALUES} FROM generate_series(1001, 30000) AS n`);
        const plan = (await database.query(`EXPLAIN ${question}`)).map((line) => String(line['QUERY PLAN'])).join('\n');
        assert.match(plan, /(?:using|Index Scan on) key\b/);
        assert.doesNotMatch(plan, /Seq Scan on loaded/);
        const rows = await database.query(question);
        assert.deepEqual(
          rows
            .map(({ row, group, isTaken }) => [row, group, isTaken])
            .sort(([one], [other]) => Number(one) - Number(other)),
          Array.from({ length: 1000 }, (_, index) => [1000 + index, 1000 + index, true]),
        );
      });

    for (const statement of version === 18 ? [...OTHER, ...OTHER_SINCE_15] : OTHER)
      test(`leaves it to PostgreSQL where there is ${statement}`, async () => {
        await loaded(statement);
        assert.equal(await readTableKeys(database.client, LOADED), undefined);
      });

    test('knows all columns that an index is made of', async () => {
      await loaded(`CREATE UNIQUE INDEX ON loaded (n, lower(w)) INCLUDE (j) WHERE f > 2; CREATE INDEX ON loaded (r)`);
      const found = await readTableKeys(database.client, LOADED);
      assert.deepEqual([...(found?.columns ?? [])].sort(), ['f', 'j', 'n', 'w']);
    });

    test('has the keys in the order in which PostgreSQL asks for them', async () => {
      await loaded(
        'CREATE UNIQUE INDEX z ON loaded (n); CREATE UNIQUE INDEX y ON loaded (w); ALTER TABLE loaded ADD CONSTRAINT x PRIMARY KEY (d)',
      );
      const found = await readTableKeys(database.client, LOADED);
      assert.deepEqual(
        found?.keys.map(({ name }) => name),
        ['z', 'y', 'x'],
      );
      await database.query('INSERT INTO loaded (n, w, d) VALUES (1, 2, 3)');
      for (const [values, name] of [
        ['1, 2, 3', 'z'],
        ['0, 2, 3', 'y'],
        ['0, 0, 3', 'x'],
      ])
        await assert.rejects(database.query(`INSERT INTO loaded (n, w, d) VALUES (${values})`), { constraint: name });
    });

    test('knows defaults that may be another value each time', async () => {
      await database.query(
        `CREATE TABLE filled (none int, five int DEFAULT 5, word text DEFAULT 'w', nothing int DEFAULT NULL, number serial, moment timestamp DEFAULT clock_timestamp(),
           id uuid DEFAULT gen_random_uuid(), seven seven, twice int GENERATED ALWAYS AS (five * 2) STORED)`,
      );
      const found = await readUncertainDefaults(database.client, { schema: 'public', name: 'filled' });
      assert.deepEqual([...found].sort(), ['id', 'moment', 'number', 'seven']);
    });
  });
}
