import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { indexName, indexStatements, type MotherIndex } from '../../../job-runner/plan/index-statements.ts';

const mother = { schema: 'public', name: 'rides' };
const staging = { schema: 'motherload', name: 'staging_1' };

function index(name: string, more: Partial<MotherIndex> = {}): MotherIndex {
  const prefix = `CREATE INDEX ${name} ON public.rides`;
  return { name, constraint: null, prefix, definition: `${prefix} USING btree (ride_id)`, isUnique: false, ...more };
}

suite('indexStatements', () => {
  test("makes the mother's indexes and constraints on the staging table, named after the version table", () => {
    const constraint = 'PRIMARY KEY (ride_id)';
    assert.deepEqual(
      indexStatements([index('by_id'), index('rides_pkey', { constraint })], mother, staging, 'v1_rides'),
      [
        'CREATE INDEX "v1_rides_by_id" ON "motherload"."staging_1" USING btree (ride_id)',
        'ALTER TABLE "motherload"."staging_1" ADD CONSTRAINT "v1_rides_pkey" PRIMARY KEY (ride_id)',
      ],
    );
  });

  test('gives two indexes different names where both would get the same', () => {
    const statements = indexStatements([index('idx'), index('rides_idx')], mother, staging, 'v1_rides');
    assert.match(statements[0] ?? '', /^CREATE INDEX "v1_rides_idx" ON /);
    assert.match(statements[1] ?? '', /^CREATE INDEX "[0-9a-f]{8}_v1_rides_idx" ON /);
  });

  test('refuses a definition that it does not understand, and says what to set', () => {
    assert.throws(
      () => indexStatements([index('idx', { prefix: 'CREATE INDEX other' })], mother, staging, 'v1_rides'),
      {
        name: 'ManifestError',
        code: 'UnknownIndex',
        message: /index idx of public\.rides .*set spec\.motherTables\.indexes to None/,
      },
    );
  });
});

suite('indexName', () => {
  test("takes the mother's name, with the version table in place of the mother", () => {
    assert.equal(indexName('rides_pkey', 'rides', 'v1_rides'), 'v1_rides_pkey');
    assert.equal(indexName('by_time', 'rides', 'v1_rides'), 'v1_rides_by_time');
    assert.equal(indexName('rides_pkey', 'rides', "v$&_$'"), "v$&_$'_pkey");
  });
  test('fits into an identifier and stays unique', () => {
    const long = 'v'.repeat(60);
    const names = ['rides_a_idx', 'rides_b_idx'].map((index) => indexName(index, 'rides', long));
    assert.equal(new Set(names).size, 2);
    for (const name of names) assert.ok(Buffer.byteLength(name) <= 63);
  });
});
