import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Database } from '../../../job-runner/database/connection.ts';
import { readMotherIndexes } from '../../../job-runner/database/indexes.ts';
import { indexStatements } from '../../../job-runner/plan/index-statements.ts';
import type { TableName } from '../../../job-runner/plan/sql.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';

/** One per kind of index; `@` stands for the table. */
const INDEXES: Readonly<Record<string, readonly string[]>> = {
  'a primary key of several columns': ['ALTER TABLE @ ADD PRIMARY KEY (id, "Odd "" name")'],
  'a primary key that INCLUDEs columns, deferrable': [
    'ALTER TABLE @ ADD PRIMARY KEY (id) INCLUDE (name) DEFERRABLE INITIALLY DEFERRED',
  ],
  'a unique constraint with a name of its own': ['ALTER TABLE @ ADD CONSTRAINT "My "" key" UNIQUE (name)'],
  'a unique index, which is no constraint': ['CREATE UNIQUE INDEX ON @ (lower(name))'],
  'an index on expressions': ["CREATE INDEX ON @ ((id + 1), (name || ' USING btree (x)'))"],
  'a partial index': ['CREATE INDEX ON @ (id) WHERE name = \'it\'\'s ON x USING y\' AND "Odd "" name" IS NOT NULL'],
  'orders and nulls': ['CREATE INDEX ON @ (id DESC NULLS LAST, name ASC NULLS FIRST)'],
  'included columns': ['CREATE INDEX ON @ (id) INCLUDE (name, "Odd "" name")'],
  'operator classes and collations': ['CREATE INDEX ON @ (name COLLATE "POSIX" text_pattern_ops)'],
  'a hash index': ['CREATE INDEX ON @ USING hash (name)'],
  'a gin index with parameters': ['CREATE INDEX ON @ USING gin (tags) WITH (fastupdate = off)'],
  'a gin index of an operator class with a name': ['CREATE INDEX ON @ USING gin (document jsonb_path_ops)'],
  'a brin index with parameters of its operator class': [
    'CREATE INDEX ON @ USING brin (id int4_minmax_multi_ops(values_per_range = 8))',
  ],
  'an exclusion constraint': ['ALTER TABLE @ ADD EXCLUDE USING gist (span WITH &&) WHERE (id > 0)'],
  'names that read like a definition': [
    'CREATE INDEX "x ON app.t USING gin (y)" ON @ (id)',
    'CREATE INDEX "UPPER" ON @ (name)',
  ],
  'names that would be one': ['CREATE INDEX idx ON @ (id)', 'CREATE INDEX "The ""mother"" USING_idx" ON @ (name)'],
  'all of them at once': [],
};

const INDEXES_SINCE_15: typeof INDEXES = {
  'unique indexes that take nulls for equal': [
    'CREATE UNIQUE INDEX ON @ (name) NULLS NOT DISTINCT',
    'ALTER TABLE @ ADD UNIQUE NULLS NOT DISTINCT (id)',
  ],
};

async function copyIndexes(db: Database, mother: TableName, table: TableName): Promise<void> {
  const indexes = await readMotherIndexes(db, mother);
  for (const statement of indexStatements(indexes, mother, table, table.name)) await db.query(statement);
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`readMotherIndexes and indexStatements on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const db = database.client;
    let number = 0;

    /** A mother and a table like it, with names that need care. */
    async function mothersAndTable() {
      const schema = `App "${number++}" ON x.y USING z`;
      const names = { mother: { schema, name: 'The "mother" USING' }, table: { schema, name: '1_v "t"' } };
      const columns = `(id integer, name text, "Odd "" name" text, tags text[], document jsonb, span int4range)`;
      await database.query(`CREATE SCHEMA ${db.escapeIdentifier(schema)}`);
      await database.query(
        `CREATE TABLE ${quoted(names.mother)} ${columns}; CREATE TABLE ${quoted(names.table)} ${columns}`,
      );
      return names;
    }

    function quoted({ schema, name }: { schema: string; name: string }): string {
      return `${db.escapeIdentifier(schema)}.${db.escapeIdentifier(name)}`;
    }

    /** What the indexes and constraints say, names left out. */
    async function definitions(table: { schema: string; name: string }) {
      return await database.query(
        `SELECT regexp_replace(replace(pg_get_indexdef(x.indexrelid), format('%I.%I', $1::text, $2::text), '@'), '^(CREATE (UNIQUE )?INDEX) .* ON @', '\\1') AS index,
                x.indisprimary, x.indisexclusion, x.indisreplident, pg_get_constraintdef(k.oid) AS constraint, i.reloptions
           FROM pg_index x
           JOIN pg_class i ON i.oid = x.indexrelid
           LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid
          WHERE x.indrelid = format('%I.%I', $1::text, $2::text)::regclass
          ORDER BY 1, 5`,
        [table.schema, table.name],
      );
    }

    for (const [title, statements] of Object.entries(version >= 15 ? { ...INDEXES, ...INDEXES_SINCE_15 } : INDEXES)) {
      test(`copy ${title}`, async () => {
        const { mother, table } = await mothersAndTable();
        const all = Object.values(INDEXES)
          .flat()
          .filter((text) => !text.includes('DEFERRABLE'));
        for (const statement of statements.length > 0 ? statements : all)
          await database.query(statement.replace('@', quoted(mother)));
        await copyIndexes(db, mother, table);
        const wanted = await definitions(mother);
        assert.ok(wanted.length >= 1);
        assert.deepEqual(await definitions(table), wanted);
      });
    }

    test('make nothing where the mother has no index', async () => {
      const { mother, table } = await mothersAndTable();
      await copyIndexes(db, mother, table);
      assert.deepEqual(await definitions(table), []);
    });

    test('leave out an index that a failed CREATE INDEX CONCURRENTLY left', async () => {
      const { mother, table } = await mothersAndTable();
      await database.query(`INSERT INTO ${quoted(mother)} VALUES (1), (1)`);
      await assert.rejects(database.query(`CREATE UNIQUE INDEX CONCURRENTLY ON ${quoted(mother)} (id)`));
      await copyIndexes(db, mother, table);
      assert.deepEqual(await definitions(table), []);
    });

    test('fail for rows that violate a unique index, and names the key', async () => {
      const { mother, table } = await mothersAndTable();
      await database.query(
        `CREATE UNIQUE INDEX ON ${quoted(mother)} (id); INSERT INTO ${quoted(table)} VALUES (7), (7)`,
      );
      await assert.rejects(copyIndexes(db, mother, table), {
        code: '23505',
        detail: 'Key (id)=(7) is duplicated.',
      });
    });
  });
}
