import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Failure } from '../../../crds/contract/errors.ts';
import { createTestDatabase } from '../../database.ts';
import { failureOf, load, upTo, type Scene } from './load-scene.ts';

/** The file is read again to find the record of an error, whatever the records before it are. */
const SCENES: readonly (Scene & { readonly title: string; readonly failure: Partial<Failure> })[] = [
  {
    title: 'a quote that is never closed, behind rejects',
    text: 'ride_id|rider\n1|one\n2\n`3`x|three\n4|`four\n5|five\n',
    spec: 'rejects: { limit: 10 }',
    failure: { code: 'UnterminatedQuote', line: 5, record: '4|`four' },
  },
  {
    title: 'a file that ends within its terminator, behind rejects in another chunk',
    text: `ride_id|rider&|\n${Array.from(upTo(60_000), (id) => `${id}${id % 5000 ? '|one' : ''}&|\n`).join('')}7|\xe9&|`,
    spec: 'format: { recordTerminator: "&|\\n", encoding: LATIN1 }\nrejects: { limit: 12 }',
    failure: { code: 'FieldCount', line: 60_002, record: '7|é&|' },
  },
  {
    title: 'a value that is not a number, behind bits that are a NUL byte',
    text: 'ride_id|flag\n1|\0\n2|\x01\n3x|\x01\n',
    columns: { ride_id: 'int', flag: 'bit' },
    failure: { code: 'Sql22P02', line: 4, record: '3x|\\u0001', column: 'ride_id' },
  },
];

suite('an error names its own record', async () => {
  const database = await createTestDatabase();
  await database.query('CREATE TABLE rides (ride_id integer)');
  for (const { title, failure, ...scene } of SCENES)
    test(title, async () => {
      const error = await failureOf(load(database, scene));
      const found = Object.fromEntries(Object.entries(error).filter(([name]) => name in failure));
      assert.deepEqual(found, failure);
    });
});
