import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

const ONE = 'ride_id|rider\n1|one\n';

/** What stands behind the records: where the error is, and how its message ends. */
const STRAYS: Readonly<Record<string, { readonly text: string; readonly code: string; readonly end: RegExp }>> = {
  'a count of rows': {
    text: '\r\n(1 rows affected)\r\n',
    code: 'FieldCount',
    end: /\. The line is empty, and the next one is a count of rows, .*frame to Sqlcmd, and let it write one result a file, or remove it from the DAT file$/,
  },
  'a comment': {
    text: '-- Dump completed\n',
    code: 'FieldCount',
    end: /\. The record is a comment of SQL: remove it from the DAT file$/,
  },
  'a line of totals that has all fields': {
    text: 'Total|1\n',
    code: 'Sql22P02',
    end: /\. The record is probably a line of totals: remove it from the DAT file$/,
  },
  'NUL bytes with which a file is padded': {
    text: '\0'.repeat(700_000),
    code: 'FieldCount',
    end: /\. The record is nothing but NUL bytes, .*: copy or create the dump again, or remove them$/,
  },
  'a last record that is padded with NUL bytes': {
    text: `2|two${'\0'.repeat(5000)}`,
    code: 'Sql22021',
    end: /\. The record is followed by NUL bytes, .*: copy or create the dump again, or remove them$/,
  },
};

suite('what stands behind the records', async () => {
  const database = await createTestDatabase();

  for (const [title, { text, code, end }] of Object.entries(STRAYS))
    test(`is named by the error, and as a reject: ${title}`, async () => {
      const scene = { text: ONE + text, mother: undefined };
      const failure = await failureOf(load(database, scene));
      assert.deepEqual([failure.code, failure.line], [code, 3]);
      assert.match(failure.message, end);
      const { rows } = await load(database, { ...scene, spec: 'rejects: { limit: 2 }' });
      assert.equal(rows, 1);
      const reasons = (await database.query('SELECT reason FROM motherload.rejects')).map(({ reason }) =>
        String(reason),
      );
      assert.ok(
        reasons.some((reason) => /\. The record is /.test(reason)),
        reasons.join(),
      );
      await database.query('DROP TABLE v1_rides; DROP SCHEMA motherload CASCADE');
    });
});
