import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { shortenIdentifier } from '../../../job-runner/plan/identifier.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../../job-runner/plan/sql.ts';
import { createTestDatabase } from '../../database.ts';
import { fuzz } from '../../fuzz.ts';

const HOSTILE = [
  ...[
    '"',
    '""',
    "'",
    "''",
    '\\',
    "\\'",
    '"; DROP TABLE victim; --',
    "'; DROP TABLE victim; --",
    '/*',
    '$$',
    '$1',
    ':name',
    '%s',
    'a.b',
  ],
  ...[
    'select',
    'user',
    'NULL',
    'Mixed Case',
    ' ',
    '  lead and trail  ',
    '1',
    '1v_users',
    '\n',
    '\r\n',
    '\t',
    '\u0001',
    '\u007f',
    '\u2028',
  ],
  ...[
    'Straße',
    'naïve café',
    '日本語',
    '🦊',
    'e\u0301',
    '\u202e',
    '\ufeff',
    '*',
    '?',
    '\\x',
    'U&"\\0041"',
    'pg_catalog',
    "E'\\'",
    '@',
    '{}',
  ],
];
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.replaceAll('\0', ''));
const anyText = fc.oneof(
  text,
  fc.constantFrom(...HOSTILE),
  fc.array(fc.constantFrom('"', "'", '\\', ';', '-', ' ', 'a', '\n'), { maxLength: 20 }).map((parts) => parts.join('')),
);

describe('quoting', () => {
  for (const version of [18, 14] as const) {
    for (const standard of ['on', 'off']) {
      it(`sends any text unchanged to PostgreSQL ${version}, standard_conforming_strings ${standard}`, async () => {
        const database = await createTestDatabase(version);
        await database.query(`SET standard_conforming_strings = ${standard}; SET escape_string_warning = off`);
        for (const value of HOSTILE)
          assert.deepEqual(await database.query(`SELECT ${quoteLiteral(value)} AS value`), [{ value }]);
        const property = fc.asyncProperty(anyText, async (value) => {
          assert.deepEqual(await database.query(`SELECT ${quoteLiteral(value)} AS value`), [{ value }]);
        });
        await fc.assert(property, fuzz(7, 500));
      });
    }

    it(`creates a table and a column of any name in PostgreSQL ${version} and touches no other`, async () => {
      const database = await createTestDatabase(version);
      await database.query('CREATE TABLE victim (id integer); CREATE SCHEMA "odd "" schema"');
      const check = async (value: string) => {
        const name = shortenIdentifier(value);
        const table = quoteQualified('odd " schema', name);
        await database.query(`CREATE TABLE ${table} (${quoteIdentifier(name)} integer)`);
        const found = await database.query(
          `SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum = 1
           JOIN pg_namespace ON relnamespace = pg_namespace.oid WHERE nspname = 'odd " schema'`,
        );
        assert.deepEqual(found, [{ relname: name, attname: name }]);
        await database.query(`DROP TABLE ${table}`);
      };
      for (const value of HOSTILE) await check(value);
      await fc.assert(
        fc.asyncProperty(
          anyText.filter((value) => value !== ''),
          check,
        ),
        fuzz(7, 200),
      );
      assert.deepEqual(await database.query('SELECT count(*)::int AS rows FROM victim'), [{ rows: 0 }]);
    });
  }

  it('refuses what cannot be quoted', () => {
    assert.throws(() => quoteIdentifier(''), /empty/);
    assert.throws(() => quoteIdentifier('a\0'), /NUL/);
    assert.throws(() => quoteLiteral('a\0'), /NUL/);
  });
});
