import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMotherStatement, planMothers } from '../../../../job-runner/plan/mother/plan-mothers.ts';
import { normaliseTypeName } from '../../../../job-runner/plan/postgresql-type.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../../database.ts';
import { mssql } from '../fixtures.ts';
import { definition, dumped, input } from './mothers-scene.ts';

for (const version of SUPPORTED_VERSIONS) {
  describe(`on PostgreSQL ${version}`, () => {
    it('a mother with every type and with odd names is created and then read as planned', async () => {
      const database = await createTestDatabase(version);
      const names = [...mssql.types.keys()].map((words, number) => ({
        name: `c${number} "${words}"`,
        sourceType: words,
      }));
      const [plan] = planMothers(input({ tables: [{ ...dumped('odd "name"; --', 'v1'), columns: names }] }));
      assert.ok(plan !== undefined);
      await database.query(createMotherStatement('public', plan));
      const rows = await database.query(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull"
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relname = $1 AND attnum > 0 ORDER BY attnum`,
        [plan.name],
      );
      assert.deepEqual(
        rows,
        plan.columns.map((column) => ({ ...column, type: normaliseTypeName(column.type) })),
      );
    });

    it('a defined mother has its NOT NULL constraints', async () => {
      const database = await createTestDatabase(version);
      const [plan] = planMothers(input({ definitions: [definition('users', 'id integer notnull', 'b varchar(3)')] }));
      assert.ok(plan !== undefined);
      assert.equal(
        createMotherStatement('public', plan),
        'CREATE TABLE "public"."users" (\n  "id" integer NOT NULL,\n  "b" varchar(3)\n)',
      );
      await database.query(createMotherStatement('public', plan));
    });
  });
}
