import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { verifyTable } from '../../../job-runner/load/verify-table.ts';
import { SUPPORTED_VERSIONS } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

/** Of the first version: its column's type, and values that a numeric has with other digits than their text. The second version's type. */
const WIDENED: Readonly<Record<string, readonly [before: string, values: readonly string[], after: string]>> = {
  'a number of a fixed scale': ['money', ['1E+3', '7', '0.5000', '-2'], 'decimal(30,10)'],
  'an integer': ['int', ['5', '-2147483648', '1.0'], 'decimal(10,2)'],
  'a single-precision number': ['real', ['0.10000000149011612', '1.17549435e-38', '-0', '16777216.0'], 'decimal(10,2)'],
  'a double-precision number': [
    'float',
    ['4.9406564584124654e-324', '1.7976931348623157E+308', '0.30000000000000004', '-0.0'],
    'decimal(30,10)',
  ],
};

for (const version of SUPPORTED_VERSIONS)
  suite(`the proof of a table that was widened after its load, on PostgreSQL ${version}`, () => {
    for (const [title, [before, values, after]] of Object.entries(WIDENED))
      test(`holds for ${title}`, async () => {
        const rides = await ContractScene.create(version);
        const lines = values.map((value, index) => `${index}|${value}`);
        await rides.release('v1', { columns: { ride_id: 'int', km: before }, lines });
        assert.deepEqual(await rides.run(), ['v1 Loaded']);
        const loaded = await numbersOf(rides);
        await rides.release('v2', { columns: { ride_id: 'int', km: after }, lines: ['9|12345678.25'] });
        assert.deepEqual(await rides.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
        assert.match(await rides.columns(), /km numeric/);
        assert.deepEqual(await numbersOf(rides), loaded);
        assert.deepEqual(await verify(rides), { outcome: 'Same', rows: values.length, findings: [] });
        await rides.database.query('UPDATE v1_rides SET km = km + 1 WHERE ride_id = 0');
        assert.match((await verify(rides)).findings.join(), /^1 row is only in the dump, and 1 only in the table/);
      });
  });

/** A negative zero becomes zero. */
async function numbersOf(rides: ContractScene): Promise<number[]> {
  const rows = await rides.rows('SELECT km::text FROM v1_rides ORDER BY ride_id');
  return rows.map(([km]) => Number(km) + 0);
}

async function verify(rides: ContractScene) {
  return await rides.withFirstLoad(async (task, db) => {
    const { outcome, rows, findings } = await verifyTable(task, rides.database.uri, db);
    return { outcome, rows, findings };
  });
}
