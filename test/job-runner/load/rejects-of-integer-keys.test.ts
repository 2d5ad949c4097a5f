import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { load } from './load-scene.ts';

const COLUMNS = { id: 'int', big: 'bigint', word: 'varchar', filler: 'varchar' };
type Column = keyof typeof COLUMNS;
type Fields = Readonly<Record<Column, string>>;

const KEYS: readonly (readonly Column[])[] = [['id'], ['big'], ['id', 'word'], ['word', 'big']];
/** For the value `long`: ends a batch. */
const FILLER = 'filler '.repeat(620_000);

/** Most numbers are above those before; some come again, and some are beyond the precision of JavaScript's numbers. */
const records = fc
  .array(
    fc.record({
      step: fc.oneof(
        { weight: 6, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: -6, max: 0 }) },
      ),
      big: fc.constantFrom('same', 'same', 'same', '9007199254740992', '9007199254740993', 'NULL', 'x'),
      word: fc.constantFrom('a', 'b', 'NULL'),
      filler: fc.oneof({ weight: 15, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constant('long') }),
    }),
    { minLength: 2, maxLength: 60, size: 'max' },
  )
  .map((steps) => {
    let id = 0;
    return steps.map(({ step, big, word, filler }): Fields => {
      id += step;
      return { id: String(id), big: big === 'same' ? String(id) : big, word, filler };
    });
  });

/** For each record what it is refused for, if it is: the first of the keys that a record before it has, which was not refused. */
function refusals(keys: readonly (readonly Column[])[], all: readonly Fields[]): (string | undefined)[] {
  const taken = new Set<string>();
  return all.map((fields) => {
    if (fields.big === 'x') return 'Sql22P02';
    const own = keys.map((columns, number) => ({
      name: `Sql23505 v1_rides_key_${number}`,
      values: columns.map((column) => fields[column]),
    }));
    const asked = own.filter(({ values }) => !values.includes('NULL'));
    const violated = asked.find(({ name, values }) => taken.has(`${name} ${values.join()}`));
    if (violated === undefined) for (const { name, values } of asked) taken.add(`${name} ${values.join()}`);
    return violated?.name;
  });
}

async function loadAll(database: TestDatabase, keys: readonly (readonly Column[])[], all: readonly Fields[]) {
  const indexes = keys.map((columns, number) => `CREATE UNIQUE INDEX key_${number} ON m (${columns.join(', ')})`);
  await database.query(
    `DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS m CASCADE; CREATE TABLE m (id int, big bigint, word text, filler text); ${indexes.join('; ')}`,
  );
  const names = Object.keys(COLUMNS) as Column[];
  const lines = [names.join('|'), ...all.map((fields) => names.map((name) => fields[name]).join('|'))];
  const text = `${lines.join('\n')}\n`.replaceAll('|long\n', `|${FILLER}\n`);
  await load(database, {
    text,
    columns: COLUMNS,
    mother: 'm',
    spec: 'format: { quote: "" }\nrejects: { percent: 100 }',
  });
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects that keys with an integer refuse on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);

    test('are those whose key an earlier record has, in a file that is nearly in the order of the key', async () => {
      const keys = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 });
      const compare = async (ofTable: readonly (readonly Column[])[], all: readonly Fields[]) => {
        await loadAll(database, ofTable, all);
        const expected = refusals(ofTable, all).flatMap((reason, index) =>
          reason === undefined ? [] : [{ record: index + 1, reason }],
        );
        const rejects = await database.query(
          `SELECT record::int, concat_ws(' ', code, substring(reason from '"(v1_rides_key_[0-9])"')) AS reason FROM motherload.rejects ORDER BY record`,
        );
        assert.deepEqual(rejects, expected);
        const left = all.filter((_, index) => !expected.some(({ record }) => record === index + 1));
        const shown = ({ id, big, word }: Fields) => [id, big, word].join();
        const rows = await database.query(
          `SELECT concat_ws(',', id, coalesce(big::text, 'NULL'), coalesce(word, 'NULL')) AS row FROM m`,
        );
        assert.deepEqual(rows.map(({ row }) => row).sort(), left.map(shown).sort());
      };
      await fc.assert(fc.asyncProperty(keys, records, compare), { seed: 41, numRuns: 15 });
    });
  });
}
